package query

import (
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// membersUsed tells which members of an event a program can see, so that no
// others need be decoded for gojq. ok is false when it may see the event itself:
// then all of it is decoded.
func membersUsed(q *gojq.Query) (names []string, ok bool) {
	var u usage
	if u.query(q) {
		return nil, false // the event comes out
	}
	return u.names, !u.all
}

// usage follows where the event goes in a program. Its methods report whether
// what comes out of a part that the event goes into may be the event itself; what
// comes out otherwise can be followed no more, and need not be.
type usage struct {
	names []string
	all   bool // something sees the whole event
}

// consume passes a part whose values go somewhere that is not followed.
func (u *usage) consume(q *gojq.Query) {
	if q != nil && u.query(q) {
		u.all = true
	}
}

// ask passes a part of whose values only the truth matters.
func (u *usage) ask(q *gojq.Query) { u.query(q) }

func (u *usage) member(name string) {
	if !slices.Contains(u.names, name) {
		u.names = append(u.names, name)
	}
}

func (u *usage) query(q *gojq.Query) (event bool) {
	switch {
	case len(q.FuncDefs) > 0 || q.Meta != nil || len(q.Imports) > 0:
		u.all = true
		return true
	case len(q.Patterns) > 0:
		u.consume(q.Left)
		u.patterns(q.Patterns)
		return u.query(q.Right)
	case q.Term != nil:
		return u.term(q.Term)
	case q.Right == nil:
		return true
	}
	return u.operator(q)
}

// patterns: keys in a pattern may be programs.
func (u *usage) patterns(ps []*gojq.Pattern) {
	for _, p := range ps {
		u.all = u.all || p.Name == ""
	}
}

func (u *usage) operator(q *gojq.Query) (event bool) {
	switch q.Op {
	case gojq.OpPipe:
		return u.query(q.Left) && u.query(q.Right)
	case gojq.OpComma, gojq.OpAlt:
		left, right := u.query(q.Left), u.query(q.Right)
		return left || right
	case gojq.OpAnd, gojq.OpOr:
		u.ask(q.Left)
		u.ask(q.Right)
		return false
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe, gojq.OpAdd, gojq.OpSub, gojq.OpMul, gojq.OpDiv, gojq.OpMod:
		u.consume(q.Left)
		u.consume(q.Right)
		return false
	}
	u.all = true // an assignment
	return true
}

func (u *usage) term(t *gojq.Term) (event bool) {
	event = u.bare(t)
	for _, s := range t.SuffixList {
		switch {
		case s.Index != nil:
			u.index(s.Index, event)
		case s.Iter:
			u.all = u.all || event
		default: // `?` passes the event on
			continue
		}
		event = false
	}
	return event
}

// index passes `.name` and its kin; the key sees the event in any case.
func (u *usage) index(i *gojq.Index, event bool) {
	switch {
	case i.Name != "" && event:
		u.member(i.Name)
	case i.Name != "":
	case i.Str != nil && len(i.Str.Queries) == 0 && event:
		u.member(i.Str.Str)
	case i.Str != nil:
		u.str(i.Str)
		u.all = u.all || event
	default:
		u.consume(i.Start)
		u.consume(i.End)
		u.all = u.all || event
	}
}

func (u *usage) str(s *gojq.String) {
	for _, q := range s.Queries {
		u.consume(q)
	}
}

// format passes `@name "text"`, or `@name` of the event.
func (u *usage) format(s *gojq.String) {
	if s == nil {
		u.all = true
		return
	}
	u.str(s)
}

// bare passes a term without its suffixes.
func (u *usage) bare(t *gojq.Term) (event bool) {
	switch t.Type {
	case gojq.TermTypeIdentity:
		return true
	case gojq.TermTypeNull, gojq.TermTypeTrue, gojq.TermTypeFalse, gojq.TermTypeNumber, gojq.TermTypeBreak:
	case gojq.TermTypeIndex:
		u.index(t.Index, true)
	case gojq.TermTypeFunc:
		return u.call(t.Func)
	case gojq.TermTypeObject:
		for _, kv := range t.Object.KeyVals {
			u.entry(kv)
		}
	case gojq.TermTypeArray:
		u.consume(t.Array.Query)
	case gojq.TermTypeUnary:
		u.all = u.term(t.Unary.Term) || u.all
	case gojq.TermTypeString:
		u.str(t.Str)
	case gojq.TermTypeFormat:
		u.format(t.Str)
	case gojq.TermTypeIf:
		return u.branch(t.If.Cond, t.If.Then, t.If.Elif, t.If.Else)
	case gojq.TermTypeTry:
		return u.query(t.Try.Body) // what is caught is no event
	case gojq.TermTypeLabel:
		return u.query(t.Label.Body)
	case gojq.TermTypeQuery:
		return u.query(t.Query)
	default: // `..`, reduce, foreach
		return u.anything()
	}
	return false
}

func (u *usage) anything() (event bool) {
	u.all = true
	return true
}

func (u *usage) branch(cond, then *gojq.Query, elif []*gojq.IfElif, otherwise *gojq.Query) (event bool) {
	u.ask(cond)
	event = u.query(then)
	for _, e := range elif {
		u.ask(e.Cond)
		event = u.query(e.Then) || event
	}
	return otherwise == nil || u.query(otherwise) || event
}

// entry passes `key: value`, or `{name}`, `{$x}`, `{"name"}`, `{(f): value}`.
func (u *usage) entry(kv *gojq.ObjectKeyVal) {
	u.consume(kv.KeyQuery)
	if kv.KeyString != nil {
		u.str(kv.KeyString)
	}
	switch {
	case kv.Val != nil:
		u.consume(kv.Val)
	case strings.HasPrefix(kv.Key, "$"):
	case kv.KeyString != nil && len(kv.KeyString.Queries) == 0:
		u.member(kv.KeyString.Str)
	case kv.Key != "":
		u.member(kv.Key)
	default:
		u.all = true
	}
}

// call passes what a function does with the event as input. Of most that is
// not known here.
func (u *usage) call(f *gojq.Func) (event bool) {
	switch {
	case strings.HasPrefix(f.Name, "$"):
		return false
	case f.Name == "select" && len(f.Args) == 1:
		u.ask(f.Args[0])
		return true
	case (f.Name == "first" || f.Name == "last" || f.Name == "isempty") && len(f.Args) == 1:
		return u.query(f.Args[0])
	case (f.Name == "any" || f.Name == "all") && len(f.Args) == 2:
		if u.query(f.Args[0]) {
			u.ask(f.Args[1])
		}
		return false
	case len(f.Args) == 0 && slices.Contains([]string{"empty", "not", "now", "input_filename"}, f.Name):
		return false
	}
	return u.anything()
}
