package triage

import (
	"bytes"
	"strconv"

	"ctlog/event"
	"ctlog/parse"
)

// FactKind is what a fact is about.
type FactKind string

// The kinds of facts that there are of who did something.
const (
	KindAll       FactKind = "all"       // every event
	KindLater     FactKind = "later"     // every event after the baseline
	KindWrite     FactKind = "write"     // every event that changes something
	KindAPI       FactKind = "api"       // iam:CreateUser
	KindAddress   FactKind = "address"   // sourceIPAddress, unless it is
	KindService   FactKind = "service"   // that of AWS itself: cloudformation.amazonaws.com
	KindAgent     FactKind = "agent"     // userAgent
	KindRegion    FactKind = "region"    // awsRegion
	KindError     FactKind = "error"     // errorCode
	KindRefused   FactKind = "refused"   // an error that is a refusal; "later" after the baseline
	KindKey       FactKind = "key"       // the access key that was used, with its use when it is a session's
	KindCreated   FactKind = "created"   // an access key that was created, for good or for a session
	KindRole      FactKind = "role"      // a role that was assumed
	KindSession   FactKind = "session"   // the name of a role's session
	KindPrincipal FactKind = "principal" // who did it
	KindLogin     FactKind = "login"     // a console login without MFA, or a failed one as root
	KindChange    FactKind = "change"    // a Change: a telling call, in a trace any that changes something, with what it was about

	// Found out about addresses.
	KindCountry FactKind = "country"
	KindNetwork FactKind = "network"

	// Of a trace only.
	KindWho  FactKind = "who"  // the best name of who did it, session and all
	KindLink FactKind = "link" // what keys of one session have in common
	KindMint FactKind = "mint" // a Mint of a key
	KindUser FactKind = "user" // a Mint of a user's console password
	KindStep FactKind = "step" // as KindAPI, of what changes something

	KindPerson FactKind = "person" // who the identity provider says is behind it
	KindEvent  FactKind = "event"  // the event that was asked for
)

// SubjectKind is what a summary has one entry for each of.
type SubjectKind string

const (
	ByPrincipal SubjectKind = "principal"
	ByIP        SubjectKind = "ip"
	ByAccessKey SubjectKind = "access-key"
	byActor     SubjectKind = "actor" // the access key, or who acted without one
)

// FactReader reads of each event what a summary needs. It belongs to one
// goroutine.
type FactReader struct {
	Recorder
	by     SubjectKind
	since  int64  // the end of the baseline, event.NoTime when there is none
	event  string // the event that a trace asks for
	finder *event.Finder
	told   map[string]note // what is known of calls
	use    []byte
	last   struct { // the call that pace has looked up
		who, call []byte
		at        int64
		row       int32
	}
	located bool // addresses are looked up, and kept whole
	api     []byte
}

// The columns of a FactReader.
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
	colLogin:          event.Path(event.FieldLogin),
	colPrincipalID:    event.Path(event.FieldPrincipalID),
	colCreation:       event.Path(event.FieldSession),
	colCallerAccount:  event.Path(event.FieldAccount),
	colUserName:       event.Path("requestParameters.userName"),
	colBehalf:         event.Path(event.FieldBehalf),
	colSourceIdentity: event.Path(event.FieldPerson),
	colParams:         event.Path("requestParameters"),
	colResponse:       event.Path("responseElements"),
	colEndpoint:       event.Path("vpcEndpointId"),
}

// NewFactReader makes a reader of facts; since is the end of the baseline.
func NewFactReader(by SubjectKind, since int64) *FactReader {
	r := &FactReader{Recorder: NewRecorder(), by: by, since: since, finder: event.NewColumns(factColumns[:]...).Finder(), told: map[string]note{}}
	r.last.row = -1
	return r
}

// Add reads an event and gives its raw eventID, nil when it has none.
func (r *FactReader) Add(e parse.Event) (id []byte) {
	r.finder.Find(e)
	v := r.finder.Value
	r.begin(occurrence{when: event.InstantOf(v(colTime)), failed: event.Failed(v(colError), v(colMessage), v(colLogin)), bytes: wholeNumber(v(colBytes))})
	r.about = r.subject(r.about[:0])
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
		kind FactKind
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

// Located says that addresses will be looked up, so that they are kept whole.
func (r *FactReader) Located() *FactReader {
	r.located = true
	return r
}

// Take gives the batch away and begins another.
func (r *FactReader) Take() *Batch {
	r.last.row = -1
	return r.Recorder.Take()
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
