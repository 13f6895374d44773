package detect

import (
	"math/big"
	"slices"
	"strconv"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
)

// measure is what a correlation measures in a window. Windows end with an event
// and reach back by the timespan, both ends included.
type measure interface {
	// add takes the points of one time in and gives what remove needs to take
	// them back.
	add(time, count int64, points []point) (facts any)
	remove(count int64, facts any)
	// met reports whether the threshold is met now, in a window whose first
	// event is at since, and from when on what met it goes.
	met(now, since int64) (value string, from int64, ok bool)
	// number is the value that was met, for comparing.
	number() float64
}

func newMeasure(c *rule.Correlation) measure {
	switch {
	case c.Type == rule.EventCount:
		return &counting{t: &c.Threshold}
	case c.Type == rule.ValueCount:
		return &distinct{t: &c.Threshold, values: map[string]int64{}}
	case c.Type == rule.ValueSum || c.Type == rule.ValueAvg:
		return &summing{t: &c.Threshold, average: c.Type == rule.ValueAvg, limit: micro(c.Threshold.Value)}
	case c.Type.Numeric():
		return &ranking{t: &c.Threshold, limit: micro(c.Threshold.Value)}
	case c.Type == rule.TemporalOrdered:
		return newOrder(c)
	case len(c.Any) > 0:
		return newWords(c)
	}
	return &together{c: c, last: unseen(len(c.Bases))}
}

// meets compares a count with a threshold.
func meets(t *rule.Threshold, n int64) bool {
	return t.Order.Holds(expr.DecimalOf(int(n)).Compare(t.Value)) != t.Not
}

// counting counts events.
type counting struct {
	t *rule.Threshold
	n int64
}

func (m *counting) add(_, count int64, _ []point) any { m.n += count; return nil }
func (m *counting) remove(count int64, _ any)         { m.n -= count }
func (m *counting) number() float64                   { return float64(m.n) }
func (m *counting) met(_, since int64) (string, int64, bool) {
	return strconv.FormatInt(m.n, 10), since, meets(m.t, m.n)
}

// distinct counts different values; their case does not matter.
type distinct struct {
	t      *rule.Threshold
	values map[string]int64
}

func (m *distinct) add(_, _ int64, points []point) any {
	var facts []string
	for _, p := range points {
		for _, v := range p.values {
			v = expr.Fold(v)
			m.values[v]++
			facts = append(facts, v)
		}
	}
	return facts
}

func (m *distinct) remove(_ int64, facts any) {
	for _, v := range facts.([]string) {
		if m.values[v]--; m.values[v] == 0 {
			delete(m.values, v)
		}
	}
}

func (m *distinct) number() float64 { return float64(len(m.values)) }
func (m *distinct) met(_, since int64) (string, int64, bool) {
	return strconv.Itoa(len(m.values)), since, len(m.values) > 0 && meets(m.t, int64(len(m.values)))
}

// micro gives a number in millionths, which is how numbers are summed: exactly,
// in whatever order.
func micro(d expr.Decimal) *big.Int {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		return new(big.Int)
	}
	r.Mul(r, million)
	return new(big.Int).Quo(r.Num(), r.Denom())
}

var million = big.NewRat(1_000_000, 1)

// maxNumber is beyond all that events count: a value above it is none.
var maxNumber, _ = expr.ParseDecimal([]byte("1e30"))

// numbers reads the values of points, each event's once.
func numbers(points []point) (list []*big.Int) {
	for i, p := range points {
		if i > 0 && p.event == points[i-1].event {
			continue
		}
		for _, v := range p.values {
			if d, ok := expr.ParseDecimal([]byte(v)); ok && d.Abs().Compare(maxNumber) < 0 {
				list = append(list, micro(d))
			}
		}
	}
	return list
}

// decimal writes millionths.
func decimal(n *big.Rat) string {
	text := new(big.Rat).Quo(n, million).FloatString(6)
	d, _ := expr.ParseDecimal([]byte(text))
	return d.String()
}

