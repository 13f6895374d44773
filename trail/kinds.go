package trail

import (
	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/source"
)

// lookForEvents finds out by its content what a file is whose name does not
// say, or says that it is of another kind than logs: a log as soon as it has a
// management or data event, else what its events are. What cannot be
// understood before that is an error: nobody knows what is in it.
func lookForEvents(f scan.File, put func(Part, int) bool) (first error) {
	other := source.KindUnknown
	for e, err := range f.Body.Events() {
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		if e.Other() {
			continue
		}
		kind := kindOfEvent(e.Raw)
		if kind == source.KindLog {
			return putLog(f, put)
		}
		other = kind
	}
	if other != source.KindUnknown {
		put(Part{kind: digest.Other, word: other.String()}, 0)
		return nil
	}
	return first
}

// putLog puts that a file is a log, under whatever name. What could not be held
// as a whole has been read past some of its events; only a log that CloudTrail
// named is looked through then.
func putLog(f scan.File, put func(Part, int) bool) error {
	if _, whole := f.Body.Whole(); whole {
		putControls(f, put)
	}
	put(Part{kind: digest.Log}, 0)
	return nil
}

// kindOfEvent tells in which kind of file CloudTrail delivers an event: one is
// of another kind than management and data events only if all of it says so.
func kindOfEvent(raw []byte) source.Kind {
	has := func(names ...string) bool {
		for _, name := range names {
			if v, ok := parse.Field(raw, name); ok && string(v) != "null" {
				return true
			}
		}
		return false
	}
	switch category, eventType := stringField(raw, "eventCategory"), stringField(raw, "eventType"); {
	case (category == "Insight" || eventType == "AwsCloudTrailInsight") && !has("eventName", "userIdentity"):
		return source.KindInsight
	case category == "NetworkActivity" && eventType == "AwsVpceEvent":
		return source.KindNetworkActivity
	case (category == "Aggregated" || category == "" && has("eventId")) && !has("eventName", "eventTime", "eventID", "userIdentity"):
		return source.KindAggregated
	}
	return source.KindLog
}

// stringField is the text of a member, "" when it is none.
func stringField(raw []byte, name string) string {
	v, ok := parse.Field(raw, name)
	if !ok || len(v) == 0 || v[0] != '"' {
		return ""
	}
	return string(parse.AppendText(nil, v))
}
