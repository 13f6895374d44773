package triage

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"ctlog/output"
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
	KindKey       Kind = "key"       // the access key that was used
	KindCreated   Kind = "created"   // an access key that was created, for good or for a session
	KindRole      Kind = "role"      // a role that was assumed
	KindSession   Kind = "session"   // the name of a role's session
	KindPrincipal Kind = "principal" // who did it
	KindLogin     Kind = "login"     // a console login without MFA

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
	since  int64  // the end of the baseline, NoTime when there is none
	event  string // the event that a trace asks for
	finder *output.Finder
	batch  *Batch
	who    []byte // as the inside of a JSON array
	key    []byte
	text   []byte
	now    event
}

// The columns of a FactReader.
const (
	colTime = iota
	colID
	colOtherID
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
)

const factColumns = "eventTime,eventID,eventId,eventSource,eventName,sourceIPAddress,userAgent,awsRegion,errorCode,errorMessage,readOnly," +
	"userIdentity.type,user,userIdentity.sessionContext.sessionIssuer.arn,userIdentity.accessKeyId," +
	"responseElements.accessKey.accessKeyId,responseElements.credentials.accessKeyId,requestParameters.roleArn," +
	"additionalEventData.bytesTransferredOut,additionalEventData.MFAUsed,responseElements.ConsoleLogin," +
	"userIdentity.principalId,userIdentity.sessionContext.attributes.creationDate,userIdentity.accountId,requestParameters.userName," +
	"userIdentity.onBehalfOf.userId,userIdentity.sessionContext.sourceIdentity"

// NewFactReader makes a reader of facts; since is the end of the baseline.
func NewFactReader(by Subject, since int64) *FactReader {
	r := newFactReader(factColumns)
	r.by, r.since = by, since
	return r
}

func newFactReader(columns string) *FactReader {
	c, err := output.NewColumns(columns)
	if err != nil {
		panic(err) // the list above is wrong
	}
	return &FactReader{finder: c.Finder(), batch: batches.Get().(*Batch)}
}

// Add reads an event and gives its raw eventID, nil when it has none.
func (r *FactReader) Add(e parse.Event) (id []byte) {
	r.finder.Find(e)
	v := r.finder.Value
	r.batch.starts = append(r.batch.starts, int32(len(r.batch.events)))
	r.now = event{when: timeOf(v(colTime)), failed: says(v(colError)) || says(v(colMessage)), bytes: wholeNumber(v(colBytes))}
	r.who = r.subject(r.who[:0])
	r.fact(KindAll, nil)
	if r.since != NoTime && r.now.when >= r.since {
		r.fact(KindLater, nil)
	}
	name := r.textOf(v(colName))
	if changes(v(colReadOnly), name) {
		r.fact(KindWrite, nil)
	}
	r.api()
	r.values(v)
	id = r.eventID()
	if r.by == byActor {
		r.lineage(v, string(r.textOf(id)))
	}
	return id
}

// eventID is the raw ID of the event, nil when it has none.
func (r *FactReader) eventID() []byte {
	for _, at := range []int{colID, colOtherID} {
		if id := r.finder.Value(at); says(id) {
			return id
		}
	}
	return nil
}

// values notes the facts that are values of the event.
func (r *FactReader) values(v func(int) []byte) {
	for _, f := range []struct {
		kind Kind
		at   int
	}{{KindAgent, colAgent}, {KindRegion, colRegion}, {KindError, colError}, {KindKey, colKey}, {KindCreated, colCreated}, {KindCreated, colMinted}} {
		r.value(f.kind, v(f.at))
	}
	if says(v(colAddress)) {
		kind := KindAddress
		if IsService(string(r.textOf(v(colAddress)))) {
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
	if who == "AssumedRole" {
		if _, session := splitSession(string(r.textOf(v(colUser)))); session != "" {
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
	switch r.by {
	case ByIP:
		return appendValue(dst, r.finder.Value(colAddress))
	case ByAccessKey:
		return appendValue(dst, r.finder.Value(colKey))
	case byActor:
		if key := r.finder.Value(colKey); says(key) {
			return appendValue(dst, key)
		}
	}
	return r.principal(dst)
}

// principal is the best name of who acted: of a role's session the role, which
// has sessions of ever new names.
func (r *FactReader) principal(dst []byte) []byte {
	user := r.finder.Value(colUser)
	if string(r.textOf(r.finder.Value(colType))) != "AssumedRole" {
		return appendValue(dst, user)
	}
	if issuer := r.finder.Value(colIssuer); says(issuer) {
		return appendValue(dst, issuer)
	}
	role, _ := splitSession(string(r.textOf(user)))
	return AppendString(dst, role)
}

// splitSession splits arn:aws:sts::1:assumed-role/ROLE/SESSION at the last
// slash.
func splitSession(arn string) (role, session string) {
	if at := strings.Index(arn, ":assumed-role/"); at >= 0 {
		if i := strings.LastIndexByte(arn, '/'); i > at+len(":assumed-role") {
			return arn[:i], arn[i+1:]
		}
	}
	return arn, ""
}

// api notes the call as service:Name.
func (r *FactReader) api() {
	source := r.textOf(r.finder.Value(colSource))
	source = bytes.TrimSuffix(source, []byte(".amazonaws.com"))
	api := append(append(make([]byte, 0, 64), source...), ':')
	r.fact(KindAPI, append(api, r.textOf(r.finder.Value(colName))...))
}

func (r *FactReader) value(k Kind, raw []byte) {
	if says(raw) {
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
	r.key = AppendString(append(r.key, '"', ','), text)
	r.key = append(append(r.key, ','), r.who...)
	e := r.now
	e.value = int32(r.batch.values.place(r.key))
	r.batch.events = append(r.batch.events, e)
}

// Full tells that the batch should be taken.
func (r *FactReader) Full() bool {
	return len(r.batch.events) >= 8*batchEvents || r.batch.values.bytes >= batchBytes
}

// Take gives the batch away and begins another.
func (r *FactReader) Take() *Batch {
	b := r.batch
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

var readPrefixes = []string{"Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Query", "Scan", "Check", "Decrypt"}

// changes: readOnly says so, or, in old events without it, the name.
func changes(readOnly, name []byte) bool {
	switch string(bytes.Trim(readOnly, `"`)) {
	case "true":
		return false
	case "false":
		return true
	}
	for _, p := range readPrefixes {
		if bytes.HasPrefix(name, []byte(p)) {
			return false
		}
	}
	return len(name) > 0 && utf8.Valid(name)
}
