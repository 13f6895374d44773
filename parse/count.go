package parse

import (
	"bytes"
	"math"
)

var recordsHead = []byte(`{"Records":[{`)

// isLog knows CloudTrail's own container by its beginning and its first event.
func isLog(content []byte) bool {
	return bytes.HasPrefix(content, recordsHead) && isEvent(content[len(recordsHead)-1:])
}

// split is what is known of a log that was taken apart at once.
type split struct {
	members bool       // the commas are asked for
	ends    []eventEnd // of the events
	commas  []int32    // between members of events
	inner   []int32    // between members or elements of those
	escaped bool       // what Escaped reports of the text
}

// eventEnd is where an event ends, in the content and in the lists of commas,
// of which those of the last block may be missing.
type eventEnd struct{ at, commas, inner int32 }

// Index asks Events to find out on the way where the members of events begin,
// and the members of those. It pays when all events are looked into, and is
// called before anything else.
func (b *Body) Index() { b.indexed = true }

// split takes a body apart that is sound, held whole, and a log as CloudTrail
// writes it: {"Records":[{…},…]} without white space.
func (b *Body) split() (*split, bool) {
	if content, whole := b.Whole(); !b.tried && whole && len(content) <= math.MaxInt32 && isLog(content) {
		b.d.split.members = b.indexed
		b.d.split, b.parted = splitRecords(content, b.d.split)
	}
	b.tried = true
	return &b.d.split, b.parted
}

// Escaped is the function of that name for the content of a body held whole.
func (b *Body) Escaped() bool {
	if s, ok := b.split(); ok {
		return s.escaped
	}
	return Escaped(b.content)
}

// Count counts the events of a body as Events would give them, and gives none.
// It is for files in which nothing is sought any more. ok is false for shapes
// other than CloudTrail's own and for whatever Events would report an error
// about: then only iterating can tell.
func (b *Body) Count() (n int, ok bool) {
	if s, ok := b.split(); ok {
		return len(s.ends), true
	}
	content, ok := b.Whole()
	if !ok || !isLog(content) {
		return 0, false
	}
	return countPlain(content)
}

// countPlain counts event by event, whatever white space there is.
func countPlain(b []byte) (n int, ok bool) {
	i := len(recordsHead) - 1
	for i < len(b) && b[i] == '{' {
		end, o := skim(b, i, true)
		if o != whole {
			return 0, false
		}
		n++
		if i = space(b, end); i == len(b) || b[i] != ',' {
			return n, closesRecords(b, i)
		}
		i = space(b, i+1)
	}
	return 0, false
}

// closesRecords reports whether nothing but the end of the document follows.
func closesRecords(b []byte, i int) bool {
	if i == len(b) || b[i] != ']' {
		return false
	}
	if i = space(b, i+1); i == len(b) || b[i] != '}' {
		return false
	}
	return space(b, i+1) == len(b)
}
