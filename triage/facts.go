package triage

import (
	"bytes"
	"strconv"

	"ctlog/event"
	"ctlog/parse"
)

// Kind is what a fact is about.
type Kind string

// The kinds of facts that there are of who did something.
const (
	KindAll       Kind = "all"       // every event
	KindLater     Kind = "later"     // every event after the baseline
	KindWrite     Kind = "write"     // every event that changes something
	KindAPI       Kind = "api"       // iam:CreateUser
	KindAddress   Kind = "address"   // sourceIPAddress, unless it is
	KindService   Kind = "service"   // that of AWS itself: cloudformation.amazonaws.com
	KindAgent     Kind = "agent"     // userAgent
	KindRegion    Kind = "region"    // awsRegion
	KindError     Kind = "error"     // errorCode
	KindRefused   Kind = "refused"   // an error that is a refusal; "later" after the baseline
	KindKey       Kind = "key"       // the access key that was used, with its use when it is a session's
	KindCreated   Kind = "created"   // an access key that was created, for good or for a session
	KindRole      Kind = "role"      // a role that was assumed
	KindSession   Kind = "session"   // the name of a role's session
	KindPrincipal Kind = "principal" // who did it
	KindLogin     Kind = "login"     // a console login without MFA, or a failed one as root
	KindChange    Kind = "change"    // a Change: a telling call, in a trace any that changes something, with what it was about

	// Found out about addresses.
	KindCountry Kind = "country"
	KindNetwork Kind = "network"

	// Of a trace only.
	KindWho  Kind = "who"  // the best name of who did it, session and all
	KindLink Kind = "link" // what keys of one session have in common
	KindMint Kind = "mint" // a Mint of a key
	KindUser Kind = "user" // a Mint of a user's console password
	KindStep Kind = "step" // as KindAPI, of what changes something

	KindPerson Kind = "person" // who the identity provider says is behind it
	KindEvent  Kind = "event"  // the event that was asked for

	// Of a Coverage only.
	KindHour Kind = "hour" // the hour that the event falls into
	KindVia  Kind = "via"  // account and region of a file that has the event of another
)

// Subject is what a summary has one entry for each of.
type Subject string

const (
	ByPrincipal Subject = "principal"
	ByIP        Subject = "ip"
	ByAccessKey Subject = "access-key"
	byActor     Subject = "actor" // the access key, or who acted without one
)

// FactReader reads of each event what a summary needs. It belongs to one
// goroutine.
type FactReader struct {
	by     Subject
	since  int64  // the end of the baseline, event.NoTime when there is none
	event  string // the event that a trace asks for
	finder *event.Finder
	batch  *Batch
	who    []byte          // as the inside of a JSON array
	told   map[string]note // what is known of calls
	use    []byte
	last   struct { // the call that pace has looked up
		who, call []byte
		at        int64
		row       int32
	}
	located bool // addresses are looked up, and kept whole
	key     []byte
	text    []byte
	api     []byte
	now     occurrence
}

// The columns of a FactReader; those from colRecipient on are a CoverageReader's.
const (
	colTime = iota
	colID
	colSource
	colName
	colAddress
	colAgent
	colRegion
	colError
	colMessage
	colReadOnly
	colType
	colUser
	colIssuer
	colKey
	colCreated
	colMinted
	colRole
	colBytes
	colMFA
	colLogin
	colPrincipalID
	colCreation
	colCallerAccount
	colUserName
	colBehalf
	colSourceIdentity
	colParams
	colResponse
	colEndpoint
	colRecipient
)

