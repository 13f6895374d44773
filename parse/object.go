package parse

import "bytes"

// shape is where an object stands, which decides what its keys mean.
type shape int

const (
	shapeTop     shape = iota // at the top level or in an array there
	shapeLookup               // an element of Events
	shapeMessage              // an element of logEvents
)

// role is what a key tells of the object that has it.
type role int

const (
	roleNone role = iota
	roleEvent
	roleRecords
	roleEvents
	roleLookup
	roleDetailType
	roleDetail
	roleMessageType
	roleLogEvents
	roleMessage
	roleDigest
)

var topRoles = map[string]role{
	"eventVersion": roleEvent, "eventTime": roleEvent, "eventName": roleEvent, "eventSource": roleEvent,
	"eventID": roleEvent, "eventId": roleEvent, "userIdentity": roleEvent, "eventType": roleEvent, "eventCategory": roleEvent,
	"Records": roleRecords, "Events": roleEvents, "CloudTrailEvent": roleLookup,
	"detail-type": roleDetailType, "detail": roleDetail,
	"messageType": roleMessageType, "logEvents": roleLogEvents,
	"digestStartTime": roleDigest, "digestEndTime": roleDigest, "digestS3Object": roleDigest, "digestPublicKeyFingerprint": roleDigest,
}

func (p shape) role(key []byte) role {
	name := key[1 : len(key)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		var buf [64]byte
		name = AppendText(buf[:0], key)
	}
	r := topRoles[string(name)]
	switch {
	case p == shapeMessage && string(name) == "message":
		return roleMessage
	case p == shapeMessage, p == shapeLookup && r != roleEvent && r != roleLookup:
		return roleNone // what is inside a container is none: containers do not nest without end
	}
	return r
}

// object passes an object, finding out by its keys what it is. The keys come
// in any order; an object stays reachable from its first byte on until it is
// known to be a container.
func (s *shapes) object(p shape) bool {
	o := object{s: s, w: s.w, shape: p}
	o.w.mark = o.w.pos
	defer func() { o.w.mark = -1 }()
	o.w.pos++
	if !o.w.accept('}') {
		for {
			done, ok := o.member()
			if done || !ok {
				return ok
			}
			if o.w.accept(',') {
				continue
			}
			if !o.w.accept('}') {
				return s.misplaced()
			}
			break
		}
	}
	return o.close()
}

// object is one object while its keys are looked at. Positions are relative to
// the window's mark.
type object struct {
	s     *shapes
	w     *window
	shape shape

	container bool // its events have been given: the object itself is none
	envelope  bool // it has a detail-type
	control   bool
	detail    [2]int // where the value of detail stands
}

// member passes one key and its value. done says that the whole object has
// been dealt with.
func (o *object) member() (done, ok bool) {
	if c, more := o.w.peek(); !more || c != '"' {
		return false, o.s.misplaced()
	}
	key, err := o.w.value()
	if err != nil {
		return false, o.s.fail(err)
	}
	r := o.shape.role(key)
	if !o.w.accept(':') {
		return false, o.s.misplaced()
	}
	c, more := o.w.peek()
	if !more {
		return false, o.s.misplaced()
	}
	return o.take(r, c)
}

// take deals with the value of a key of role r that begins with c.
func (o *object) take(r role, c byte) (done, ok bool) {
	s := o.s
	switch {
	case r == roleEvent && !o.container:
		o.w.pos = o.w.mark
		o.w.mark = -1
		return true, o.s.event()
	case r == roleRecords && c == '[':
		return false, o.contain() && o.s.elements(recordsPointer, o.s.event)
	case r == roleEvents && c == '[':
		return false, o.contain() && o.s.elements("/Events", func() bool { return s.nested(shapeLookup) })
	case r == roleLogEvents && c == '[' && !o.control:
		return false, o.contain() && o.s.elements("/logEvents", func() bool { return s.nested(shapeMessage) })
	case r == roleDigest && !o.container:
		return o.digest()
	}
	return false, o.scalar(r, c)
}

// nested passes an element that should be an object.
func (s *shapes) nested(p shape) bool {
	if c, _ := s.w.peek(); c == '{' {
		return s.object(p)
	}
	return s.event()
}

// contain notes that the object only holds events: nothing of it needs to stay
// reachable.
func (o *object) contain() bool {
	o.container = true
	o.w.mark = -1
	o.w.pos++
	return true
}

func (o *object) digest() (done, ok bool) {
	o.w.pos = o.w.mark
	o.w.mark = -1
	at := o.w.offset()
	if _, err := o.w.value(); err != nil {
		o.s.fail(err)
		return true, false
	}
	return true, o.s.fail(&Error{Err: ErrDigest, Offset: at})
}

// scalar passes a value that is looked at as a whole or not at all.
func (o *object) scalar(r role, c byte) bool {
	at := o.w.offset()
	raw, err := o.w.value()
	if err != nil {
		return o.s.fail(o.named(err)) && false
	}
	switch {
	case (r == roleLookup || r == roleMessage) && c == '"':
		o.container = true
		return o.s.message(raw, at)
	case r == roleDetailType:
		o.envelope = true
	case r == roleDetail && c == '{' && o.w.mark >= 0:
		end := o.w.pos - o.w.mark
		o.detail = [2]int{end - len(raw), end}
	case r == roleMessageType && bytes.Equal(raw, []byte(`"CONTROL_MESSAGE"`)):
		o.control = true
	case r == roleRecords && bytes.Equal(raw, []byte("null")):
		o.container = true
	}
	return true
}

// named is the error about an object that is too large, with what is known of it:
// the answer of another tool may be one object of any size.
func (o *object) named(err *Error) *Error {
	if err.Err != ErrTooLarge || o.w.mark < 0 {
		return err
	}
	f := formOf(o.w.buf[o.w.mark:])
	if f == nil {
		return err
	}
	e := f.error(nil, -1)
	e.Fatal = true
	return e
}

// close decides about an object whose keys have all been seen.
func (o *object) close() bool {
	switch {
	case o.container, o.control:
		return true
	case o.envelope && o.detail[1] > 0:
		from := o.w.mark + o.detail[0]
		if detail := o.w.buf[from : o.w.mark+o.detail[1]]; isEvent(detail) {
			return o.s.give(detail, o.w.base+int64(from))
		}
	}
	o.w.pos = o.w.mark
	o.w.mark = -1
	return o.s.event()
}