// summing sums values, or gives their average.
type summing struct {
	t       *rule.Threshold
	average bool
	limit   *big.Int
	sum     big.Int
	n       int64
}

func (m *summing) add(_, _ int64, points []point) any {
	list := numbers(points)
	for _, v := range list {
		m.sum.Add(&m.sum, v)
	}
	m.n += int64(len(list))
	return list
}

func (m *summing) remove(_ int64, facts any) {
	for _, v := range facts.([]*big.Int) {
		m.sum.Sub(&m.sum, v)
		m.n--
	}
}

func (m *summing) value() *big.Rat {
	n := int64(1)
	if m.average {
		n = max(m.n, 1)
	}
	return new(big.Rat).SetFrac(&m.sum, big.NewInt(n))
}

func (m *summing) number() float64 { f, _ := m.value().Float64(); return f }

func (m *summing) met(_, since int64) (string, int64, bool) {
	v := m.value()
	if m.n == 0 || m.t.Order.Holds(v.Cmp(new(big.Rat).SetInt(m.limit))) == m.t.Not {
		return "", 0, false
	}
	return decimal(v), since, true
}

// ranking gives a percentile of the values, between two of them in proportion.
type ranking struct {
	t      *rule.Threshold
	limit  *big.Int
	values ranks
}

func (m *ranking) add(_, _ int64, points []point) any {
	list := numbers(points)
	for _, v := range list {
		m.values.insert(v)
	}
	return list
}

func (m *ranking) remove(_ int64, facts any) {
	for _, v := range facts.([]*big.Int) {
		m.values.delete(v)
	}
}

func (m *ranking) value() *big.Rat {
	place := new(big.Rat).SetFloat64(m.t.Percentile)
	place.Mul(place, big.NewRat(int64(m.values.len()-1), 100))
	whole := new(big.Int).Quo(place.Num(), place.Denom())
	k := int(whole.Int64())
	low := new(big.Rat).SetInt(m.values.at(k))
	rest := place.Sub(place, new(big.Rat).SetInt(whole))
	if rest.Sign() == 0 {
		return low
	}
	high := new(big.Rat).SetInt(m.values.at(k + 1))
	return low.Add(low, rest.Mul(rest, high.Sub(high, low)))
}

func (m *ranking) number() float64 { f, _ := m.value().Float64(); return f }

func (m *ranking) met(_, since int64) (string, int64, bool) {
	if m.values.len() == 0 {
		return "", 0, false
	}
	v := m.value()
	if m.t.Order.Holds(v.Cmp(new(big.Rat).SetInt(m.limit))) == m.t.Not {
		return "", 0, false
	}
	return decimal(v), since, true
}

// unseen is when bases were last seen that were not.
func unseen(n int) []int64 {
	last := make([]int64, n)
	for i := range last {
		last[i] = NoTime
	}
	return last
}

// together counts which bases there were.
type together struct {
	c    *rule.Correlation
	last []int64
	n    int64
}

func (m *together) add(time, _ int64, points []point) any {
	for _, p := range points {
		m.last[p.base] = time
	}
	return nil
}

func (m *together) remove(int64, any) {}
func (m *together) number() float64   { return float64(m.n) }

func (m *together) met(now, since int64) (string, int64, bool) {
	m.n = 0
	for _, at := range m.last {
		if at != NoTime && at >= now-int64(m.c.Timespan) {
			m.n++
		}
	}
	return strconv.FormatInt(m.n, 10), since, meets(&m.c.Threshold, m.n)
}

// words is a condition in words on which bases there were. Where a base must not
// be there, windows begin with an event instead, and are asked about when they
// are over.
type words struct {
	c     *rule.Correlation
	ahead bool // windows begin with an event
	last  []int64
	open  []anchor
	now   []int // bases of the moment
}

func newWords(c *rule.Correlation) *words {
	w := &words{c: c, last: unseen(len(c.Bases))}
	w.ahead = slices.ContainsFunc(c.Any, func(p rule.Presence) bool { return len(p.Never) > 0 })
	return w
}

