package match

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ctlog/event"
	"ctlog/parse"
	"ctlog/query/need"
)

// Fields are the conditions of the field flags as the user gave them. Values
// of one field are alternatives; all fields that are set must hold. An event
// without the field never matches.
//
// Text values are globs: `*` stands for anything, `\` before a character for
// the character itself. They are compared with decoded text, so an event that
// spells `=` as \u003d matches all the same.
type Fields struct {
	EventName   []string  // eventName
	EventSource []string  // eventSource
	ErrorCode   []string  // errorCode; a pattern without a dot matches behind a prefix too: UnauthorizedOperation, Client.UnauthorizedOperation; "*" is whatever event.Failed calls a failure
	Region      []string  // awsRegion
	Account     []string  // recipientAccountId or userIdentity.accountId
	UserAgent   []string  // userAgent
	SourceIP    []string  // sourceIPAddress: an address, a CIDR, or a glob over service names
	User        []string  // userIdentity: arn, userName, principalId, session issuer, Identity Center user; and the name that is printed
	AccessKey   []string  // userIdentity.accessKeyId: what was done with the key; where it was given out, and what was done to it
	EventID     []string  // eventID
	Contains    []string  // anywhere in the event, as it is written or as it reads
	Since       time.Time // eventTime, inclusive
	Until       time.Time // eventTime, exclusive
	Denied      bool      // event.Refused
	ReadOnly    bool      // event.Reads
	WriteOnly   bool      // event.Writes
	IgnoreCase  bool      // for every text above
	Indicators  *Indicators
}

// ErrReadOrWrite is that ReadOnly and WriteOnly are both asked for.
var ErrReadOrWrite = errors.New("only reads and only writes exclude each other")

// Conditions is the compiled form of Fields. It is immutable and may be
// shared.
type Conditions struct {
	paths *parse.Paths
	tests []condition
	any   []anywhere // alternatives, when there are any
	ioc   *Indicators
	text  []string
}

// condition is a test on the values of some paths: one of them must hold, or all
// of them together.
type condition struct {
	at    []int // indices of paths
	holds func(text []byte) bool
	all   func(m *Matcher, raw [][]byte) bool // nil: each for itself
}

// anywhere is a test on the whole event.
type anywhere struct {
	word  string // in lower case when fold is set
	text  []byte // the same
	fold  bool
	ascii bool // it has no other letters
}

// builder gathers conditions.
type builder struct {
	paths []string
	c     *Conditions
	fold  bool
}

// Compile checks the values and compiles them. Without any condition it gives
// nil, which matches everything.
func (f Fields) Compile() (*Conditions, error) {
	b := &builder{c: &Conditions{}, fold: f.IgnoreCase}
	b.globs("event name", f.EventName, nil, event.FieldName)
	b.globs("event source", f.EventSource, nil, event.FieldSource)
	if anything(f.ErrorCode) {
		b.together("any error", func(_ *Matcher, raw [][]byte) bool { return event.Failed(raw[0], raw[1], raw[2]) }, event.FailurePaths...)
	} else {
		b.globs("error code", f.ErrorCode, afterPrefix, event.FieldErrorCode)
	}
	if f.Denied {
		b.together("refused", func(m *Matcher, raw [][]byte) bool {
			return event.Refused(parse.Text(nil, raw[0]), m.textOf(raw[1]))
		}, event.FieldErrorCode, event.FieldErrorMessage)
	}
	b.globs("region", f.Region, nil, event.FieldRegion)
	b.globs("account", f.Account, nil, event.AccountPaths...)
	b.globs("user agent", f.UserAgent, nil, event.FieldAgent)
	b.users(f.User)
	b.keys(f.AccessKey)
	b.globs("event ID", f.EventID, nil, event.IDPaths...)
	if err := b.addresses(f.SourceIP); err != nil {
		return nil, err
	}
	if err := b.readOnly(f); err != nil {
		return nil, err
	}
	if err := b.times(f.Since, f.Until); err != nil {
		return nil, err
	}
	b.contains(f.Contains)
	if f.Indicators != nil {
		b.c.ioc = f.Indicators
		b.c.text = append(b.c.text, fmt.Sprintf("any of %d indicators", f.Indicators.Len()))
	}
	return b.finish(), nil
}