var factColumns = [...]event.Column{
	colTime:           event.Path(event.FieldTime),
	colID:             event.IDColumn(),
	colSource:         event.Path(event.FieldSource),
	colName:           event.Path(event.FieldName),
	colAddress:        event.Path(event.FieldAddress),
	colAgent:          event.Path(event.FieldAgent),
	colRegion:         event.Path(event.FieldRegion),
	colError:          event.Path(event.FieldErrorCode),
	colMessage:        event.Path(event.FieldErrorMessage),
	colReadOnly:       event.Path(event.FieldReadOnly),
	colType:           event.Path(event.FieldType),
	colUser:           event.UserColumn(),
	colIssuer:         event.Path(event.FieldIssuer),
	colKey:            event.Path(event.FieldKey),
	colCreated:        event.Path(event.FieldCreated),
	colMinted:         event.Path(event.FieldMinted),
	colRole:           event.Path("requestParameters.roleArn"),
	colBytes:          event.Path("additionalEventData.bytesTransferredOut"),
	colMFA:            event.Path("additionalEventData.MFAUsed"),
	colLogin:          event.Path("responseElements.ConsoleLogin"),
	colPrincipalID:    event.Path(event.FieldPrincipalID),
	colCreation:       event.Path(event.FieldSession),
	colCallerAccount:  event.Path(event.FieldAccount),
	colUserName:       event.Path("requestParameters.userName"),
	colBehalf:         event.Path(event.FieldBehalf),
	colSourceIdentity: event.Path(event.FieldPerson),
	colParams:         event.Path("requestParameters"),
	colResponse:       event.Path("responseElements"),
	colEndpoint:       event.Path("vpcEndpointId"),
	colRecipient:      event.Path(event.FieldRecipient),
}

// NewFactReader makes a reader of facts; since is the end of the baseline.
func NewFactReader(by Subject, since int64) *FactReader {
	r := newFactReader(factColumns[:colRecipient])
	r.by, r.since = by, since
	return r
}

func newFactReader(columns []event.Column) *FactReader {
	r := &FactReader{finder: event.NewColumns(columns...).Finder(), batch: batches.Get().(*Batch), told: map[string]note{}}
	r.last.row = -1
	return r
}

// Add reads an event and gives its raw eventID, nil when it has none.
func (r *FactReader) Add(e parse.Event) (id []byte) {
	r.finder.Find(e)
	v := r.finder.Value
	r.batch.starts = append(r.batch.starts, int32(len(r.batch.events)))
	r.now = occurrence{when: event.InstantOf(v(colTime)), failed: event.HasText(v(colError)) || event.HasText(v(colMessage)), bytes: wholeNumber(v(colBytes))}
	r.who = r.subject(r.who[:0])
	r.fact(KindAll, nil)
	if r.since != event.NoTime && r.now.when >= r.since {
		r.fact(KindLater, nil)
	}
	call, writes := r.call(), event.Writes(v(colReadOnly), r.textOf(v(colName)))
	if writes {
		r.fact(KindWrite, nil)
	}
	r.fact(KindAPI, call)
	known := r.known(call)
	if known.telling || writes && r.by == byActor {
		r.change(string(call))
	}
	if known.bulk && r.by != byActor && !event.IsService(string(r.textOf(v(colAddress)))) {
		r.pace(call)
	}
	if r.now.failed && event.Refused(parse.Text(nil, v(colError)), r.textOf(v(colMessage))) {
		r.refused()
	}
	r.values(v)
	id = v(colID)
	if r.by == byActor {
		r.lineage(v, string(r.textOf(id)))
	}
	return id
}

// refused counts a refusal.
func (r *FactReader) refused() {
	r.fact(KindRefused, nil)
	if r.since != event.NoTime && r.now.when >= r.since {
		r.fact(KindRefused, []byte("later"))
	}
}

