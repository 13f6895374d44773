package triage

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ctlog/event"
)

// How many calls of one kind there were in each few minutes is counted apart from
// all other facts, in a smaller table: where there are too many such spans it
// forgets those with few calls, which nobody asks about.
const (
	KindBurst FactKind = "burst" // a call in a span of that length

	burstSpan   = int64(5 * time.Minute)
	burstValues = 1 << 15
	burstBytes  = 4 << 20
)

var burstKey = []byte(`"` + KindBurst + `",`)

// bulk says which calls are told of when very many are made within minutes, and
// how many that are.
var bulk = []struct {
	prefix string
	many   int64
	what   string
}{
	{"s3:GetObject", 500, "reads"}, {"s3:CopyObject", 500, "reads"}, {"s3:DeleteObject", 100, "deletes"},
	{"secretsmanager:GetSecretValue", 30, "reads"}, {"secretsmanager:BatchGetSecretValue", 30, "reads"}, {"ssm:GetParameter", 30, "reads"},
	{"ec2:GetPasswordData", 30, "reads"}, {":Delete", 50, "deletes"}, {":Terminate", 20, "deletes"}, {":BatchDelete", 50, "deletes"},
}

// bulkOf gives the index in bulk of a call, -1 when it is not in it.
func bulkOf(call string) int {
	_, name, _ := strings.Cut(call, ":")
	for i, b := range bulk {
		if strings.HasPrefix(call, b.prefix) || strings.HasPrefix(":"+name, b.prefix) {
			return i
		}
	}
	return -1
}

// pace counts a call for the minutes that it falls into. In a row of the same
// calls only the first one is looked up.
func (r *FactReader) pace(call []byte) {
	if r.now.failed || r.now.when == event.NoTime {
		return
	}
	at := BucketOf(r.now.when, burstSpan)
	if r.last.row < 0 || at != r.last.at || !bytes.Equal(call, r.last.call) || !bytes.Equal(r.about, r.last.who) {
		text := strconv.AppendInt(append(append(make([]byte, 0, 96), call...), 0), at/burstSpan, 10)
		r.fact(KindBurst, text)
		r.last.row, r.last.at = r.batch.events[len(r.batch.events)-1].value, at
		r.last.call, r.last.who = append(r.last.call[:0], call...), append(r.last.who[:0], r.about...)
		return
	}
	e := r.now
	e.value = r.last.row
	r.batch.events = append(r.batch.events, e)
}

// spell is a span of minutes in which a call was made.
type spell struct {
	at int64 // its number
	Seen
}

// spellOf reads what pace has written.
func spellOf(text string, s Seen) (call string, one spell, ok bool) {
	call, number, _ := strings.Cut(text, "\x00")
	at, err := strconv.ParseInt(number, 10, 64)
	return call, spell{at, s}, err == nil
}

// rushes looks for calls of which very many were made within minutes, ten times as
// many as the rest of the time has at the most: what somebody does all day is no
// reason.
func (e *Profile) rushes(since int64) {
	for _, api := range e.Values[KindAPI] {
		i := bulkOf(api.Text)
		if i < 0 || len(e.spells[api.Text]) == 0 {
			continue
		}
		peak := peakOf(e.spells[api.Text], since)
		rest := api.Count - peak.Count
		spans := max((api.Last-api.First)/burstSpan, 1)
		if peak.Count < bulk[i].many || rest > 0 && peak.Count*spans < 10*rest {
			continue
		}
		seconds := max((peak.Last-peak.First)/int64(time.Second), 1)
		e.because(30, "many %s at once: %d %s in %s, from %s on", bulk[i].what, peak.Count, api.Text,
			lasting(seconds), time.Unix(0, peak.First).UTC().Format(time.RFC3339))
	}
}

// peakOf is the span with the most calls, two that follow each other if they are
// within one length.
func peakOf(all []spell, since int64) (peak Seen) {
	slices.SortFunc(all, func(a, b spell) int { return cmp.Compare(a.at, b.at) })
	for i, s := range all {
		if since != event.NoTime && s.First < since {
			continue
		}
		one := s.Seen
		if i+1 < len(all) && all[i+1].at == s.at+1 && all[i+1].Last-s.First <= burstSpan {
			one.add(all[i+1].Seen)
		}
		if one.Count > peak.Count {
			peak = one
		}
	}
	return peak
}

func lasting(seconds int64) string {
	if seconds < 120 {
		return fmt.Sprintf("%d s", seconds)
	}
	return fmt.Sprintf("%d min", (seconds+59)/60)
}
