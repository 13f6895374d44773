package coverage

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/parse"
	"ctlog/triage"
)

// What trails record they are told, by calls that they record themselves. So it
// can be said of some hours that nothing is known of them though there are logs of
// others: a region that no trail recorded, data events that nobody asked for.

// TrailCall is a call by which a trail was configured.
type TrailCall struct {
	API, Trail, Detail string // cloudtrail:CreateTrail, the trail's name, what it was told
	When               int64

	everywhere, organization bool
}

// configuring are the calls of CloudTrail that change what is recorded.
var configuring = map[string]bool{
	"cloudtrail:CreateTrail": true, "cloudtrail:UpdateTrail": true, "cloudtrail:DeleteTrail": true, "cloudtrail:StartLogging": true,
	"cloudtrail:StopLogging": true, "cloudtrail:PutEventSelectors": true, "cloudtrail:PutInsightSelectors": true,
}

// recorded notes what kind of event it is, and what it tells of trails.
func (r *Reader) recorded(call []byte) {
	r.Fact(kindKind, r.kind(call))
	v := r.finder.Value
	if !configuring[string(call)] || event.HasText(v(colError)) {
		return
	}
	o := event.ObjectOf(string(call), v(colParams), v(colResponse))
	flags := ""
	for _, name := range []string{"isMultiRegionTrail", "isOrganizationTrail"} {
		for _, in := range []int{colParams, colResponse} {
			if raw, ok := parse.Field(v(in), name); ok && string(raw) == "true" {
				flags += name + " "
				break
			}
		}
	}
	r.Fact(kindTrail, []byte(strings.Join([]string{string(call), o.Name, flags, o.Detail}, "\x00")))
}

func trailCallOf(text string, when int64) TrailCall {
	part := strings.SplitN(text, "\x00", 4)
	for len(part) < 4 {
		part = append(part, "")
	}
	return TrailCall{API: part[0], Trail: part[1], Detail: part[3], When: when,
		everywhere: strings.Contains(part[2], "isMultiRegionTrail"), organization: strings.Contains(part[2], "isOrganizationTrail")}
}

// kind is what CloudTrail's selectors tell apart: management read, management
// write, data by service, insights.
func (r *Reader) kind(call []byte) []byte {
	v := r.finder.Value
	service, name, _ := strings.Cut(string(call), ":")
	category := string(r.textOf(v(colCategory)))
	switch {
	case category == "Insight":
		return []byte("insights")
	case category == "NetworkActivity":
		return []byte("network activity " + service)
	case category == "Data" || category == "" && (string(v(colManagement)) == "false" || isData(service, name)):
		return []byte("data " + service)
	case event.Writes(v(colReadOnly), []byte(name)):
		return []byte("management write")
	}
	return []byte("management read")
}

// isData tells data events of old, which do not say so themselves.
func isData(service, name string) bool {
	switch service {
	case "s3":
		return strings.HasSuffix(name, "Object") || strings.HasSuffix(name, "Objects")
	case "lambda":
		return strings.HasPrefix(name, "Invoke")
	}
	return false
}

// recordings says of every account which kinds of events there are, from when to
// when, and how its trails were configured.
func recordings(names map[Area]*deeds) (found []Finding) {
	byAccount, kinds := map[string]*Finding{}, map[string]*triage.Sums{}
	for _, a := range slices.SortedFunc(maps.Keys(names), Area.compare) {
		d := names[a]
		f := byAccount[a.Account]
		if f == nil {
			f = &Finding{Kind: Recorded, Area: Area{Account: a.Account}, From: event.NoTime, To: event.NoTime}
			byAccount[a.Account], kinds[a.Account] = f, new(triage.Sums)
		}
		kinds[a.Account].Add(d.kinds...)
		f.Calls = append(f.Calls, d.calls...)
	}
	for _, account := range slices.Sorted(maps.Keys(byAccount)) {
		f := byAccount[account]
		f.Kinds = kinds[account].Values()
		slices.SortFunc(f.Calls, compareCalls)
		if len(f.Kinds) > 0 {
			found = append(found, *f)
		}
	}
	return found
}

func compareCalls(a, b TrailCall) int {
	return cmp.Or(cmp.Compare(a.When, b.When), strings.Compare(a.API, b.API), strings.Compare(a.Trail, b.Trail), strings.Compare(a.Detail, b.Detail))
}

// widening are the calls by which trails came to record every region, by account;
// "" has those of organisations, which are about every account.
type widening map[string][]TrailCall

func widenings(names map[Area]*deeds) widening {
	w := widening{}
	for a, d := range names {
		for _, c := range d.calls {
			if !c.everywhere || c.When == event.NoTime || c.API != "cloudtrail:CreateTrail" && c.API != "cloudtrail:UpdateTrail" {
				continue
			}
			account := a.Account
			if c.organization {
				account = ""
			}
			w[account] = append(w[account], c)
		}
	}
	for _, calls := range w {
		slices.SortFunc(calls, compareCalls)
	}
	return w
}

// of is the last of the calls before an area's first event, where digests do not
// say what was before it.
func (w widening) of(k *known, life span) (call TrailCall, ok bool) {
	if k.first == event.NoTime {
		return call, false
	}
	for _, c := range slices.Concat(w[k.Account], w[""]) {
		if c.When <= k.first && c.When > life.from && c.When > call.When {
			call, ok = c, true
		}
	}
	return call, ok && !k.covered(life.from, triage.BucketOf(call.When, hour))
}

// life is from when on an area is known: for one that a trail came to record later
// than the account's others, from then on.
func (w widening) life(k *known, life span) span {
	if call, ok := w.of(k, life); ok {
		life.from = call.When
	}
	return life
}

// findings joins the regions that one call made known.
func (w widening) findings(areas map[Area]*known, lives map[string]span) (found []Finding) {
	by := map[string]*Finding{}
	for _, a := range slices.SortedFunc(maps.Keys(areas), Area.compare) {
		k := areas[a]
		call, ok := w.of(k, lives[a.Account])
		if !ok {
			continue
		}
		key := a.Account + "\x00" + call.API + "\x00" + call.Trail
		if by[key] == nil {
			by[key] = &Finding{Kind: NewlyKnown, Area: Area{Account: a.Account}, Trail: call.Trail, API: call.API, From: call.When, To: event.NoTime,
				Hours: (call.When - lives[a.Account].from) / hour, Calls: []TrailCall{call}}
		}
		by[key].Regions = append(by[key].Regions, a.Region)
		by[key].Events += k.total().events
	}
	for _, key := range slices.Sorted(maps.Keys(by)) {
		found = append(found, *by[key])
	}
	return found
}