// anchor is the beginning of a window that is still open, for alternative any.
type anchor struct {
	at  int64
	any int
}

func (m *words) add(time, _ int64, points []point) any {
	m.now = m.now[:0]
	for _, p := range points {
		m.last[p.base] = time
		m.now = append(m.now, p.base)
	}
	for i, a := range m.c.Any {
		if m.ahead && m.hasNow(a.Must) {
			m.open = append(m.open, anchor{time, i})
		}
	}
	return nil
}

func (m *words) hasNow(bases []int) bool {
	return slices.ContainsFunc(bases, func(b int) bool { return slices.Contains(m.now, b) })
}

func (m *words) remove(int64, any) {}
func (m *words) number() float64   { return 0 }

func (m *words) met(now, since int64) (string, int64, bool) {
	for _, a := range m.c.Any {
		if !m.ahead && m.hasNow(a.Must) && m.all(a.Must, now-int64(m.c.Timespan)) {
			return "", since, true
		}
	}
	return "", 0, false
}

// all: every base was there at or after since.
func (m *words) all(bases []int, since int64) bool {
	return !slices.ContainsFunc(bases, func(b int) bool { return m.last[b] == NoTime || m.last[b] < since })
}

// forward reports whether the window from an anchor on, all of which has been
// seen and nothing else, has what it must, and up to when.
func (m *words) forward(a anchor) (to int64, met bool) {
	p := m.c.Any[a.any]
	if !m.all(p.Must, a.at) || slices.ContainsFunc(p.Never, func(b int) bool { return m.last[b] != NoTime && m.last[b] >= a.at }) {
		return 0, false
	}
	for _, b := range p.Must {
		to = max(to, m.last[b])
	}
	return to, true
}

// order looks for bases one after the other. Events of one time may have come in
// any order.
type order struct {
	c      *rule.Correlation
	chains []chain
	n      int
}

// chain is bases of which so many have to come in their order.
type chain struct {
	bases []int
	need  int
	best  [][]int64 // by base and length: when the latest chain began that ends with it
}

func newOrder(c *rule.Correlation) *order {
	m := &order{c: c}
	add := func(bases []int, need int) {
		ch := chain{bases: bases, need: need}
		for range bases {
			ch.best = append(ch.best, unseen(need+1))
		}
		m.chains = append(m.chains, ch)
	}
	for _, a := range c.Any {
		add(a.Must, len(a.Must))
	}
	if len(c.Any) == 0 {
		all := make([]int, len(c.Bases))
		for i := range all {
			all[i] = i
		}
		add(all, needed(&c.Threshold))
	}
	return m
}

// needed is the least count that meets a threshold from below.
func needed(t *rule.Threshold) int {
	n := t.Value.Int()
	for n < 1 || !meets(t, int64(n)) {
		n++
	}
	return n
}

func (m *order) add(time, _ int64, points []point) any {
	var now [64]bool
	for _, p := range points {
		now[p.base] = true
	}
	for i := range m.chains {
		m.chains[i].add(time, &now)
	}
	return nil
}

func (ch *chain) add(time int64, now *[64]bool) {
	for k, b := range ch.bases { // in rising order, so that one time may have several
		if !now[b] {
			continue
		}
		ch.best[k][1] = time
		for length := 2; length <= ch.need; length++ {
			for before := range k {
				ch.best[k][length] = max(ch.best[k][length], ch.best[before][length-1])
			}
		}
	}
}

func (m *order) remove(int64, any) {}
func (m *order) number() float64   { return float64(m.n) }

func (m *order) met(now, since int64) (string, int64, bool) {
	from := int64(NoTime)
	for i := range m.chains {
		ch := &m.chains[i]
		for k := range ch.bases {
			if started := ch.best[k][ch.need]; ch.best[k][1] == now && started >= now-int64(m.c.Timespan) && started > from {
				from, m.n = started, ch.need
			}
		}
	}
	return strconv.Itoa(m.n), max(from, since), from != NoTime
}
