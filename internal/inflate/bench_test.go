package inflate

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// A class is gzip files of one kind, decoded one after the other.
type class struct {
	name  string
	files [][]byte
}

// classes are all kinds of input that seemed worth a try: sizes, compressors,
// levels, and streams no compressor would write.
func classes(tb testing.TB) (all []class) {
	add := func(name string, files ...[]byte) { all = append(all, class{name, files}) }
	log, small := trailJSON(1, 600), trailJSON(2, 2)
	add("tiny/0", pack(tb, nil, 6))
	add("tiny/1", pack(tb, small[:1], 6))
	add("tiny/100", pack(tb, small[:100], 6))
	add("tiny/1500", pack(tb, small[:1500], 6))
	add("tiny/members", bytes.Repeat(pack(tb, small[:1500], 6), 50))
	for level := gzip.NoCompression; level <= gzip.BestCompression; level++ {
		add(fmt.Sprint("klauspost/", level), pack(tb, log, level))
		add(fmt.Sprint("stdlib/", level), packStd(tb, log, level))
	}
	add("klauspost/stateless", pack(tb, log, statelessCompression))
	add("huffman/log", pack(tb, log, gzip.HuffmanOnly))
	add("huffman/base64", pack(tb, base64Of(noise(4, 300_000)), gzip.HuffmanOnly))
	add("noise/level-6", pack(tb, noise(3, 400_000), 6))
	add("noise/fixed", gzipOf(func(w *bitWriter) { w.fixed(1, string(noise(3, 400_000))) }))
	add("stored/100", gzipOf(func(w *bitWriter) { w.pieces(noise(5, 400_000), 100) }))
	add("stored/65535", gzipOf(func(w *bitWriter) { w.pieces(noise(5, 400_000), 65535) }))
	for _, every := range []int{100, 1000, 4000} {
		add(fmt.Sprint("blocks/flushed-", every), flushed(tb, log[:400_000], every))
		add(fmt.Sprint("blocks/literals-", every), gzipOf(func(w *bitWriter) { w.huffman(log[:400_000], every) }))
	}
	add("blocks/random", randomGzips(60)...)
	add("codes/one-symbol", gzipOf(oneSymbol))
	add("codes/deep", gzipOf(deepCodes))
	add("runs/zeros", pack(tb, make([]byte, 1<<20), 9))
	for _, distance := range []int{1, 2, 3, 5, 7, 8, 9, 13, 16, 17, 31, 32, 33, 47, 49, 63, 65, 100, 30000} {
		add(fmt.Sprint("runs/3-at-", distance), gzipOf(func(w *bitWriter) { w.runs(3, distance) }))
		add(fmt.Sprint("runs/20-at-", distance), gzipOf(func(w *bitWriter) { w.runs(20, distance) }))
		add(fmt.Sprint("runs/258-at-", distance), gzipOf(func(w *bitWriter) { w.runs(258, distance) }))
	}
	return all
}

// commands are logs that programs compressed, as far as they are there.
func commands() (all []class) {
	log := trailJSON(1, 600)
	for _, of := range [][2]string{{"zopfli", "-c"}, {"pigz", "-11c"}, {"gzip", "-9c"}, {"gzip", "-1c"}, {"libdeflate-gzip", "-12c"}} {
		if packed, err := command(log, of[0], of[1]); err == nil {
			all = append(all, class{"command/" + of[0] + of[1], [][]byte{packed}})
		}
	}
	return all
}

// corpora are logs as `make corpus` writes them, where CTLOG_CORPUS says.
func corpora(tb testing.TB) (all []class) {
	for name, most := range map[string]int{"large": 20, "small": 400} {
		c := class{name: "corpus/" + name}
		filepath.WalkDir(filepath.Join(os.Getenv("CTLOG_CORPUS"), name), func(path string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".gz") && len(c.files) < most {
				b, err := os.ReadFile(path)
				if err != nil {
					tb.Fatal(err)
				}
				c.files = append(c.files, b)
			}
			return nil
		})
		if len(c.files) > 0 && os.Getenv("CTLOG_CORPUS") != "" {
			all = append(all, c)
		}
	}
	return all
}

