package detect

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"slices"
	"strings"

	"ctlog/detect/expr"
	"ctlog/event"
	"ctlog/parse"
	"ctlog/query/need"
)

// recordPaths are what is told of an event that matched.
var recordPaths = func() (paths []*expr.Path) {
	for _, f := range slices.Concat(event.NamePaths, event.AccountPaths, event.IDPaths, told, []string{event.FieldIssuer}) {
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
	program                    *Program
	options                    Options
	match                      func(*parse.Event) []int32
	matcher                    *Matcher
	fields                     *Matcher
	told, names, accounts, ids []int32 // slots
	time, kind, issuer         int32
	plain                      *expr.Plain // of the event at hand, once it was needed
	path                       string
	integrity                  string
	rank                       byte
	batch                      *Batch
	unseen                     *need.Requirement // see Needs
	noted                      int               // how much was seen when unseen was made
}

// Batch is what a worker found, to be absorbed by a Collector in any order.
type Batch struct {
	rows   []byte
	ends   []int
	Events int64 // that were looked at
	latest int64
}

func (p *Program) newReader(o Options) *Reader {
	r := &Reader{program: p, options: o, matcher: p.engine.Matcher(), fields: p.fields.Matcher()}
	r.match = r.matcher.Match
	if o.Brute {
		r.match = NewBrute(p.Rules).Match
	}
	slots := func(fields ...string) (list []int32) {
		for _, f := range fields {
			list = append(list, int32(slices.IndexFunc(p.fields.slots, func(s slot) bool { return s.path.Text == f })))
		}
		return list
	}
	r.told, r.names, r.accounts, r.ids = slots(told...), slots(event.NamePaths...), slots(event.AccountPaths...), slots(event.IDPaths...)
	r.time, r.kind, r.issuer = slots(event.FieldTime)[0], slots(event.FieldType)[0], slots(event.FieldIssuer)[0]
	r.batch = &Batch{latest: NoTime}
	return r
}

// Proven is the integrity of a file that is what was delivered.
const Proven = "valid"

// File says where the events that follow come from. Events of files whose
// integrity is Proven count before their twins in others.
func (r *Reader) File(path, integrity string) {
	r.path, r.integrity, r.rank = strings.ReplaceAll(path, "\x00", ""), integrity, 1
	if integrity == Proven {
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
		r.batch.latest = max(r.batch.latest, r.instant())
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

// take notes a match as a row. Of what only correlations hear of no more is told
// than they need.
func (r *Reader) take(e *parse.Event, rules []int32) {
	r.fields.begin(e)
	r.plain = nil
	shown := slices.ContainsFunc(rules, func(n int32) bool { return r.program.show[n] })
	id := r.first(r.ids)
	key := keyOf(id)
	dst := append(append(r.batch.rows, key[:]...), r.rank)
	dst = append(append(dst, r.path...), 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(e.Index))
	dst = binary.LittleEndian.AppendUint64(dst, maphash.Bytes(seed, e.Raw))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.instant()))
	dst = appendText(appendText(dst, r.integrity), id)
	if shown {
		dst = r.texts(append(dst, 1))
	} else {
		dst = append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(rules)))
	for _, n := range rules {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	dst = r.signals(r.details(dst, rules), rules)
	r.batch.rows = dst
	r.batch.ends = append(r.batch.ends, len(dst))
}

// texts appends what is told of an event.
func (r *Reader) texts(dst []byte) []byte {
	for _, slot := range r.told {
		dst = appendText(dst, r.bytes(slot))
	}
	user := r.first(r.names)
	dst = appendText(appendText(dst, r.first(r.accounts)), user)
	return appendText(dst, r.principal(user))
}

// told are the fields that are told as they are.
var told = []string{event.FieldTime, event.FieldSource, event.FieldName, event.FieldAddress, event.FieldRegion, event.FieldAgent, event.FieldErrorCode}

// details appends what each rule was met by, if that was asked for.
func (r *Reader) details(dst []byte, rules []int32) []byte {
	if !r.options.Details {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(rules)))
	for _, n := range rules {
		pairs := r.decoded().Matched(r.program.Rules[n].Condition)
		dst = binary.AppendUvarint(dst, uint64(len(pairs)))
		for _, p := range pairs {
			dst = appendText(appendText(dst, p.Field), bounded([]byte(p.Text)))
		}
	}
	return dst
}

// signals appends what correlations hear.
func (r *Reader) signals(dst []byte, rules []int32) []byte {
	n := 0
	for _, i := range rules {
		n += len(r.program.inputs[i])
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	for _, i := range rules {
		for k := range r.program.inputs[i] {
			s := r.signal(&r.program.inputs[i][k])
			dst = s.append(dst)
		}
	}
	return dst
}

// instant is the event's time.
func (r *Reader) instant() int64 {
	if f := r.fields.look(r.time); f.state == scalar {
		if t, ok := event.Time(f.words().Bytes()); ok {
			return event.Instant(t)
		}
	}
	return NoTime
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

// bytes gives the text of a slot, valid until the next event, nil without one.
func (r *Reader) bytes(slot int32) []byte {
	f := r.fields.look(slot)
	if f.state == scalar {
		if text := f.words().Bytes(); len(text) <= maxText {
			return text
		}
	}
	s, _ := r.value(slot)
	return []byte(s)
}

// first gives the first text of some slots that is not empty.
func (r *Reader) first(slots []int32) []byte {
	for _, slot := range slots {
		if text := r.bytes(slot); len(text) > 0 {
			return text
		}
	}
	return nil
}

// value gives the text of a slot, that of several values as an array.
func (r *Reader) value(slot int32) (string, bool) {
	switch f := r.fields.look(slot); f.state {
	case scalar:
		return bounded(f.words().Bytes()), true
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
		return []string{bounded(f.words().Bytes())}
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
func (r *Reader) principal(user []byte) []byte {
	if string(r.bytes(r.kind)) != "AssumedRole" {
		return user
	}
	if issuer := r.bytes(r.issuer); len(issuer) > 0 {
		return issuer
	}
	role, _ := event.SplitSession(string(user))
	return []byte(role)
}

// keyOf packs an event's ID: a UUID into its bytes, anything else into a hash.
func keyOf[T string | []byte](id T) (k eventKey) {
	if len(id) == 0 {
		return k
	}
	if uuid(id, k[1:]) {
		k[0] = 1
		return k
	}
	sum := sha256.Sum256([]byte(id))
	k[0] = 2
	copy(k[1:], sum[:])
	return k
}

// uuid packs a UUID.
func uuid[T string | []byte](s T, dst []byte) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	n := 0
	for i := 0; i < len(s); i += 2 {
		if s[i] == '-' {
			i++
		}
		if s[i] < '0' || s[i+1] < '0' {
			return false
		}
		high, low := strings.IndexByte(digits, s[i]|0x20), strings.IndexByte(digits, s[i+1]|0x20)
		if high < 0 || low < 0 {
			return false
		}
		dst[n] = byte(high<<4 | low)
		n++
	}
	return true
}

const digits = "0123456789abcdef"
