package triage

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/parse"
)

// Mint is how a session got its key: the event that gave it out. Key is the
// key, or the user who got a password. User, as account/name, is whose it is,
// where that is an IAM user.
type Mint struct {
	Key, API, EventID, Role, User string
	When                          int64
}

// Session is what was done with one access key, or with the keys of one
// console session; or by who acts without a key, as services do.
type Session struct {
	Keys      []string // one or more; the name of who acts without a key
	Profile   *Profile // nil: the key was given out and is not seen in use
	From      *Session // nil: the beginning of the lineage
	By        Mint     // of From
	Forwarded bool     // AWS services acted in the name of From, which gave out no key
	Asked     bool     // it is what was asked for
	Touched   []Change // that it made to what was asked for, in the order of time
	Next      []*Session
	entries   []*Profile
}

// Owner is whom the key or the password belongs to, as an ARN, where an event
// that gave it out tells; else "".
func (s *Session) Owner() string {
	if account, name, ok := strings.Cut(s.By.User, "/"); ok {
		return "arn:aws:iam::" + account + ":user/" + name
	}
	return ""
}

// NewTraceReader makes a reader for a trace of id.
func NewTraceReader(id string) *FactReader {
	r := NewFactReader(byActor, event.NoTime)
	r.event = id
	return r
}

// NewTraceTable makes the table for a trace of id. When there are too many facts,
// those about who has to do with id stay, and which key came of which.
func NewTraceTable(id string) *Table {
	return &Table{pinned: func(rows []Row) []bool {
		asked := map[string]bool{string(event.AppendString(nil, id)): true}
		for _, r := range rows {
			if k := kindOf(r.Key); id != "" && (k == KindEvent || k != KindMint && bytes.Contains(r.Key, []byte(id))) {
				if _, text, who := fact(r.Key); k == KindEvent || names(k, text, id) {
					asked[string(who)] = true
				}
			}
		}
		keep := make([]bool, len(rows))
		for i, r := range rows {
			if keep[i] = kindOf(r.Key) == KindMint || kindOf(r.Key) == KindUser; !keep[i] {
				who := r.Key[bytes.LastIndex(r.Key, []byte(`,"`))+1:] // within a string it were escaped
				keep[i] = asked[string(who)]
			}
		}
		return keep
	}}
}

// lineage notes what joins sessions. Console and forwarded sessions get a new
// key for every request: who and when the session began is what stays.
func (r *FactReader) lineage(v func(int) []byte, id string) {
	r.value(KindWho, v(colUser))
	if who, began := string(r.textOf(v(colPrincipalID))), string(r.textOf(v(colCreation))); who != "" && began != "" && event.HasText(v(colKey)) {
		r.fact(KindLink, []byte(who+" "+began))
	}
	if id != "" && strings.EqualFold(id, r.event) {
		r.fact(KindEvent, nil)
	}
	for _, at := range []int{colBehalf, colSourceIdentity} {
		if event.HasText(v(at)) {
			r.value(KindPerson, v(at))
			break
		}
	}
	api := string(r.api)
	if event.Writes(v(colReadOnly), r.textOf(v(colName))) {
		r.fact(KindStep, r.api)
	}
	if !r.now.failed {
		r.mints(v, api, id)
	}
}

// mints notes what the event gives out.
func (r *FactReader) mints(v func(int) []byte, api, id string) {
	mint := func(k FactKind, what, of, user string) {
		if what != "" {
			r.fact(k, []byte(strings.Join([]string{what, api, id, of, user}, "\x00")))
		}
	}
	mint(KindMint, string(r.textOf(v(colMinted))), string(r.textOf(v(colRole))), "")
	if key := string(r.textOf(v(colCreated))); key != "" {
		mint(KindMint, key, "", r.owner(v))
	}
	if api == "iam:CreateLoginProfile" || api == "iam:UpdateLoginProfile" {
		if user := r.owner(v); user != "" {
			mint(KindUser, user, "", user)
		}
	}
}

// owner is the user whose key or password a call makes, as account/name, as far
// as the event tells.
func (r *FactReader) owner(v func(int) []byte) string {
	name := string(r.textOf(v(colUserName)))
	if name == "" {
		if raw, ok := parse.Field(v(colResponse), "accessKey", "userName"); ok {
			name = string(r.textOf(raw))
		}
	}
	if name == "" {
		return ""
	}
	return string(r.textOf(v(colCallerAccount))) + "/" + name
}

// Trace gives the lineage of id, an access key, an ARN, a name, an address or an
// event ID: the sessions it names, those that they came of, and all that came of
// them; and who made changes to what it names. The sessions where a lineage begins
// are returned, the earliest first. places may be nil.
func Trace(t *Table, id string, places *Places) []*Session {
	g := newLineage(profiles(t, event.NoTime, places))
	keep, beginnings := map[*Session]bool{}, map[*Session]bool{}
	for _, s := range g.all {
		s.touched(id)
		if s.is(id) {
			s.Asked = true
			if i := slices.Index(s.Keys, id); i > 0 { // it is called by the key that was asked for
				s.Keys = slices.Insert(slices.Delete(slices.Clone(s.Keys), i, i+1), 0, id)
			}
			below(s, keep)
		}
	}
	for _, s := range g.all {
		if !s.Asked && len(s.Touched) == 0 {
			continue
		}
		for keep[s] = true; s.From != nil; keep[s] = true {
			s = s.From
		}
		beginnings[s] = true
	}
	return among(keep, beginnings)
}

