package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"slices"
	"strings"
	"unicode/utf8"

	"ctlog/detect/expr"
	"ctlog/event"
	"ctlog/parse"
)

// recordPaths are what is told of an event that matched.
var recordPaths = func() (paths []*expr.Path) {
	for _, f := range slices.Concat(event.NamePaths, event.AccountPaths, event.IDPaths, []string{event.FieldTime, event.FieldSource, event.FieldName,
		event.FieldAddress, event.FieldRegion, event.FieldAgent, event.FieldErrorCode, event.FieldIssuer}) {
		paths = append(paths, expr.NewPath(f))
	}
	return paths
}()

// Options say how rules are run.
type Options struct {
	Brute   bool // evaluate the plain way
	Details bool // tell of each match what the rule was met by
}

// Reader runs the rules over the events of one worker.
type Reader struct {
	program   *Program
	options   Options
	match     func(*parse.Event) []int32
	matcher   *Matcher
	fields    *Matcher
	slots     map[string]int32
	plain     *expr.Plain // of the event at hand, once it was needed
	path      string
	integrity string
	rank      byte
	batch     *Batch
}

// Batch is what a worker found, to be absorbed by a Collector in any order.
type Batch struct {
	rows   []byte
	ends   []int
	Events int64 // that were looked at
	latest int64
}

func (p *Program) newReader(o Options) *Reader {
	r := &Reader{program: p, options: o, matcher: p.engine.Matcher(), fields: p.fields.Matcher(), slots: map[string]int32{}}
	r.match = r.matcher.Match
	if o.Brute {
		r.match = NewBrute(p.Rules).Match
	}
	for i, s := range p.fields.slots {
		r.slots[s.path.Text] = int32(i)
	}
	r.batch = &Batch{latest: NoTime}
	return r
}

// File says where the events that follow come from. Events of files whose
// integrity is "valid" count before their twins in others.
func (r *Reader) File(path, integrity string) {
	r.path, r.integrity, r.rank = path, integrity, 1
	if integrity == "valid" {
		r.rank = 0
	}
}

// Add runs the rules over an event.
func (r *Reader) Add(e parse.Event) {
	r.batch.Events++
	rules := r.match(&e)
	if r.options.Brute {
		r.matcher.Match(&e) // what there was to be seen is noted there
	}
	if r.program.horizon {
		r.fields.begin(&e)
		r.batch.latest = max(r.batch.latest, instant(r.text(event.FieldTime)))
	}
	if len(rules) > 0 {
		r.take(&e, rules)
	}
}

// Full tells that the batch should be taken.
func (r *Reader) Full() bool { return len(r.batch.rows) >= batchBytes }

const batchBytes = 256 << 10

// Take gives the batch away and begins another.
func (r *Reader) Take() *Batch {
	b := r.batch
	r.batch = &Batch{latest: NoTime}
	return b
}

// Size is about what the batch holds in memory.
func (b *Batch) Size() int { return len(b.rows) + 8*len(b.ends) }

// take notes a match.
func (r *Reader) take(e *parse.Event, rules []int32) {
	r.fields.begin(e)
	r.plain = nil
	m := Match{File: r.path, Index: e.Index, Integrity: r.integrity, EventTime: r.text(event.FieldTime), ID: r.first(event.IDPaths...),
		Source: r.text(event.FieldSource), Name: r.text(event.FieldName), Address: r.text(event.FieldAddress), Account: r.first(event.AccountPaths...),
		Region: r.text(event.FieldRegion), Agent: r.text(event.FieldAgent), Error: r.text(event.FieldErrorCode), User: r.first(event.NamePaths...)}
	m.Principal = r.principal(m.User)
	m.Time, m.key, m.sum = instant(m.EventTime), keyOf(m.ID), maphash.Bytes(seed, e.Raw)
	for _, i := range rules {
		m.Rules = append(m.Rules, int(i))
		for _, in := range r.program.inputs[i] {
			m.inputs = append(m.inputs, r.signal(&in))
		}
		if r.options.Details {
			m.Matched = append(m.Matched, r.decoded().Matched(r.program.Rules[i].Condition))
		}
	}
	r.batch.rows = m.append(r.batch.rows, r.rank)
	r.batch.ends = append(r.batch.ends, len(r.batch.rows))
}