func (b *builder) finish() *Conditions {
	if len(b.c.tests) == 0 && len(b.c.any) == 0 && b.c.ioc == nil {
		return nil
	}
	var split [][]string
	for _, p := range b.paths {
		split = append(split, strings.Split(p, "."))
	}
	b.c.paths = parse.NewPaths(split...)
	return b.c
}

func (b *builder) path(name string) int {
	if i := slices.Index(b.paths, name); i >= 0 {
		return i
	}
	b.paths = append(b.paths, name)
	return len(b.paths) - 1
}

func (b *builder) test(what string, holds func([]byte) bool, paths ...string) {
	c := condition{holds: holds}
	for _, p := range paths {
		c.at = append(c.at, b.path(p))
	}
	b.c.tests = append(b.c.tests, c)
	b.c.text = append(b.c.text, what)
}

// globs adds a test that one of the patterns matches; also, when set, gives a
// second form of the text that may match instead.
func (b *builder) globs(what string, patterns []string, also func([]byte) []byte, paths ...string) {
	if len(patterns) == 0 {
		return
	}
	gs := b.compiled(patterns)
	b.test(fmt.Sprintf("%s like %s", what, strings.Join(patterns, " or ")), func(s []byte) bool {
		for i := range gs {
			if gs[i].match(s) || also != nil && gs[i].match(also(s)) {
				return len(s) > 0
			}
		}
		return false
	}, paths...)
}

func (b *builder) compiled(patterns []string) []glob {
	gs := make([]glob, len(patterns))
	for i, p := range patterns {
		gs[i] = newGlob(p, b.fold)
	}
	return gs
}

// anything: one of the patterns has nothing but stars.
func anything(patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return p != "" && strings.Trim(p, "*") == "" })
}

// together adds a test on the raw values of all paths, nil where there is none.
func (b *builder) together(what string, holds func(*Matcher, [][]byte) bool, paths ...string) {
	b.test(what, nil, paths...)
	b.c.tests[len(b.c.tests)-1].all = holds
}

// afterPrefix gives an error code without its prefix: EC2 writes
// Client.UnauthorizedOperation.
func afterPrefix(code []byte) []byte {
	return code[bytes.LastIndexByte(code, '.')+1:]
}

func (b *builder) addresses(values []string) error {
	if len(values) == 0 {
		return nil
	}
	var nets []netip.Prefix
	var names []glob
	for _, v := range values {
		p, ok, err := parseNet(v)
		if err != nil {
			return err
		}
		if ok {
			nets = append(nets, p)
		} else {
			names = append(names, newGlob(v, b.fold))
		}
	}
	b.test("source address in "+strings.Join(values, " or "), func(s []byte) bool {
		for i := range names {
			if names[i].match(s) {
				return true
			}
		}
		return len(nets) > 0 && inAny(nets, s)
	}, event.FieldAddress)
	return nil
}

func (b *builder) readOnly(f Fields) error {
	if f.ReadOnly && f.WriteOnly {
		return ErrReadOrWrite
	}
	for _, one := range []struct {
		asked bool
		what  string
		is    func(readOnly, name []byte) bool
	}{{f.ReadOnly, "reads only", event.Reads}, {f.WriteOnly, "changes something", event.Writes}} {
		if one.asked {
			b.together(one.what, func(m *Matcher, raw [][]byte) bool { return one.is(raw[0], m.textOf(raw[1])) }, event.FieldReadOnly, event.FieldName)
		}
	}
	return nil
}

