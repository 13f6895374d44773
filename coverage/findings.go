package coverage

import (
	"cmp"
	"slices"
	"strings"

	"ctlog/digest"
	"ctlog/event"
	"ctlog/parse"
	"ctlog/triage"
)

// Finding is what a coverage shows beside its cells: that an area was not in use
// before, or that something is not there, or wrong.
type Finding struct {
	Kind FindingKind
	Area
	From, To int64 // event.NoTime where it does not apply
	Hours    int64 // that it is about
	Events   int64
	Files    int64
	Users    []triage.Value // who is behind the events, the most frequent first
	API      string         // the first event, as service:Name
	Covered  bool           // digests say that there was nothing before
	Unproven bool           // files are judged, and those with the events are not proven
	Via      []triage.Value // where the files are that have the events
	Regions  []string       // of NewlyKnown
	Kinds    []triage.Value // of events, of Recorded: management read, data s3
	Calls    []TrailCall    // by which trails were configured, in the order of time

	Digests, Logs digest.Counts // that are not what they should be, of Tampered
	Trail         string        // of chains
	Reason        string        // why a chain breaks or ends
	Explained     []string      // events by which a break is explained
}

// FindingKind is the word by which results call it.
type FindingKind string

// The kinds of findings. Without any digest there is one of NoDigests that is
// about no area.
const (
	Tampered    FindingKind = "tampered"       // verify finds something missing, altered or injected
	BrokenChain FindingKind = "gap"            // a chain goes on after hours without a digest
	ShortChain  FindingKind = "tail"           // a chain ends before others do
	NewRegion   FindingKind = "new region"     // no events, and then there are
	NewlyKnown  FindingKind = "recorded since" // regions that a trail came to record: what was before is not known
	Doubtful    FindingKind = "unproven"       // events in files that are not proven, where files are judged
	NoDigests   FindingKind = "no digests"     // logs that no digest tells of
	Silence     FindingKind = "no logs"        // hours of which nothing is known, within the life of an area
	Elsewhere   FindingKind = "other folders"  // events in the files of other areas only
	UnusedArea  FindingKind = "no activity"    // digests, and no logs at all
	Recorded    FindingKind = "recorded"       // which kinds of events there are of an account, and what its trails were told
)

// kindsInOrder puts first what asks most for a look.
var kindsInOrder = []FindingKind{NewRegion, NewlyKnown, Doubtful, NoDigests, Silence, Elsewhere, UnusedArea, Recorded}

// Findings finds what is to be said of a settled coverage. A region is new when
// its events begin at baseline or later and its account is known from before;
// without a baseline, event.NoTime, when they begin a day after what is here of the
// account does, or a quarter of it if that is less, and two hours at least.
func (c *Coverage) Findings(baseline int64) []Finding {
	lives := c.lives()
	names := c.whoDidWhat()
	widened := widenings(names)
	found := recordings(names)
	for _, k := range c.areas {
		about := names[k.Area]
		for _, find := range []func() (Finding, bool){
			func() (Finding, bool) { return k.newRegion(widened.life(k, lives[k.Account]), baseline, about) },
			func() (Finding, bool) { return k.doubtful() },
			func() (Finding, bool) { return k.noDigests() },
			func() (Finding, bool) { return k.silence(c.Step()) },
			func() (Finding, bool) { return k.elsewhere(about) },
			func() (Finding, bool) { return k.unused() },
		} {
			if a, ok := find(); ok {
				a.Area = k.Area
				found = append(found, a)
			}
		}
	}
	found = append(found, widened.findings(c.areas, lives)...)
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(kindsInOrder, a.Kind), slices.Index(kindsInOrder, b.Kind)), a.compare(b.Area))
	})
	return found
}

// AnyDigest reports whether a digest stands for anything.
func (c *Coverage) AnyDigest() bool {
	for _, k := range c.areas {
		if len(k.claimed)+len(k.faulted) > 0 {
			return true
		}
	}
	return false
}

// lives gives, for each account, from when to when it is known.
func (c *Coverage) lives() map[string]span {
	lives := map[string]span{}
	for _, k := range c.areas {
		from, to, ok := k.extent(c.Step())
		if !ok {
			continue
		}
		if l, has := lives[k.Account]; has {
			from, to = min(from, l.from), max(to, l.to)
		}
		lives[k.Account] = span{from, to}
	}
	return lives
}

// deeds is who did what in an area.
type deeds struct {
	users, via []triage.Value
	kinds      []triage.Value // of events
	calls      []TrailCall
	api        string
	first      int64 // of api
}

