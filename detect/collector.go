package detect

import (
	"bytes"
	"cmp"
	"slices"

	"sync"

	"ctlog/detect/rule"
	"ctlog/internal/extsort"
)

// Config says what a Collector makes of what readers found.
type Config struct {
	Options
	Baseline int64        // what a rule found on a principal before then is folded; NoTime: nothing is
	Budget   int64        // bytes of matches in memory, beyond it they go to disk; 0 means DefaultBudget
	Dir      string       // where temporary files go, "" means the system's place
	Stop     func() error // asked now and then by Finish, which ends with its error; nil: nobody is
	Samples  int          // how many matches of a rule are kept as examples; 0 means 3
}

// DefaultBudget is how many bytes of matches stay in memory, half of them at
// each of the two stages that hold any at a time.
const DefaultBudget = 64 << 20

// Collector puts together what readers found. The order in which batches are
// absorbed does not matter to what comes out.
type Collector struct {
	program *Program
	config  Config
	matches extsort.Sorter
	events  int64
	latest  int64

	mu      sync.Mutex
	readers []*Reader
}

// Collector makes a collector.
func (p *Program) Collector(c Config) *Collector {
	c.Budget = cmp.Or(c.Budget, DefaultBudget)
	c.Samples = cmp.Or(c.Samples, 3)
	return &Collector{program: p, config: c, latest: NoTime, matches: extsort.Sorter{Budget: c.Budget / 2, Dir: c.Dir, Compare: bytes.Compare}}
}

// Reader makes the reader of one worker; it may be called by any goroutine.
func (c *Collector) Reader() *Reader {
	r := c.program.newReader(c.config.Options)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readers = append(c.readers, r)
	return r
}

// Absorb takes a batch in.
func (c *Collector) Absorb(b *Batch) error {
	c.events += b.Events
	c.latest = max(c.latest, b.latest)
	from := 0
	for _, end := range b.ends {
		row := b.rows[from:end]
		if err := c.matches.Add(rowOrder(row), row); err != nil {
			return err
		}
		from = end
	}
	return nil
}

// rowOrder is how a row begins, as a number in the same order.
func rowOrder(row []byte) int64 {
	var n uint64
	for _, b := range row[:8] {
		n = n<<8 | uint64(b)
	}
	return int64(n ^ 1<<63)
}

// Results are what all rules found.
type Results struct {
	Events      int64    // that were looked at
	Matched     int64    // on which at least one rule that is shown holds, each counted once
	Duplicates  int64    // matches left out because the event was delivered before
	Conflicts   int64    // of those, with other bytes than the one that counts
	ConflictIDs []string // of the first of them
	Timeless    int64    // matches that no correlation could place
	Rules       []Finding
	Correlation []Series
}

// Sink hears of matches, in the order of their time, and of episodes, in that of
// the correlations, groups and times.
type Sink struct {
	Match   func(*Match) error
	Episode func(*Episode) error
}

// Finish sorts, correlates and counts.
func (c *Collector) Finish(sink Sink) (*Results, error) {
	defer c.matches.Close()
	f := &finish{collector: c, program: c.program, sink: sink, out: &Results{Events: c.events}}
	defer f.close()
	f.begin()
	if err := c.matches.Each(f.stoppable(f.row)); err != nil {
		return nil, err
	}
	if err := f.inTime(); err != nil {
		return nil, err
	}
	if err := f.correlate(); err != nil {
		return nil, err
	}
	f.states()
	return f.out, nil
}

// stoppable asks now and then whether there is any use in going on.
func (f *finish) stoppable(each func([]byte) error) func([]byte) error {
	stop, n := f.collector.config.Stop, 0
	if stop == nil {
		return each
	}
	return func(row []byte) error {
		if n++; n%1024 == 0 {
			if err := stop(); err != nil {
				return err
			}
		}
		return each(row)
	}
}

// finish is the work of Finish.
type finish struct {
	collector *Collector
	program   *Program
	sink      Sink
	out       *Results
	last      Match // the last event that counted
	ordered   *extsort.Sorter
	series    []extsort.Sorter // by level of correlations
	tallies   []*tally
}

func (f *finish) begin() {
	for range f.program.Rules {
		f.tallies = append(f.tallies, newTally(f.collector.config))
	}
	half := f.collector.config.Budget / 2
	if f.sink.Match != nil || f.collector.config.Baseline != NoTime {
		half /= 2
		f.ordered = &extsort.Sorter{Budget: half, Dir: f.collector.config.Dir, Compare: bytes.Compare}
	}
	for range f.program.depth {
		f.series = append(f.series, extsort.Sorter{Budget: half / int64(f.program.depth), Dir: f.collector.config.Dir, Compare: bytes.Compare})
	}
	f.out.Correlation = make([]Series, len(f.program.Correlations))
	for i, c := range f.program.Correlations {
		f.out.Correlation[i] = Series{Correlation: c, First: NoTime, Last: NoTime}
	}
}