func (b *builder) times(since, until time.Time) error {
	if since.IsZero() && until.IsZero() {
		return nil
	}
	if !until.IsZero() && !since.Before(until) {
		return fmt.Errorf("the time from %s is not before %s", since.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	what := event.FieldTime
	if !since.IsZero() {
		what += " from " + since.Format(time.RFC3339)
	}
	if !until.IsZero() {
		what += " before " + until.Format(time.RFC3339)
	}
	b.test(what, func(s []byte) bool {
		t, ok := event.Time(s)
		return ok && !t.Before(since) && (until.IsZero() || t.Before(until))
	}, event.FieldTime)
	return nil
}

func (b *builder) contains(values []string) {
	for _, v := range values {
		if b.fold {
			v = strings.ToLower(v)
		}
		b.c.any = append(b.c.any, anywhere{v, []byte(v), b.fold, isASCII([]byte(v))})
	}
	if len(values) > 0 {
		b.c.text = append(b.c.text, "contains "+strings.Join(values, " or "))
	}
}

// Matcher evaluates conditions. It belongs to one goroutine.
type Matcher struct {
	c    *Conditions
	vals [][]byte
	raw  [][]byte // of one condition
	text []byte
	name []byte // of a principal, as JSON
}

// Matcher makes a matcher; that of nil Conditions matches everything.
func (c *Conditions) Matcher() *Matcher {
	m := &Matcher{c: c}
	if c != nil {
		m.vals = make([][]byte, c.paths.Len())
	}
	return m
}

// Match reports whether all conditions hold for the event. It does not
// allocate once its buffers have grown, but for reading an IPv6 address.
func (m *Matcher) Match(event []byte) bool {
	if m.c == nil {
		return true
	}
	if len(m.c.any) > 0 && !m.containsAny(event) {
		return false
	}
	if len(m.c.tests) > 0 {
		m.c.paths.Find(event, m.vals)
	}
	for i := range m.c.tests {
		if !m.holds(&m.c.tests[i]) {
			return false
		}
	}
	if m.c.ioc == nil {
		return true
	}
	hit := m.c.ioc.Match(event)
	if hit {
		m.c.ioc.count(event)
	}
	return hit
}

func (m *Matcher) holds(c *condition) bool {
	if c.all != nil {
		m.raw = m.raw[:0]
		for _, i := range c.at {
			m.raw = append(m.raw, m.vals[i])
		}
		return c.all(m, m.raw)
	}
	for _, i := range c.at {
		if raw := m.vals[i]; !absent(raw) && c.holds(m.textOf(raw)) {
			return true
		}
	}
	return false
}

func absent(raw []byte) bool { return raw == nil || len(raw) == 4 && string(raw) == "null" }

// textOf is the text of a string, valid until the next call; true, false and
// numbers are as they are written.
func (m *Matcher) textOf(raw []byte) []byte {
	if !parse.IsString(raw) {
		return raw
	}
	s := parse.Text(m.text[:0], raw)
	if cap(s) > cap(m.text) && len(raw) > len(s)+2 {
		m.text = s[:0]
	}
	return s
}

func (m *Matcher) containsAny(event []byte) bool {
	for i := range m.c.any {
		if m.holdsAnywhere(&m.c.any[i], event) {
			return true
		}
	}
	return false
}

// holdsAnywhere looks for text as it is written in the event and then, if
// escapes could hide it, as its strings read.
func (m *Matcher) holdsAnywhere(a *anywhere, event []byte) bool {
	if a.find(event) {
		return true
	}
	if bytes.IndexByte(event, '\\') < 0 {
		return false
	}
	m.text = readable(m.text[:0], event)
	return a.find(m.text)
}

func (a *anywhere) find(b []byte) bool {
	switch {
	case !a.fold:
		return bytes.Contains(b, a.text)
	case a.ascii && (a.word == "" || need.IndexFold(b, a.word, 0) >= 0):
		return true
	case a.ascii && !need.HasOdd(b):
		return false
	}
	return bytes.Contains(bytes.ToLower(b), a.text)
}

// readable writes an event with the escapes in its strings decoded.
func readable(dst, event []byte) []byte {
	for len(event) > 0 {
		i := bytes.IndexByte(event, '"')
		if i < 0 {
			return append(dst, event...)
		}
		dst = append(dst, event[:i+1]...)
		end := parse.StringEnd(event, i)
		dst = parse.AppendText(dst, event[i:end])
		dst = append(dst, '"')
		event = event[end:]
	}
	return dst
}

// String lists the conditions.
func (c *Conditions) String() string {
	if c == nil {
		return "none"
	}
	return strings.Join(c.text, "; ")
}
