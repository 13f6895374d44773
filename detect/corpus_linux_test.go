package detect

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"ctlog/detect/rule"
	"ctlog/detect/sigma"
	"ctlog/parse"
)

// User time of one core an event, on the corpus of `make corpus`: without rules it is
// that of inflating and splitting.
func BenchmarkCorpus(b *testing.B) {
	root := os.Getenv("CTLOG_CORPUS")
	files, _ := filepath.Glob(root + "/large/AWSLogs/*/*/*/*/*/*/*.gz")
	if len(files) == 0 {
		b.Skip("no corpus")
	}
	for _, c := range []struct {
		name  string
		dirs  []string
		level rule.Level
	}{{"none", nil, 5}, {"57", []string{"../../shared/data/sigma/sigmahq"}, rule.Medium}, {"795", []string{"../../shared/data/sigma"}, rule.Medium}, {"795all", []string{"../../shared/data/sigma"}, 0}, {"core", []string{"pack/core"}, rule.Medium}} {
		b.Run(c.name, func(b *testing.B) {
			var l sigma.Loader
			for _, d := range c.dirs {
				l.Dir(d)
			}
			p := NewProgram(l.Set(), func(m *rule.Meta) bool { return m.Level >= c.level })
			col := p.Collector(Config{Baseline: NoTime})
			r := col.Reader()
			d := parse.NewDecoder(parse.Limits{})
			n := 0
			var before, after syscall.Rusage
			syscall.Getrusage(syscall.RUSAGE_SELF, &before)
			for i := 0; b.Loop(); i++ {
				f, _ := os.Open(files[i%len(files)])
				info, _ := f.Stat()
				body, _ := d.Open(f, info.Size(), false)
				body.Index()
				r.File(files[i%len(files)], "")
				for e := range body.Events() {
					if c.dirs != nil {
						r.Add(e)
					}
					n++
				}
				if r.Full() {
					col.Absorb(r.Take())
				}
				f.Close()
			}
			col.Absorb(r.Take())
			if _, err := col.Finish(Sink{}); err != nil {
				b.Fatal(err)
			}
			syscall.Getrusage(syscall.RUSAGE_SELF, &after)
			b.ReportMetric(float64(after.Utime.Nano()-before.Utime.Nano())/float64(n), "user-ns/event")
		})
	}
}
