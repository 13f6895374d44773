package digest

import (
	"cmp"
	"slices"
	"strings"
)

// Besider is a Store that knows what else there is under the PATHs.
type Besider interface {
	// Besides is asked once, when everything was handed over: for what is neither
	// a digest nor a log, and for findings of kind Manifest.
	Besides() ([]Beside, []Finding)
}

// addBeside adds what only the store knows.
func (r *Report) addBeside(store Store) {
	b, ok := store.(Besider)
	if !ok {
		return
	}
	beside, findings := b.Besides()
	r.Beside = append(r.Beside, beside...)
	slices.SortStableFunc(r.Beside, func(a, b Beside) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	r.Findings = append(r.Findings, findings...)
	for _, b := range beside {
		if b.Kind == BesideUnread {
			r.Unproven++
		}
	}
	r.Verdict = r.verdict()
}

// CountBeside counts what is beside digests and logs.
func (r *Report) CountBeside(kind BesideKind) (n int) {
	for _, b := range r.Beside {
		if b.Kind == kind {
			n++
		}
	}
	return n
}

// Unread is how much could not be opened, digests and logs included: what the
// verdict is not about.
func (r *Report) Unread() int {
	return r.Digests[Unread] + r.Logs[Unread] + r.CountBeside(BesideUnread)
}