// values notes the facts that are values of the event.
func (r *FactReader) values(v func(int) []byte) {
	for _, f := range []struct {
		kind Kind
		at   int
	}{{KindAgent, colAgent}, {KindRegion, colRegion}, {KindError, colError}, {KindCreated, colCreated}, {KindCreated, colMinted}} {
		r.value(f.kind, v(f.at))
	}
	r.keyUse(v)
	if event.HasText(v(colAddress)) {
		kind := KindAddress
		if event.IsService(string(r.textOf(v(colAddress)))) {
			kind = KindService
		}
		r.value(kind, v(colAddress))
	}
	if name := r.textOf(v(colName)); bytes.HasPrefix(name, []byte("AssumeRole")) {
		r.value(KindRole, v(colRole))
	}
	who := string(r.textOf(v(colType)))
	if own := who == "IAMUser" || who == "Root"; own && string(r.textOf(v(colMFA))) == "No" && string(r.textOf(v(colLogin))) == "Success" {
		r.fact(KindLogin, []byte("without MFA")) // of others the identity provider knows
	}
	if who == "Root" && string(r.textOf(v(colLogin))) == "Failure" {
		r.fact(KindLogin, []byte("failed as root"))
	}
	if who == "AssumedRole" {
		if _, session := event.SplitSession(string(r.textOf(v(colUser)))); session != "" {
			r.fact(KindSession, []byte(session))
		}
	}
	if r.by != ByPrincipal {
		r.key = r.principal(r.key[:0])
		r.value(KindPrincipal, bytes.Clone(r.key))
	}
}

// subject appends who the event is about, as JSON.
func (r *FactReader) subject(dst []byte) []byte {
	of := r.finder.Value(colUser)
	switch r.by {
	case ByIP:
		of = r.finder.Value(colAddress)
	case ByAccessKey:
		of = r.finder.Value(colKey)
	case byActor:
		if key := r.finder.Value(colKey); event.HasText(key) {
			of = key
		}
	default:
		return r.principal(dst)
	}
	if !event.HasText(of) {
		of = nil // an empty text names as few as none
	}
	return event.AppendValue(dst, of)
}

// principal appends who acted.
func (r *FactReader) principal(dst []byte) []byte {
	v := r.finder.Value
	return event.AppendPrincipal(dst, v(colType), v(colUser), v(colIssuer))
}

// call is valid until the next call.
func (r *FactReader) call() []byte {
	source, name := r.finder.Value(colSource), r.finder.Value(colName)
	r.api = event.AppendCall(r.api[:0], parse.Text(nil, source), parse.Text(nil, name))
	return r.api
}

func (r *FactReader) value(k Kind, raw []byte) {
	if event.HasText(raw) {
		r.fact(k, r.textOf(raw))
	}
}

// textOf is valid until the next call.
func (r *FactReader) textOf(raw []byte) []byte {
	r.text = r.text[:0]
	return parse.Text(r.text, raw)
}

// maxText is how much is kept of a value: nothing genuine is longer.
const maxText = 1024

// fact counts the event for a value of a kind.
func (r *FactReader) fact(k Kind, text []byte) {
	if len(text) > maxText {
		text = append(bytes.ToValidUTF8(text[:maxText], nil), "…"...)
	}
	r.key = append(append(r.key[:0], '"'), k...)
	r.key = event.AppendString(append(r.key, '"', ','), text)
	r.key = append(append(r.key, ','), r.who...)
	e := r.now
	e.value = int32(r.batch.values.place(r.key))
	r.batch.events = append(r.batch.events, e)
}

// Located says that addresses will be looked up, so that they are kept whole.
func (r *FactReader) Located() *FactReader {
	r.located = true
	return r
}

// Full tells that the batch should be taken.
func (r *FactReader) Full() bool {
	return len(r.batch.events) >= 8*batchEvents || r.batch.values.bytes >= batchBytes
}

// Take gives the batch away and begins another.
func (r *FactReader) Take() *Batch {
	b := r.batch
	r.last.row = -1
	r.batch = batches.Get().(*Batch)
	return b
}

// wholeNumber reads a number that may be written 243.0, and none below 0.
func wholeNumber(raw []byte) int64 {
	if len(raw) == 0 || raw[0] < '0' || raw[0] > '9' {
		return 0
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f > 1<<60 {
		return 0
	}
	return int64(f)
}
