package triage

import (
	"cmp"
	"slices"
	"strings"

	"ctlog/event"
)

// Change is a call with what it was about: whose key was made, what was shared
// with whom. Account is the caller's, which is where IAM has its users and roles.
type Change struct {
	API, Account string
	event.Object
	Seen
}

// mostTold bounds what is remembered of calls: made-up evidence has ever new ones.
const mostTold = 1 << 13

// note is what is known of a call.
type note struct {
	telling bool
	bulk    bool // very many within minutes are telling
}

// known gives what is known of a call.
func (r *FactReader) known(call []byte) note {
	n, ok := r.told[string(call)]
	if !ok {
		if len(r.told) >= mostTold {
			clear(r.told)
		}
		n = note{tellOf(string(call)).Weight > 0, bulkOf(string(call)) >= 0}
		r.told[string(call)] = n
	}
	return n
}

// change notes what a call was about.
func (r *FactReader) change(call string) {
	find := event.ObjectInBrief
	if r.by == byActor {
		find = event.ObjectOf
	}
	o := find(call, r.finder.Value(colParams), r.finder.Value(colResponse))
	if o == (event.Object{}) {
		return
	}
	account := string(r.textOf(r.finder.Value(colCallerAccount)))
	r.fact(KindChange, []byte(strings.Join([]string{call, account, o.Kind, o.Name, o.Detail}, "\x00")))
}

// changeOf reads what FactReader.change has written, of which the end may be cut
// off.
func changeOf(v Value) Change {
	part := strings.SplitN(v.Text, "\x00", 5)
	for len(part) < 5 {
		part = append(part, "")
	}
	return Change{API: part[0], Account: part[1], Object: event.Object{Kind: part[2], Name: part[3], Detail: part[4]}, Seen: v.Seen}
}

// Changes are what the telling calls of an entry were about, and of a trace all
// that change something, in the order in which they first came.
func (e *Profile) Changes() (changes []Change) {
	for _, v := range e.Values[KindChange] {
		changes = append(changes, changeOf(v))
	}
	slices.SortFunc(changes, compareChanges)
	return changes
}

func compareChanges(a, b Change) int {
	return cmp.Or(cmp.Compare(a.First, b.First), strings.Compare(a.API, b.API), strings.Compare(a.Kind, b.Kind),
		strings.Compare(a.Name, b.Name), strings.Compare(a.Detail, b.Detail), strings.Compare(a.Account, b.Account))
}

// Why is the reason why the call is telling, "" when it is not.
func (c *Change) Why() string { return tellOf(c.API).Reason }

// about reports whether a change was made to what id names: by its name, its ARN
// or the end of that, or by an access key that was given out or changed.
func (c *Change) about(id string) bool {
	for name := range strings.SplitSeq(c.Name, ", ") {
		if name == id || strings.HasSuffix(name, "/"+id) || strings.HasSuffix(name, ":"+id) || c.arn(name) == id {
			return true
		}
	}
	return slices.Contains(strings.Split(c.Detail, ", "), "key "+id)
}

// arn is the ARN of a user, a role or a group of IAM, "" of others. The path in
// it, which requests do not say, is left out.
func (c *Change) arn(name string) string {
	switch c.Kind {
	case "user", "role", "group":
		return "arn:aws:iam::" + c.Account + ":" + c.Kind + "/" + name
	}
	return ""
}
