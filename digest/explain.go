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
