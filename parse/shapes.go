package parse

import (
	"bytes"
	"fmt"
	"iter"
)

// Event is one CloudTrail event.
type Event struct {
	// Raw is the event's object, byte for byte as delivered or, where it came
	// inside a JSON string, as that string reads. It is valid until the
	// iteration goes on.
	Raw    []byte
	Offset int64 // where it, or the string that held it, begins in the content
	Index  int   // its place among the object's events, from 0

	known   bool    // the commas are, see Body.Index
	commas  []int32 // between its members, as offsets in the content
	inner   []int32 // between their members
	spelled bool    // some escape in the content was needless: names may hide behind it
	tight   bool
	other   bool
}

// Other reports whether the object is no event of CloudTrail's, see Others.
func (e Event) Other() bool { return e.other }

// Compact reports whether Raw is known to have no white space between tokens.
func (e Event) Compact() bool { return e.tight }

// Document is one JSON value at the top level.
type Document struct {
	Raw    []byte // valid until the iteration goes on
	Offset int64
}

// Events iterates the events in whichever shape they come:
//
//   - {"Records":[…]}, one or several one after the other, or an array of them
//   - an array of events, one event a line, a single event
//   - lookup-events output and lines of it: {"Events":[{"CloudTrailEvent":"…"}]}
//   - EventBridge envelopes: {"detail-type":…,"detail":{…}}
//   - CloudWatch Logs subscription payloads: {"logEvents":[{"message":"…"}]},
//     also without line feeds between them; control messages are passed over
//   - CloudWatch export lines: a timestamp, a space, an event
//   - tables, as of CloudTrail Lake, Athena and Splunk, with the event as JSON in
//     a cell, or with its members in columns, as of the console's Event history
//
// Objects of no known shape come as events too; Event.Other tells them apart. An
// error with Fatal set is the last result; after any other the iteration goes on.
func (b *Body) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		b.others, b.remark = Others{}, ""
		if s, ok := b.split(); ok {
			b.parts(s, yield)
			return
		}
		b.shaped(yield)
	}
}

// parts gives the events of a body that has been split.
func (b *Body) parts(s *split, yield func(Event, error) bool) {
	b.others.All = int64(len(s.ends))
	last := eventEnd{at: int32(len(recordsHead) - 2)}
	for i, end := range s.ends {
		from := last.at + 1
		end.commas, end.inner = below(s.commas, end.commas, end.at), below(s.inner, end.inner, end.at)
		e := Event{Raw: b.content[from:end.at:end.at], Offset: int64(from), Index: i, tight: true}
		e.known, e.spelled = s.members, s.escaped
		e.commas, e.inner = s.commas[last.commas:end.commas], s.inner[last.inner:end.inner]
		if !yield(e, nil) {
			return
		}
		last = end
	}
}

// below gives how many of a rising list are below limit: n or a few more.
func below(list []int32, n, limit int32) int32 {
	for int(n) < len(list) && list[n] < limit {
		n++
	}
	return n
}

// shaped goes through a body of any shape.
func (b *Body) shaped(yield func(Event, error) bool) {
	s := &shapes{w: b.window(), yield: yield}
	if s.begin() {
		s.top()
	}
	b.d.keep(s.w)
}

// Documents iterates the JSON values at the top level, as jq sees them.
func (b *Body) Documents() iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		s := &shapes{w: b.window(), yield: func(_ Event, err error) bool { return yield(Document{}, err) }}
		for more := s.begin(); more; {
			if _, more = s.w.peek(); !more {
				s.finish()
				break
			}
			at := s.w.offset()
			raw, err := s.w.value()
			if err != nil {
				s.fail(err)
				break
			}
			more = yield(Document{raw, at}, nil)
		}
		b.d.keep(s.w)
	}
}

// keep takes the window's buffer back, which may have grown.
func (d *Decoder) keep(w *window) {
	if !w.eof || w.base > 0 {
		d.window = w.buf[:0]
	}
}

// shapes finds the events in a body. Its methods report false when the
// iteration is over.
type shapes struct {
	w     *window
	yield func(Event, error) bool
	n     int
	text  []byte // events that came as strings
	place        // in the array that is being read
	sure  bool   // CloudTrail's own array is being read: no more of it needs to be looked at
	over  bool
}

// place is a position in an array of the document.
type place struct {
	inArray bool
	pointer string // its JSON pointer, "" when it is the document
	nth     int
}

// begin passes a byte order mark and refuses content that has nothing, is of
// another format, or no UTF-8 at all.
func (s *shapes) begin() bool {
	if err := formatOf(s.w.ahead(formatHead)); err != nil {
		return s.fail(err)
	}
	if _, ok := s.w.peek(); !ok {
		if err := s.w.end(); err != nil {
			return s.fail(err)
		}
		return s.fail(&Error{Err: ErrEmpty, Offset: -1, Fatal: true})
	}
	head := s.w.ahead(3)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		s.w.pos += 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return s.fail(&Error{Err: ErrEncoding, Offset: 0, Fatal: true})
	}
	return true
}

// finish reports damage at the end of the content, if there is any.
func (s *shapes) finish() {
	if err := s.w.end(); err != nil {
		s.fail(err)
	}
}