func (f *finish) close() {
	if f.ordered != nil {
		f.ordered.Close()
	}
	for i := range f.series {
		f.series[i].Close()
	}
}

// row takes a match in the order of event IDs, so that twins come together:
// those in files that are proven come first.
func (f *finish) row(row []byte) error {
	m := readMatch(row)
	if m.key != (eventKey{}) && m.key == f.last.key {
		f.out.Duplicates++
		if m.sum != f.last.sum {
			f.out.Conflicts++
			if ids := f.out.ConflictIDs; len(ids) < someConflicts && !slices.Contains(ids, m.ID) {
				f.out.ConflictIDs = append(ids, m.ID)
			}
		}
		return nil
	}
	f.last = m
	for _, r := range m.Rules {
		f.tallies[r].heard++
	}
	if f.counts(&m) {
		f.out.Matched++
	}
	if err := f.signals(&m); err != nil {
		return err
	}
	if f.ordered != nil {
		return f.ordered.Add(m.Time, row)
	}
	f.count(&m)
	return nil
}

// someConflicts is how many IDs with several contents are named.
const someConflicts = 5

// counts: at least one of the rules is shown.
func (f *finish) counts(m *Match) bool {
	for _, r := range m.Rules {
		if f.program.show[r] {
			return true
		}
	}
	return false
}

func (f *finish) count(m *Match) {
	for i, r := range m.Rules {
		if f.program.show[r] && f.tallies[r].add(m) {
			m.fold(i)
		}
	}
}

// inTime goes through the matches by their time, if that is needed.
func (f *finish) inTime() error {
	if f.ordered == nil {
		return nil
	}
	return f.ordered.Each(f.stoppable(func(row []byte) error {
		m := readMatch(row)
		f.count(&m)
		if f.sink.Match == nil || !f.counts(&m) {
			return nil
		}
		return f.sink.Match(&m)
	}))
}

// states tells hits from what was not found and what could not be.
func (f *finish) states() {
	sight := f.program.Sight()
	for _, r := range f.collector.readers {
		sight.Add(r.matcher.Sight())
	}
	blind := make([]string, len(f.program.Rules))
	for i, t := range f.tallies {
		blind[i] = sight.Blind(i)
		if f.collector.events == 0 {
			blind[i] = "there are no events"
		}
		if f.program.show[i] {
			f.out.Rules = append(f.out.Rules, t.finding(f.program.Rules[i], blind[i]))
		}
	}
	var kept []Series
	for i := range f.out.Correlation {
		s := &f.out.Correlation[i]
		s.State, s.Reason = f.stateOf(s, blind)
		if f.program.showing[i] {
			kept = append(kept, *s)
		}
	}
	f.out.Correlation = kept
}

// stateOf: a correlation is blind where a rule is that it cannot do without.
func (f *finish) stateOf(s *Series, blind []string) (State, string) {
	if s.Episodes > 0 {
		return Hit, ""
	}
	var reasons []string
	for _, b := range s.Correlation.Bases {
		if b.Rule == nil {
			continue
		}
		for i, r := range f.program.Rules {
			if r == b.Rule && blind[i] != "" && f.tallies[i].heard == 0 {
				reasons = append(reasons, blind[i])
			}
		}
	}
	all := len(reasons) == len(s.Correlation.Bases)
	if ordinal := s.Correlation.Type.Ordinal() && len(s.Correlation.Any) == 0; len(reasons) > 0 && (all || ordinal) {
		return Blind, reasons[0]
	}
	return None, ""
}

// State is how it went with a rule.
type State string

// The states. A rule that was refused is none of a Program's.
const (
	Hit     State = "hit"
	None    State = "none"
	Blind   State = "blind"
	Refused State = "refused"
)

// Finding is what one rule found.
type Finding struct {
	Rule    *rule.Rule
	State   State
	Reason  string // of a blind one
	Matches int64
	Folded  int64 // of those, known from the baseline
	First   int64
	Last    int64
	Who     Counts // principals
	From    Counts // addresses
	What    Counts // service:Name
	Accounts,
	Regions Counts
	Samples []Match // the first in time
}

// Counts are values and how many matches have each, the most frequent first.
type Counts struct {
	Values []Count
	More   bool // there were more different ones than are kept
}

// Count is a value and how often it was met.
type Count struct {
	Value string
	Count int64
}
