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

// besidesOf asks a store that knows.
func besidesOf(store Store) ([]Beside, []Finding) {
	if b, ok := store.(Besider); ok {
		return b.Besides()
	}
	return nil, nil
}

// addOther adds a file of a kind that digests do not list.
func (r *Report) addOther(l *logFile) {
	reason := "it has no events of CloudTrail's"
	if l.word != "" {
		reason = "a " + l.word + " file, of a kind that digests do not list"
	}
	r.Other++
	r.Beside = append(r.Beside, Beside{Kind: BesideOther, Path: l.id.Path, Reason: reason, Size: l.size, Stored: l.stored})
}

// unproven counts what is here, is not contradicted, and that nothing proves.
func (r *Report) unproven() (n int) {
	for _, s := range []Status{Unverified, Unreferenced, Uncovered} {
		n += r.Digests[s] + r.Logs[s]
	}
	return n + r.Unread() + r.Other
}

func sortBeside(list []Beside) {
	slices.SortStableFunc(list, func(a, b Beside) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(string(a.Kind), string(b.Kind)))
	})
}

// unreadPlaces are the folders of which not everything was read, each with what
// was not.
type unreadPlaces map[string]string

// placesOf takes what was not opened. Below AWSLogs it can hold what lies in
// the same folder; elsewhere it can hold anything.
func placesOf(beside []Beside) unreadPlaces {
	places := unreadPlaces{}
	for _, b := range beside {
		if !b.Closed {
			continue
		}
		folder, _ := cutBase(fromAWSLogs(b.Path))
		if first, ok := places[folder]; !ok || b.Path < first {
			places[folder] = b.Path
		}
	}
	return places
}

// fromAWSLogs is the part of a path from its last "AWSLogs/" on, "" when there
// is none.
func fromAWSLogs(path string) string {
	if i := strings.LastIndex("/"+path, "/AWSLogs/"); i >= 0 {
		return path[i:]
	}
	return ""
}

// mayHold gives what was not read and may hold the object of a key.
func (p unreadPlaces) mayHold(key string) (where string, ok bool) {
	for folder := fromAWSLogs(key); len(p) > 0; {
		folder, _ = cutBase(folder)
		if where, ok = p[folder]; ok || folder == "" {
			return where, ok
		}
	}
	return "", false
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
