package parse

import (
	"bytes"
	"slices"
)

// windowStart is how large the window of a streaming body begins; it doubles
// when one value needs more.
const windowStart = 1 << 20

// window is the part of a body that is being looked at: all of it when it is
// held whole, else a buffer that slides and grows. Positions are relative to
// buf; base turns them into offsets in the content.
//
// Invariant: 0 ≤ pos ≤ len(buf), and mark ≤ pos.
type window struct {
	body *Body
	buf  []byte
	pos  int
	mark int // bytes from here on stay reachable; -1: from pos on
	base int64
	eof  bool // nothing follows buf
}

func (b *Body) window() *window {
	if b.stream == nil {
		return &window{body: b, buf: b.content, mark: -1, eof: true}
	}
	b.d.window = append(b.d.window[:0], b.content...)
	b.content = nil
	return &window{body: b, buf: b.d.window, mark: -1}
}

func (w *window) offset() int64 { return w.base + int64(w.pos) }

// more reads on until the buffer is full, keeping everything from the mark or,
// without one, from pos on. It reports false at the end of the content or when
// what must be kept exceeds the limit.
func (w *window) more() bool {
	keep := w.pos
	if w.mark >= 0 {
		keep = w.mark
	}
	if w.eof || int64(len(w.buf)-keep) > w.body.d.limits.Event {
		return false
	}
	w.slide(keep)
	if len(w.buf) > cap(w.buf)/2 {
		w.buf = slices.Grow(w.buf, max(w.body.d.step, cap(w.buf)))
	}
	before := len(w.buf)
	for len(w.buf) < cap(w.buf) && !w.eof {
		n, err := w.body.read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
		w.eof = err != nil
	}
	w.body.d.window = w.buf
	return len(w.buf) > before
}

func (w *window) slide(keep int) {
	n := copy(w.buf, w.buf[keep:])
	w.buf = w.buf[:n]
	w.pos -= keep
	w.base += int64(keep)
	if w.mark >= 0 {
		w.mark = 0
	}
}

// peek passes white space and gives the byte there, false at the end.
func (w *window) peek() (byte, bool) {
	for {
		w.pos = space(w.buf, w.pos)
		if w.pos < len(w.buf) {
			return w.buf[w.pos], true
		}
		if !w.more() {
			return 0, false
		}
	}
}

// ahead gives what follows, at least n bytes of it if there are as many.
func (w *window) ahead(n int) []byte {
	for len(w.buf)-w.pos < n && w.more() {
	}
	return w.buf[w.pos:]
}

// accept passes the byte c if it comes next.
func (w *window) accept(c byte) bool {
	b, ok := w.peek()
	if ok && b == c {
		w.pos++
		return true
	}
	return false
}

// value passes one JSON value and gives its bytes, valid until the window is
// moved on.
func (w *window) value() ([]byte, *Error) {
	for {
		start := space(w.buf, w.pos)
		end, o := skim(w.buf, start, w.eof)
		if o == whole {
			w.pos = end
			return w.buf[start:end], nil
		}
		bad := w.base + int64(end)
		if o != partial || !w.more() {
			return nil, w.failure(bad, o)
		}
	}
}

// failure says why the value at the window's position cannot be had: bad is
// the offset at which skimming stopped.
func (w *window) failure(bad int64, o outcome) *Error {
	e := &Error{Err: o.reason(), Offset: bad}
	if o != partial {
		return e
	}
	e.Fatal = true
	switch {
	case w.body.damage != nil:
		return w.damage()
	case !w.eof:
		e.Err, e.Offset, e.Detail = ErrTooLarge, w.offset(), "one JSON value goes beyond what is held in memory"
	}
	return e
}

// damage is the body's own damage, at the place up to which it could be read.
func (w *window) damage() *Error {
	e := *w.body.damage.(*Error)
	if at := w.base + int64(len(w.buf)); at > 0 || e.Err != ErrFormat {
		e.Offset = at
	}
	return &e
}

// end is the error at the end of the content: what was wrong with the storage,
// if anything.
func (w *window) end() *Error {
	if w.body.damage == nil {
		return nil
	}
	return w.damage()
}

// nextLine moves behind the next line feed.
func (w *window) nextLine() {
	for {
		if n := bytes.IndexByte(w.buf[w.pos:], '\n'); n >= 0 {
			w.pos += n + 1
			return
		}
		w.pos = len(w.buf)
		if !w.more() {
			return
		}
	}
}

// closeNested passes the rest of a value that is broken or too deep, from the
// position bad on, by counting brackets alone, as far as that goes.
func (w *window) closeNested() {
	depth := 0
	for {
		for w.pos < len(w.buf) {
			switch w.buf[w.pos] {
			case '"':
				end := skipString(w.buf, w.pos)
				if end == len(w.buf) && w.more() {
					continue
				}
				w.pos = end
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth <= 0 {
					w.pos++
					return
				}
			}
			w.pos++
		}
		if !w.more() {
			return
		}
	}
}