// whoDidWhat goes through the facts, the most frequent first.
func (c *Coverage) whoDidWhat() map[Area]*deeds {
	by := map[Area]*deeds{}
	for _, row := range c.facts.Rows() {
		v := event.Values(row.Key)
		p, text := areaIn(v), string(parse.Text(nil, v[1]))
		d := by[p]
		if d == nil {
			d = &deeds{first: event.NoTime}
			by[p] = d
		}
		switch triage.FactKind(parse.Text(nil, v[0])) {
		case triage.KindPrincipal:
			d.users = append(d.users, triage.Value{Text: text, Seen: row.Seen})
		case kindKind:
			d.kinds = append(d.kinds, triage.Value{Text: text, Seen: row.Seen})
		case kindTrail:
			d.calls = append(d.calls, trailCallOf(text, row.First))
		case kindVia:
			d.via = append(d.via, triage.Value{Text: text, Seen: row.Seen})
		case triage.KindAPI:
			if f := row.First; f != event.NoTime && (d.first == event.NoTime || f < d.first) { // of several at once the most frequent
				d.first, d.api = f, text
			}
		}
	}
	return by
}

func (k *known) total() (t tally) {
	for _, one := range k.cells {
		t.add(one)
	}
	return t
}

// newRegion: see Findings.
func (k *known) newRegion(life span, baseline int64, d *deeds) (Finding, bool) {
	a := Finding{Kind: NewRegion, From: k.first, To: event.NoTime}
	if k.first == event.NoTime {
		return a, false
	}
	quiet := k.first - life.from
	if baseline == event.NoTime {
		if quiet < max(2*hour, min(24*hour, (life.to-life.from)/4)) {
			return a, false
		}
	} else if quiet <= 0 || life.from >= baseline || k.first < baseline {
		return a, false
	}
	a.Hours, a.Covered, a.Events = quiet/hour, k.covered(life.from, triage.BucketOf(k.first, hour)), k.total().events
	if !k.sure {
		n := k.total().unproven
		a.Events, a.Unproven = a.Events+n, n > 0
	}
	if d != nil {
		a.Users, a.API = d.users, d.api
	}
	return a, true
}

// covered reports whether digests stand for what was before a time. Other
// regions may be known some minutes longer: the windows of digests do not begin
// on the hour, and events are older than their logs.
func (k *known) covered(from, to int64) bool {
	if len(k.claimed) > 0 && k.claimed[0].from-from <= 2*hour {
		from = max(from, k.claimed[0].from)
	}
	return from < to && k.claimed.covers(from, to)
}

// doubtful is from the first to the last cell with such events.
func (k *known) doubtful() (Finding, bool) {
	a := Finding{Kind: Doubtful, From: event.NoTime, To: event.NoTime, Unproven: true}
	for at, t := range k.cells {
		if a.Events += t.unproven; t.unproven > 0 && at != event.NoTime {
			if a.From == event.NoTime || at < a.From {
				a.From = at
			}
			a.To = max(a.To, at)
			a.Hours++
		}
	}
	return a, a.Events > 0
}

func (k *known) noDigests() (Finding, bool) {
	t := k.total()
	a := Finding{Kind: NoDigests, From: event.NoTime, To: event.NoTime, Files: t.files, Events: t.events + t.unproven}
	return a, t.files > 0 && len(k.claimed)+len(k.faulted) == 0
}

// silence sums up the hours between the first and the last thing that is known
// of an area of which nothing is. From and To are the longest stretch of them.
func (k *known) silence(step int64) (Finding, bool) {
	a := Finding{Kind: Silence, From: event.NoTime, To: event.NoTime}
	heard := slices.Concat(k.claimed, k.gaps, k.faulted)
	for at := range k.cells {
		if at != event.NoTime {
			heard = append(heard, span{at, at + step})
		}
	}
	heard = heard.settled()
	for i := 1; i < len(heard); i++ {
		from, to := heard[i-1].to, heard[i].from
		a.Hours += (to - from) / hour
		if a.From == event.NoTime || to-from > a.To-a.From {
			a.From, a.To = from, to
		}
	}
	return a, a.Hours > 0
}

// elsewhere: as a trail of one region delivers the events of global services.
func (k *known) elsewhere(d *deeds) (Finding, bool) {
	a := Finding{Kind: Elsewhere, From: event.NoTime, To: event.NoTime}
	if d == nil || len(d.via) == 0 || k.total().files > 0 {
		return a, false
	}
	a.Via = d.via
	for _, v := range d.via {
		a.Events += v.Count
	}
	return a, true
}

func (k *known) unused() (Finding, bool) {
	t := k.total()
	a := Finding{Kind: UnusedArea, From: event.NoTime, To: event.NoTime}
	if len(k.claimed) == 0 || len(k.gaps)+len(k.faulted) > 0 || t != (tally{}) {
		return a, false
	}
	a.From, a.To = k.claimed[0].from, k.claimed[len(k.claimed)-1].to
	for _, s := range k.claimed {
		a.Hours += (s.to - s.from + hour/2) / hour
	}
	return a, true
}

// ViaArea reads a value of Via.
func ViaArea(v triage.Value) Area {
	account, region, _ := strings.Cut(v.Text, " ")
	return Area{account, region}
}
