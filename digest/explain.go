package digest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// causes are the events that end or interrupt a chain, or delete its digests.
var causes = []string{"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "DeleteObject", "DeleteObjects"}

// event is what is looked at in an event that may explain a gap.
type event struct {
	ID      string          `json:"eventID"`
	Name    string          `json:"eventName"`
	Time    time.Time       `json:"eventTime"`
	Error   string          `json:"errorCode"`
	Account string          `json:"recipientAccountId"`
	Region  string          `json:"awsRegion"`
	Request json.RawMessage `json:"requestParameters"`
}

// explain reads again the few logs that can say why a gap is there, and
// whether what nothing proves is the delivery of a second trail, or forged. No
// status depends on it.
func (e *evidence) explain(ctx context.Context, store Store, r *Report) error {
	if err := e.explainGaps(ctx, store, r); err != nil && !errors.Is(err, ErrOnce) {
		return err
	}
	return e.compareEvents(ctx, store, r)
}

func (e *evidence) explainGaps(ctx context.Context, store Store, r *Report) error {
	from, found := r.lack()
	if !found {
		return nil
	}
	wanted := e.among(func(l *logFile) bool { return l.status == Valid && l.minute().After(from.Add(-nearBy)) })
	texts := make([]string, len(causes))
	for i, c := range causes {
		texts[i] = `"` + c + `"`
	}
	causing, people := make([][]event, len(r.Findings)), newPeople(e)
	err := store.Events(ctx, wanted, texts, func(id FileID, raw []byte) error {
		var ev event
		if json.Unmarshal(raw, &ev) == nil && ev.Error == "" && slices.Contains(causes, ev.Name) {
			request := strings.ReplaceAll(string(ev.Request), `\/`, "/")
			ev.Request = nil
			for i := range r.Findings {
				if f := &r.Findings[i]; f.causedBy(ev, request) && people.mayExplain(f, ev, id) {
					causing[i] = append(causing[i], ev)
				}
			}
		}
		return nil
	})
	for i, list := range causing {
		r.Findings[i].explain(list)
	}
	return err
}

// nearBy is how far from the beginning of a gap, or from the end of a chain,
// its cause is looked for.
const nearBy = 2 * time.Hour

// lack is where the first gap or tail begins.
func (r *Report) lack() (from time.Time, found bool) {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Kind != Gap && f.Kind != Tail {
			continue
		}
		if at := f.ends(); !found || at.Before(from) {
			from, found = at, true
		}
	}
	return from, found
}

// ends is where the digests end that go on after a gap, or not at all.
func (f *Finding) ends() time.Time {
	if f.Kind == Tail {
		return f.End
	}
	return f.From
}

// causedBy reports whether an event can have caused a gap or a tail: what stops
// or changes the trail comes shortly before it or, of a gap, in it; what
// deletes a digest of the chain can come later.
func (f *Finding) causedBy(ev event, request string) bool {
	latest := f.To
	if f.Kind == Tail {
		latest = minTime(f.Expected, f.End.Add(nearBy))
	}
	switch {
	case f.Kind != Gap && f.Kind != Tail, ev.Time.Before(f.ends().Add(-nearBy)):
		return false
	case strings.HasPrefix(ev.Name, "DeleteObject"):
		return (f.Kind == Tail || f.Reason == reasonMissing) && strings.Contains(request, f.Account+"/CloudTrail-Digest/"+f.Region+"/") && f.inBucket(request)
	case ev.Time.After(latest):
		return false
	}
	return strings.Contains(request, `"`+f.Trail+`"`) || strings.Contains(request, "/"+f.Trail+`"`) // by name or ARN
}

// inBucket reports whether a request names a bucket that digests of the chain
// are signed for.
func (f *Finding) inBucket(request string) bool {
	return slices.ContainsFunc(f.buckets, func(b string) bool { return strings.Contains(request, `"`+b+`"`) })
}

// people knows who can have stopped a trail: its own account, or those of its
// organisation. What another account's proven logs say explains nothing: anyone
// can have a trail that is called the same.
type people struct {
	e       *evidence
	members map[[2]string]bool // organisation and account, of valid digests
	owners  map[FileID]*Name   // what the key of the digest says that lists a log
}

func newPeople(e *evidence) *people {
	p := &people{e: e, members: map[[2]string]bool{}}
	for _, h := range e.digests {
		if h.status == Valid && h.name.Org != "" {
			p.members[[2]string{h.name.Org, h.name.Account}] = true
		}
	}
	return p
}

// mayExplain reports whether an event of a valid log is of the right people.
func (p *people) mayExplain(f *Finding, ev event, id FileID) bool {
	owner := p.owner(id)
	account := cmp.Or(ev.Account, owner.Account)
	if f.org == "" {
		return account != "" && account == f.Account
	}
	return owner.Org == f.org || p.members[[2]string{f.org, account}]
}

// owner is whom a valid log was delivered for; older events do not say so.
func (p *people) owner(id FileID) *Name {
	if p.owners == nil {
		p.owners = map[FileID]*Name{}
		for _, l := range p.e.logs {
			if l.status == Valid && l.listed >= 0 {
				p.owners[l.id] = p.e.listings[l.listed].digest.name
			}
		}
	}
	if n := p.owners[id]; n != nil {
		return n
	}
	return &Name{}
}

// explain names the events that caused a gap or a tail, in the order of time.
func (f *Finding) explain(list []event) {
	slices.SortFunc(list, func(a, b event) int { return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID)) })
	list = slices.CompactFunc(list, func(a, b event) bool { return a.ID == b.ID }) // a second delivery
	for _, ev := range list {
		f.Events = append(f.Events, ev.ID)
		f.Names = append(f.Names, ev.Name+" at "+ev.Time.UTC().Format(time.RFC3339))
	}
}

// among makes a set of some logs.
func (e *evidence) among(want func(*logFile) bool) func(FileID) bool {
	set := map[FileID]bool{}
	for _, l := range e.logs {
		if want(l) {
			set[l.id] = true
		}
	}
	return func(id FileID) bool { return set[id] }
}
