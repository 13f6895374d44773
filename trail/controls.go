package trail

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/parse"
)

// nameNeedle is before the name of every event in a log as CloudTrail writes
// it, and only such a log can be proven.
var (
	nameMember = `"eventName":"`
	nameNeedle = parse.NewNeedle(nameMember, 2, 6)
)

// putControls puts the events of a log that may end or blind a trail or touch
// the evidence.
func putControls(f scan.File, put func(Part, int) bool) {
	content, whole := f.Body.Whole()
	if whole && !namesControl(content) {
		return
	}
	var events []digest.ControlEvent
	size := 0
	for e, err := range f.Body.Events() {
		if err == nil && namesControl(e.Raw) {
			if ev, ok := controlEvent(e.Raw); ok {
				events, size = append(events, ev), size+len(e.Raw)
			}
		}
	}
	if len(events) > 0 {
		put(Part{control: events}, size)
	}
}

// namesControl reports whether an event in b has a name that is looked for.
func namesControl(b []byte) bool {
	for at := nameNeedle.Index(b, 0); at >= 0; at = nameNeedle.Index(b, at) {
		at += len(nameMember)
		if end := bytes.IndexByte(b[at:min(len(b), at+64)], '"'); end >= 0 && digest.IsControlName(b[at:at+end]) {
			return true
		}
	}
	return false
}

// controlEvent reads what is kept of such an event.
func controlEvent(raw []byte) (ev digest.ControlEvent, ok bool) {
	if !digest.IsControlName([]byte(stringField(raw, "eventName"))) {
		return ev, false
	}
	ev = digest.ControlEvent{
		ID: stringField(raw, "eventID"), Name: stringField(raw, "eventName"), Error: stringField(raw, "errorCode"),
		Account: stringField(raw, "recipientAccountId"), Principal: callerOf(raw),
	}
	ev.Time, _ = time.Parse(time.RFC3339, stringField(raw, "eventTime"))
	for _, member := range []string{"requestParameters", "resources"} {
		if v, ok := parse.Field(raw, member); ok {
			var any any
			if json.Unmarshal(v, &any) == nil {
				ev.Subjects = appendTexts(ev.Subjects, any)
			}
		}
	}
	return ev, ev.Worth()
}

// callerOf is the best name of who called.
func callerOf(raw []byte) string {
	for _, path := range [][]string{{"userIdentity", "arn"}, {"userIdentity", "userName"}, {"userIdentity", "principalId"}, {"userIdentity", "invokedBy"}, {"userIdentity", "accountId"}} {
		if v, ok := parse.Field(raw, path...); ok && parse.IsString(v) && len(v) > 2 {
			return string(parse.AppendText(nil, v))
		}
	}
	return ""
}

// A request is taken for no more than so many texts of so many bytes.
const (
	maxSubjects = 64
	maxSubject  = 1024
)

// appendTexts appends the texts of a value, objects in the order of their
// members' names.
func appendTexts(list []string, v any) []string {
	switch v := v.(type) {
	case string:
		if len(list) < maxSubjects && v != "" && len(v) <= maxSubject {
			list = append(list, v)
		}
	case []any:
		for _, e := range v {
			list = appendTexts(list, e)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			list = appendTexts(list, v[k])
		}
	}
	return list
}