// Chains gives every lineage in which one session came of another.
func Chains(t *Table, places *Places) []*Session {
	keep, beginnings := map[*Session]bool{}, map[*Session]bool{}
	for _, s := range newLineage(profiles(t, event.NoTime, places)).all {
		keep[s] = true
		if s.From == nil && slices.ContainsFunc(s.Next, func(n *Session) bool { return !n.Forwarded }) {
			beginnings[s] = true
		}
	}
	return among(keep, beginnings)
}

// among leaves of lineages what is kept, and puts all in the order of time.
func among(keep, beginnings map[*Session]bool) []*Session {
	for s := range keep {
		s.Next = slices.DeleteFunc(s.Next, func(n *Session) bool { return !keep[n] })
		sortSessions(s.Next)
	}
	roots := slices.Collect(maps.Keys(beginnings))
	sortSessions(roots)
	return roots
}

// touched notes what the session did to what id names.
func (s *Session) touched(id string) {
	if s.Profile == nil || id == "" {
		return
	}
	for _, c := range s.Profile.Changes() {
		if c.about(id) {
			s.Touched = append(s.Touched, c)
		}
	}
}

// Names are what sessions are traced by, for a hint at the nearest of them: users,
// roles, sessions, and what was changed.
func Names(t *Table) (list []string) {
	for _, row := range t.Rows() {
		switch k, text, _ := fact(row.Key); k {
		case KindWho, KindPrincipal, KindPerson:
			list = append(list, text[strings.LastIndexByte(text, '/')+1:])
		case KindKey:
			u, _ := useOf(text, row.Seen)
			list = append(list, u.key)
		case KindSession, KindAddress:
			list = append(list, text)
		case KindChange:
			list = append(list, strings.Split(changeOf(Value{Text: text}).Name, ", ")...)
		}
	}
	return list
}

func sortSessions(list []*Session) {
	slices.SortFunc(list, func(a, b *Session) int {
		return cmp.Or(cmp.Compare(a.began(), b.began()), cmp.Compare(a.used(), b.used()), cmp.Compare(a.Keys[0], b.Keys[0]))
	})
}

// began is when the key was given out, or first used.
func (s *Session) began() int64 {
	if s.From != nil && !s.Forwarded || s.Profile == nil {
		return s.By.When
	}
	return s.Profile.All.First
}

// used is when the session is first seen in use.
func (s *Session) used() int64 {
	if s.Profile == nil {
		return math.MaxInt64
	}
	return s.Profile.All.First
}

// is reports whether id names the session.
func (s *Session) is(id string) bool {
	if slices.Contains(s.Keys, id) || s.Profile == nil && (names(KindPrincipal, s.Owner(), id) || names(KindPrincipal, s.By.Role, id)) {
		return true
	}
	for _, e := range s.entries {
		for _, k := range naming {
			if slices.ContainsFunc(e.Values[k], func(v Value) bool { return names(k, v.Text, id) }) {
				return true
			}
		}
		if len(e.Values[KindEvent]) > 0 {
			return true
		}
	}
	return false
}

// naming are the kinds of facts that name a session.
var naming = []FactKind{KindWho, KindPrincipal, KindPerson, KindAddress, KindService}

// names: id is the value, or the last part of an ARN, which is the name of a
// user, a session or a role.
func names(k FactKind, text, id string) bool {
	return text == id || (k == KindWho || k == KindPrincipal) && strings.HasSuffix(text, "/"+id)
}

// below keeps a session and what came of it.
func below(s *Session, keep map[*Session]bool) {
	for stack := []*Session{s}; len(stack) > 0; {
		s, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if !keep[s] {
			keep[s] = true
			stack = append(stack, s.Next...)
		}
	}
}

// Step is a call of a session, with why it is telling if it is. Objects are what
// it was about, as far as events tell.
type Step struct {
	API string
	Seen
	Writes  bool
	Weight  int
	Why     string
	Objects []Change
}

// Steps are the calls in the order in which they first came.
func (s *Session) Steps() (steps []Step) {
	if s.Profile == nil {
		return nil
	}
	writes, objects := map[string]bool{}, map[string][]Change{}
	for _, v := range s.Profile.Values[KindStep] {
		writes[v.Text] = true
	}
	for _, c := range s.Profile.Changes() {
		objects[c.API] = append(objects[c.API], c)
	}
	for _, v := range s.Profile.Values[KindAPI] {
		told := tellOf(v.Text)
		steps = append(steps, Step{v.Text, v.Seen, writes[v.Text], told.Weight, told.Reason, objects[v.Text]})
	}
	slices.SortFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.API, b.API))
	})
	return steps
}