// fail yields an error; where an array is being read, its pointer goes along.
func (s *shapes) fail(err *Error) bool {
	if s.over {
		return false
	}
	if s.inArray && err.Pointer == "" {
		err.Pointer = fmt.Sprintf("%s/%d", s.pointer, s.nth)
	}
	s.over = !s.yield(Event{}, err) || err.Fatal
	return !s.over
}

func (s *shapes) give(raw []byte, at int64) bool {
	e := Event{Raw: raw, Offset: at, Index: s.n}
	others := &s.w.body.others
	if !s.sure {
		if e.other = !isEvent(raw); e.other && !others.add(raw, at) {
			return !s.over
		}
		s.sure = !e.other && s.inArray && s.pointer == recordsPointer
	}
	s.n++
	others.All++
	s.over = s.over || !s.yield(e, nil)
	return !s.over
}

const recordsPointer = "/Records"

// top goes through the values at the top level.
func (s *shapes) top() {
	if s.table() {
		return
	}
	for {
		c, ok := s.w.peek()
		if !ok {
			s.finish()
			return
		}
		before := s.w.offset()
		if !s.topValue(c) {
			return
		}
		if s.w.offset() == before {
			s.resync() // whatever it was, it must not be met again
		}
	}
}

func (s *shapes) topValue(c byte) bool {
	switch {
	case c == '{':
		return s.object(shapeTop) || s.resync()
	case c == '[':
		return s.array() || s.resync()
	case '0' <= c && c <= '9' && s.timestamp():
		return true
	}
	return s.stray()
}

// resync goes on at the next line after broken structure, unless the
// iteration is over.
func (s *shapes) resync() bool {
	if s.over {
		return false
	}
	s.w.mark, s.place, s.sure = -1, place{}, false
	s.w.nextLine()
	return true
}

// stray passes a scalar, which is no event, or a line that is no JSON.
func (s *shapes) stray() bool {
	at := s.w.offset()
	if _, err := s.w.value(); err != nil {
		return s.fail(err) && s.resync()
	}
	return s.fail(&Error{Err: ErrNotEvent, Offset: at, Detail: "a JSON value that is not an object"})
}

// maxStamp is more than the longest form of a timestamp.
const maxStamp = 40

// timestamp passes the time before an event in a CloudWatch export line.
func (s *shapes) timestamp() bool {
	line := s.w.ahead(maxStamp)
	end := bytes.IndexByte(line[:min(len(line), maxStamp)], ' ')
	if end < len("2024-01-09T10:05Z") || line[4] != '-' || line[7] != '-' || line[10] != 'T' {
		return false
	}
	s.w.pos += end + 1
	return true
}

// array goes through an array of events or of whole documents.
func (s *shapes) array() bool {
	s.w.pos++
	return s.elements("", func() bool {
		if c, _ := s.w.peek(); c == '{' {
			return s.object(shapeTop)
		}
		return s.event()
	})
}

// elements calls one at each element of an array whose bracket was passed.
func (s *shapes) elements(pointer string, one func() bool) bool {
	outer := s.place
	if s.w.accept(']') {
		return true
	}
	for i := 0; ; i++ {
		s.place = place{true, pointer, i}
		if !one() {
			return false
		}
		if s.w.accept(',') {
			continue
		}
		if !s.w.accept(']') {
			return s.misplaced()
		}
		s.place, s.sure = outer, false
		return true
	}
}

// misplaced reports a byte that cannot stand where it does, or the end of the
// content where more was due.
func (s *shapes) misplaced() bool {
	o := partial
	if _, ok := s.w.peek(); ok {
		o = broken
	}
	s.fail(s.w.failure(s.w.offset(), o))
	return false
}

// event passes one event where nothing else can stand.
func (s *shapes) event() bool {
	c, ok := s.w.peek()
	if !ok {
		return s.misplaced()
	}
	at := s.w.offset()
	raw, err := s.w.value()
	switch {
	case err != nil && err.Fatal:
		return s.fail(err)
	case err != nil:
		if !s.fail(err) || !s.inArray {
			return false // the next line is a better place to go on
		}
		s.w.closeNested()
		return true
	case c != '{':
		return s.fail(&Error{Err: ErrNotEvent, Offset: at, Detail: "not an object"})
	}
	return s.give(raw, at)
}

// message gives the event that a raw JSON string holds.
func (s *shapes) message(raw []byte, at int64) bool {
	s.text = AppendText(s.text[:0], raw)
	text := bytes.TrimSpace(s.text)
	if len(text) == 0 || text[0] != '{' {
		return s.fail(&Error{Err: ErrNotEvent, Offset: at, Detail: "a message that is not a JSON object"})
	}
	if err := Valid(text); err != nil {
		e := err.(*Error)
		e.Detail, e.Offset = fmt.Sprintf("in byte %d of the string", e.Offset), at
		return s.fail(e)
	}
	return s.give(text, at)
}

// IsDigest reports whether a document is a CloudTrail digest file.
func IsDigest(doc []byte) bool {
	for c := Inside(doc); ; {
		key, _, ok := c.Member()
		if !ok {
			return false
		}
		if shapeTop.role(key) == roleDigest {
			return true
		}
	}
}
