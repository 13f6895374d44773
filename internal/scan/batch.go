package scan

import (
	"ctlog/internal/lanes"
	"ctlog/parse"
)

// How much waits to be hashed in one go. A worker with as many files as lanes
// and heldEnough bytes waits for no more; small files are waited for longer, as
// the lanes are used better when there are more lengths to choose from.
const (
	heldFiles  = 64
	heldEnough = 4 << 20
	heldBytes  = 16 << 20  // by one worker
	heldByAll  = 256 << 20 // by all workers
)

// batch is contents that wait until there are enough of them to be hashed side
// by side.
type batch struct {
	width    int // lanes; 0: nothing waits
	most     int // bytes that may wait, of which one content is a quarter at most
	contents [][]byte
	ends     []func([32]byte)
	sums     [][32]byte
	used     int // bytes of contents
	held     int // bytes of their buffers
	spares   [][]byte
}

func (c Config) batch() batch {
	return batch{width: c.Lanes, most: min(heldBytes, heldByAll/max(c.Jobs, 1))}
}

func (b *batch) empty() bool { return len(b.contents) == 0 }

// keep takes the content out of a body whose sum may wait; nil when it may not.
func (b *batch) keep(body *parse.Body) []byte {
	if n := body.Inflated(); b.width == 0 || n == 0 || n > int64(b.most/4) {
		return nil
	}
	var spare []byte
	if n := len(b.spares); n > 0 {
		spare = b.spares[n-1]
	}
	content, ok := body.Keep(spare)
	if ok && spare != nil {
		b.spares = b.spares[:len(b.spares)-1]
	}
	return content
}

// add puts content among what waits; end is called with its sum.
func (b *batch) add(content []byte, end func([32]byte)) {
	b.contents = append(b.contents, content)
	b.ends = append(b.ends, end)
	b.used += len(content)
	b.held += cap(content)
	if b.full() {
		b.flush()
	}
}

// full reports whether it is time: no lane shall be idle if that can be helped.
func (b *batch) full() bool {
	n := len(b.contents)
	return b.held >= b.most || n%b.width == 0 && (n >= heldFiles || b.held >= min(heldEnough, b.most/2))
}

// flush hashes everything that waits. The ends come in order: what the first of
// them waits for is not another of the same batch.
func (b *batch) flush() {
	b.sums = append(b.sums[:0], make([][32]byte, len(b.contents))...)
	lanes.Sum(b.width, b.sums, b.contents)
	for i, end := range b.ends {
		end(b.sums[i])
	}
	clear(b.ends)
	b.recycle()
	b.contents, b.ends, b.used, b.held = b.contents[:0], b.ends[:0], 0, 0
}

// recycle makes the buffers spare ones, unless they once held so much more than
// now that a batch of them is full too soon.
func (b *batch) recycle() {
	if b.held > 2*b.used {
		b.spares = nil
	} else {
		b.spares = append(b.spares, b.contents...)
	}
	clear(b.contents)
}
