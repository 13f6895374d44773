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
	Request json.RawMessage `json:"requestParameters"`
}

// explain reads again the few logs that can say why a gap is there, and
// whether what looks injected is the delivery of a second trail. It only adds
// reasons: no status depends on it.
func (e *evidence) explain(ctx context.Context, store Store, r *Report) error {
	err := e.explainGaps(ctx, store, r)
	if err == nil {
		err = e.explainUnreferenced(ctx, store)
	}
	if errors.Is(err, ErrOnce) {
		return nil
	}
	return err
}

func (e *evidence) explainGaps(ctx context.Context, store Store, r *Report) error {
	var from time.Time
	for _, f := range r.Findings {
		if f.Kind == Gap && (from.IsZero() || f.From.Before(from)) {
			from = f.From
		}
	}
	if from.IsZero() {
		return nil
	}
	wanted := e.among(func(l *logFile) bool { return l.status == Valid && l.minute.After(from.Add(-2*time.Hour)) })
	texts := make([]string, len(causes))
	for i, c := range causes {
		texts[i] = `"` + c + `"`
	}
	causing := make([][]event, len(r.Findings))
	err := store.Events(ctx, wanted, texts, func(_ FileID, raw []byte) error {
		var ev event
		if json.Unmarshal(raw, &ev) == nil && ev.Error == "" && slices.Contains(causes, ev.Name) {
			request := strings.ReplaceAll(string(ev.Request), `\/`, "/")
			ev.Request = nil
			for i := range r.Findings {
				if r.Findings[i].causedBy(ev, request) {
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

// causedBy reports whether an event can have caused a gap: what stops or
// changes the trail comes before the end of the gap, at most two hours before
// its beginning; what deletes a digest of the chain comes later. The trail of
// an organisation is stopped in another account.
func (f *Finding) causedBy(ev event, request string) bool {
	switch {
	case f.Kind != Gap, ev.Time.Before(f.From.Add(-2 * time.Hour)):
		return false
	case strings.HasPrefix(ev.Name, "DeleteObject"):
		return f.Reason == reasonMissing && strings.Contains(request, f.Account+"/CloudTrail-Digest/"+f.Region+"/")
	case f.org == "" && ev.Account != f.Account && ev.Account != "", ev.Time.After(f.To):
		return false
	}
	return strings.Contains(request, `"`+f.Trail+`"`) || strings.Contains(request, "/"+f.Trail+`"`) // by name or ARN
}

// explain names the events that caused a gap, in the order of time.
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

// maxIDs bounds the event IDs that are held to tell a second trail from an
// injection; files beyond are reported without that hint.
const maxIDs = 1 << 20

// secondDelivery is how far apart two trails deliver the same event, at most.
const secondDelivery = 6 * time.Hour

// explainUnreferenced looks for the events of unreferenced logs in valid ones.
func (e *evidence) explainUnreferenced(ctx context.Context, store Store) error {
	files := map[FileID]map[string]bool{} // event IDs not yet found elsewhere
	suspects := map[FileID]*logFile{}
	for _, l := range e.logs {
		if _, copied := e.bySum[l.sum]; l.status == Unreferenced && !copied {
			suspects[l.id] = l
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	n := 0
	isSuspect := func(id FileID) bool { return suspects[id] != nil }
	if err := store.Events(ctx, isSuspect, []string{`"eventID"`}, func(id FileID, raw []byte) error {
		var ev event
		if n < maxIDs && json.Unmarshal(raw, &ev) == nil {
			if files[id] == nil {
				files[id] = map[string]bool{}
			}
			files[id][ev.ID] = true
			n++
		}
		return nil
	}); err != nil || n == maxIDs {
		return err
	}
	return e.findElsewhere(ctx, store, suspects, files)
}

func (e *evidence) findElsewhere(ctx context.Context, store Store, suspects map[FileID]*logFile, files map[FileID]map[string]bool) error {
	in := map[string][]FileID{} // event ID → files
	for file, ids := range files {
		for id := range ids {
			in[id] = append(in[id], file)
		}
	}
	near := e.closeTo(suspects)
	err := store.Events(ctx, near, []string{`"eventID"`}, func(_ FileID, raw []byte) error {
		var ev event
		if json.Unmarshal(raw, &ev) == nil {
			for _, file := range in[ev.ID] {
				delete(files[file], ev.ID)
			}
		}
		return nil
	})
	for file, left := range files {
		if err == nil && len(left) == 0 {
			l := suspects[file]
			l.reason = joinReasons(l.reason, "all of its events are in valid files too: perhaps a second trail without validation, see --unvalidated-trail")
		}
	}
	return err
}

// closeTo gives the valid logs that a second delivery can have gone to.
func (e *evidence) closeTo(suspects map[FileID]*logFile) func(FileID) bool {
	type hour struct {
		at *logPlace
		n  int64
	}
	const span = int64(secondDelivery / time.Hour)
	hours := map[hour]bool{}
	for _, s := range suspects {
		for d := -span; d <= span; d++ {
			hours[hour{s.at, s.minute.Unix()/3600 + d}] = true
		}
	}
	return e.among(func(l *logFile) bool { return l.status == Valid && hours[hour{l.at, l.minute.Unix() / 3600}] })
}