var seed = maphash.MakeSeed()

func (r *Reader) decoded() *expr.Plain {
	if r.plain == nil {
		r.plain = expr.Decode(r.fields.event.Raw)
	}
	return r.plain
}

// maxText is how much is kept of a value: nothing genuine is longer.
const maxText = 1024

func bounded(s []byte) string {
	if len(s) <= maxText {
		return string(s)
	}
	return strings.ToValidUTF8(string(s[:maxText]), "") + "…"
}

// text gives a field's text, "" without one.
func (r *Reader) text(field string) string {
	s, _ := r.value(r.slots[field])
	return s
}

func (r *Reader) first(fields ...string) string {
	for _, f := range fields {
		if s := r.text(f); s != "" {
			return s
		}
	}
	return ""
}

// value gives the text of a slot, that of several values as an array.
func (r *Reader) value(slot int32) (string, bool) {
	switch f := r.fields.look(slot); f.state {
	case scalar:
		return bounded(f.text.Bytes()), true
	case complex:
		s, ok := r.decoded().Value(r.program.fields.slots[slot].path)
		return bounded([]byte(s)), ok
	}
	return "", false
}

// values gives the texts of all scalars of a slot.
func (r *Reader) values(slot int32) []string {
	switch f := r.fields.look(slot); f.state {
	case scalar:
		return []string{bounded(f.text.Bytes())}
	case complex:
		texts := r.decoded().Texts(r.program.fields.slots[slot].path)
		texts = texts[:min(len(texts), maxValues)]
		for i, t := range texts {
			texts[i] = bounded([]byte(t))
		}
		return texts
	}
	return nil
}

// maxValues is how many values of one field of one event are counted.
const maxValues = 1000

// signal gathers what a correlation needs to know.
func (r *Reader) signal(in *input) signal {
	s := signal{correlation: in.correlation, base: in.base}
	for _, slot := range in.group {
		text, ok := r.value(slot)
		s.missing = s.missing || !ok
		s.group = append(s.group, text)
	}
	if s.missing {
		return signal{correlation: in.correlation, base: in.base, missing: true}
	}
	if len(in.values) == 1 {
		s.values = r.values(in.values[0])
	} else if len(in.values) > 1 {
		s.values = r.tuple(in.values)
	}
	return s
}

// tuple makes one value of several fields, none if one of them is absent.
func (r *Reader) tuple(slots []int32) []string {
	var b strings.Builder
	for _, slot := range slots {
		text, ok := r.value(slot)
		if !ok {
			return nil
		}
		b.WriteString(quote(text))
	}
	return []string{b.String()}
}

// principal gives the role of a role's session, which has sessions of ever new
// names, or else the user.
func (r *Reader) principal(user string) string {
	if r.text(event.FieldType) != "AssumedRole" {
		return user
	}
	if issuer := r.text(event.FieldIssuer); issuer != "" {
		return issuer
	}
	role, _ := event.SplitSession(user)
	return role
}

// keyOf packs an event's ID: a UUID into its bytes, anything else into a hash.
func keyOf(id string) (k eventKey) {
	if id == "" {
		return k
	}
	if b, err := hex.DecodeString(strings.ReplaceAll(id, "-", "")); err == nil && len(b) == 16 && len(id) == 36 && utf8.ValidString(id) {
		k[0] = 1
		copy(k[1:], b)
		return k
	}
	sum := sha256.Sum256([]byte(id))
	k[0] = 2
	copy(k[1:], sum[:])
	return k
}
