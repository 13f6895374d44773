package coverage

import (
	"strconv"
	"strings"

	"ctlog/event"
	"ctlog/parse"
	"ctlog/triage"
)

// Reader reads where and when events happened, and who did what there. It
// belongs to one goroutine.
type Reader struct {
	triage.Recorder
	finder *event.Finder
	file   Area
	about  []byte
	who    []byte
	text   []byte
}

// The columns of a Reader.
const (
	colTime = iota
	colID
	colSource
	colName
	colRegion
	colType
	colUser
	colIssuer
	colCallerAccount
	colRecipient
	colCategory
	colManagement
	colReadOnly
	colError
	colParams
	colResponse
)

var columns = [...]event.Column{
	colTime:          event.Path(event.FieldTime),
	colID:            event.IDColumn(),
	colSource:        event.Path(event.FieldSource),
	colName:          event.Path(event.FieldName),
	colRegion:        event.Path(event.FieldRegion),
	colType:          event.Path(event.FieldType),
	colUser:          event.UserColumn(),
	colIssuer:        event.Path(event.FieldIssuer),
	colCallerAccount: event.Path(event.FieldAccount),
	colRecipient:     event.Path(event.FieldRecipient),
	colCategory:      event.Path("eventCategory"),
	colManagement:    event.Path("managementEvent"),
	colReadOnly:      event.Path(event.FieldReadOnly),
	colError:         event.Path(event.FieldErrorCode),
	colParams:        event.Path("requestParameters"),
	colResponse:      event.Path("responseElements"),
}

// NewReader makes a reader.
func NewReader() *Reader {
	return &Reader{Recorder: triage.NewRecorder(), finder: event.NewColumns(columns[:]...).Finder()}
}

// From says which file the next events are of, as far as its name tells.
func (r *Reader) From(a Area) { r.file = a }

// Add reads an event and gives its raw eventID, nil when it has none.
func (r *Reader) Add(e parse.Event) (id []byte) {
	r.finder.Find(e)
	v := r.finder.Value
	when, a := event.InstantOf(v(colTime)), r.area()
	r.about = event.AppendString(append(event.AppendString(r.about[:0], a.Account), ','), a.Region)
	r.Begin(when, r.about)
	var hours []byte
	if when != event.NoTime {
		hours = strconv.AppendInt(nil, triage.BucketOf(when, hour)/hour, 10)
	}
	r.Fact(kindHour, hours)
	r.who = event.AppendPrincipal(r.who[:0], v(colType), v(colUser), v(colIssuer))
	if event.HasText(r.who) {
		r.Fact(triage.KindPrincipal, r.textOf(r.who))
	}
	call := event.AppendCall(make([]byte, 0, 64), parse.Text(nil, v(colSource)), parse.Text(nil, v(colName)))
	r.Fact(triage.KindAPI, call)
	r.recorded(call)
	if r.file != (Area{}) && r.file != a {
		r.Fact(kindVia, []byte(r.file.Account+" "+r.file.Region))
	}
	return v(colID)
}

// area is where an event happened: the account that it was delivered to, which
// the file's name says, else the event, and the region that the event says.
func (r *Reader) area() (a Area) {
	a.Account = r.file.Account
	if a.Account == "" {
		a.Account = r.short(colRecipient)
	}
	if a.Account == "" {
		a.Account = r.short(colCallerAccount)
	}
	if a.Region = r.short(colRegion); a.Region == "" {
		a.Region = r.file.Region
	}
	return a
}

// maxName is how much is kept of an account or a region: a genuine one has
// half of it.
const maxName = 64

func (r *Reader) short(column int) string {
	raw := r.finder.Value(column)
	if !event.HasText(raw) {
		return ""
	}
	text := r.textOf(raw)
	if len(text) > maxName {
		return strings.ToValidUTF8(string(text[:maxName]), "") + "…"
	}
	return strings.ToValidUTF8(string(text), "\ufffd")
}

// textOf is valid until the next call.
func (r *Reader) textOf(raw []byte) []byte {
	r.text = parse.Text(r.text[:0], raw)
	return r.text
}