// command compresses with a program, if it is there.
func command(data []byte, name string, args ...string) ([]byte, error) {
	f, err := os.CreateTemp("", "inflate")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err != nil {
		return nil, err
	}
	f.Close()
	return exec.Command(name, append(args, f.Name())...).Output()
}

// TestClasses has what is measured decoded rightly.
func TestClasses(t *testing.T) {
	if raceEnabled {
		t.Skip("ten seconds, and nothing runs in parallel")
	}
	var d Decoder
	for _, c := range classes(t) {
		for _, src := range c.files {
			want, err := stdGzip(src)
			if err != nil {
				t.Fatal(c.name, err)
			}
			if got, err := d.Gzip(nil, src, noLimit); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes and %v, want %d", c.name, len(got), err, len(want))
			}
		}
	}
}

// BenchmarkGzip compares this package with its peers, class by class: memory
// in, memory out, and what can be used again is, by all of them. They take
// turns of a fraction of a millisecond, of which the best counts, so that what
// else the machine does meets none of them. `make bench-inflate` runs it.
func BenchmarkGzip(b *testing.B) {
	for _, c := range slices.Concat(classes(b), commands(), corpora(b)) {
		b.Run(c.name, func(b *testing.B) {
			size, lanes := c.lanes(b)
			for b.Loop() {
				for _, l := range lanes {
					l.turn()
				}
			}
			b.ReportMetric(0, "ns/op")
			for i, l := range lanes {
				b.ReportMetric(float64(size)/float64(l.best)*1e3, decoders[i].name+"-MB/s")
			}
			b.ReportMetric(float64(lanes[1].best)/float64(lanes[0].best), "x-klauspost")
		})
	}
}

// lane is one decoder on one class: as many runs as make a turn, and the
// nanoseconds that a run took in the best turn.
type lane struct {
	run  func()
	runs int
	best float64
}

const turn = 300 * time.Microsecond

func (l *lane) turn() {
	start := time.Now()
	for range l.runs {
		l.run()
	}
	t := time.Since(start)
	if per := float64(t) / float64(l.runs); l.best == 0 || per < l.best {
		l.best = per
	}
	if t < turn {
		l.runs *= 2
	}
}

// lanes gives a lane to each decoder, and how much content the class has.
func (c class) lanes(b *testing.B) (size int, lanes []*lane) {
	most := 0
	for _, src := range c.files {
		out, _ := Gzip(nil, src, noLimit)
		size, most = size+len(out), max(most, len(out))
	}
	dst := make([]byte, most+bytes.MinRead)
	for _, d := range decoders {
		decode := d.make()
		lanes = append(lanes, &lane{runs: 1, run: func() {
			for _, src := range c.files {
				if err := decode(dst, src); err != nil {
					b.Fatal(err)
				}
			}
		}})
	}
	return size, lanes
}

var decoders = []struct {
	name string
	make func() func(dst, src []byte) error
}{
	{"inflate", func() func(dst, src []byte) error {
		var d Decoder
		return func(dst, src []byte) error {
			_, err := d.Gzip(dst, src, noLimit)
			return err
		}
	}},
	{"klauspost", func() func(dst, src []byte) error {
		var z gzip.Reader
		return reader(&z)
	}},
	{"stdlib", func() func(dst, src []byte) error {
		var z stdgzip.Reader
		return reader(&z)
	}},
}

// reader decodes with a gzip.Reader that is used again.
func reader(z interface {
	io.Reader
	Reset(io.Reader) error
}) func(dst, src []byte) error {
	var r bytes.Reader
	return func(dst, src []byte) error {
		r.Reset(src)
		return readAll(dst, z, z.Reset(&r))
	}
}

// readAll reads into memory that is there already: the peers are not made to
// allocate what we do not.
func readAll(dst []byte, r io.Reader, err error) error {
	for n := 0; err == nil && n < len(dst); {
		var got int
		got, err = r.Read(dst[n:])
		n += got
	}
	if err == io.EOF {
		return nil
	}
	return err
}

func BenchmarkTables(b *testing.B) {
	src := pack(b, trailJSON(1, 600), 6)
	var d Decoder
	d.Gzip(nil, src, noLimit)
	lens := bytes.Clone(d.lens[:numLit])
	for b.Loop() {
		build(d.tables.lit[:], litBits, lens, litEntry[:])
	}
}
