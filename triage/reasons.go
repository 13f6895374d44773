package triage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ctlog/event"
)

// Reason is something that lets an entry stand out. Weight is what it adds to
// the score.
type Reason struct {
	Weight int
	Text   string
}

// judge finds the reasons. The weights add up, but each further reason of an
// entry counts half of the one before: one grave thing outweighs many slight
// ones.
func (e *Profile) judge(since int64, places *Places) {
	if since == event.NoTime || e.Later.Count > 0 {
		e.calls(since)
		e.denials(since)
		e.circumstances(since)
		e.sessions(since, places)
		e.rushes(since)
	}
	if since != event.NoTime && e.Later.Count > 0 {
		e.novelties(since)
	}
	slices.SortStableFunc(e.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Text, b.Text))
	})
	share := 1000
	for _, r := range e.Reasons {
		e.Score += r.Weight * share
		share /= 2
	}
}

func (e *Profile) because(weight int, format string, args ...any) {
	e.Reasons = append(e.Reasons, Reason{weight, fmt.Sprintf(format, args...)})
}

// isNew: it was seen only after the baseline. Nothing is new without one.
func isNew(s Seen, since int64) bool {
	return since != event.NoTime && s.First != event.NoTime && s.First >= since
}

// known: the entry itself was there before the end of the baseline.
func (e *Profile) known(since int64) bool { return since != event.NoTime && !isNew(e.All, since) }

// calls looks at what was called. After a baseline a call that was made before
// tells nothing.
func (e *Profile) calls(since int64) {
	changes := map[string][]Change{}
	for _, c := range e.Changes() {
		changes[c.API] = append(changes[c.API], c)
	}
	for _, api := range e.Values[KindAPI] {
		t := tellOf(api.Text)
		fresh := isNew(api.Seen, since)
		if t.Weight == 0 || since != event.NoTime && !fresh {
			continue
		}
		weight, outcome := t.Weight, ""
		switch {
		case api.Errors == api.Count:
			weight, outcome = weight*2/3, ", all failed"
		case api.Errors > 0:
			outcome = fmt.Sprintf(", %d failed", api.Errors)
		}
		if fresh && e.known(since) {
			weight, outcome = weight+15, outcome+", never before"
		}
		e.because(weight, "%s %s%s: %s%s", api.Text, times(api.Count), outcome, t.Reason, about(changes[api.Text], since))
	}
}

// mostObjects is how many objects of a call a reason names.
const mostObjects = 3

// about names what calls were about, in brackets.
func about(changes []Change, since int64) string {
	var texts []string
	left := 0
	for _, c := range changes {
		switch {
		case since != event.NoTime && !isNew(c.Seen, since):
		case len(texts) < mostObjects:
			texts = append(texts, c.String())
		default:
			left++
		}
	}
	switch {
	case len(texts) == 0:
		return ""
	case left > 0:
		return fmt.Sprintf(" (%s; and %d more)", strings.Join(texts, "; "), left)
	}
	return " (" + strings.Join(texts, "; ") + ")"
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// A burst of refusals is at least so many, and a fifth of the calls.
const burst = 5

// denials looks at refusals, against those of the baseline if there is one. Other
// errors are everybody's: what is not there, what was asked too often. What is
// AWS's own role is refused for reasons of AWS's.
func (e *Profile) denials(since int64) {
	now, of := e.Refused.All, e.All.Count
	if since != event.NoTime {
		now, of = e.Refused.Later, e.Later.Count
	}
	before, ofBefore := e.Refused.All-now, e.All.Count-of
	if now < burst || 5*now < of || strings.Contains(e.Name(), ":role/aws-service-role/") {
		return
	}
	weight := 15 + int(min(now, 100)/10)
	switch {
	case ofBefore == 0:
		e.because(weight, "%d of %d calls were refused%s", now, of, e.mostly())
	case now*ofBefore >= 3*before*of:
		e.because(weight+10, "%d of %d calls were refused, before that %d of %d%s", now, of, before, ofBefore, e.mostly())
	}
}

// mostly names the most frequent refusal.
func (e *Profile) mostly() string {
	for _, code := range e.Values[KindError] {
		if event.Refused([]byte(code.Text), nil) {
			return ", mostly " + code.Text
		}
	}
	return ""
}

// manyBytes is what is worth telling when it is taken out of buckets.
const manyBytes = 100 << 20

// circumstances looks at who it is and what with.
func (e *Profile) circumstances(since int64) {
	if strings.HasSuffix(e.Name(), ":root") {
		e.because(30, "root itself acted")
	}
	for _, v := range e.Values[KindLogin] {
		switch {
		case since != event.NoTime && !isNew(v.Seen, since):
		case v.Text == "failed as root":
			e.because(35, "console login as root failed %s", times(v.Count))
		default:
			e.because(20, "console login %s, without MFA", times(v.Count))
		}
	}
	told := map[string]bool{}
	for _, v := range e.Values[KindAgent] {
		tool, weight := toolOf(v.Text)
		if tool != "" && !told[tool] && (since == event.NoTime || isNew(v.Seen, since)) {
			told[tool] = true
			e.because(weight, "attackers' or testers' tool: %s", v.Text)
		}
	}
	if n := e.All.Bytes; since == event.NoTime && n >= manyBytes {
		e.because(20, "%d MiB were taken out", n>>20)
	} else if n := e.Later.Bytes; since != event.NoTime && n >= manyBytes && n > e.All.Bytes-n {
		e.because(25, "%d MiB were taken out, more than in all the time before", n>>20)
	}
}

// novelties looks at what was never before.
func (e *Profile) novelties(since int64) {
	if !e.known(since) {
		e.because(15, "never seen before")
		return
	}
	for _, n := range []struct {
		kind   FactKind
		weight int
		what   string
	}{
		{KindCountry, 20, "countries"}, {KindNetwork, 10, "networks"}, {KindAddress, 12, "addresses"}, {KindService, 4, "AWS services"},
		{KindRegion, 15, "regions"}, {KindAgent, 6, "user agents"}, {KindRole, 12, "roles"},
		{KindKey, 4, "access keys"}, {KindPrincipal, 10, "principals"},
	} {
		if texts := e.News(n.kind, since); len(texts) > 0 {
			e.because(n.weight+min(len(texts), 5), "new %s: %s", n.what, some(texts))
		}
	}
	var quiet []string // calls that tell nothing but that they are new
	for _, text := range e.News(KindAPI, since) {
		if tellOf(text).Weight == 0 {
			quiet = append(quiet, text)
		}
	}
	if len(quiet) > 0 {
		e.because(5+min(len(quiet), 10), "new calls: %s", some(quiet))
	}
}

// News are the values of a kind that were seen only after the baseline.
func (e *Profile) News(k FactKind, since int64) (texts []string) {
	for _, v := range e.Values[k] {
		if isNew(v.Seen, since) {
			texts = append(texts, v.Text)
		}
	}
	return texts
}

// some names the first few.
func some(texts []string) string {
	const few = 4
	if len(texts) <= few {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:few], ", "), len(texts)-few)
}
