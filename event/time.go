package event

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"ctlog/parse"
)

// Time reads the text of an eventTime.
func Time(s []byte) (t time.Time, ok bool) {
	if len(s) == 0 {
		return t, false
	}
	if len(s) == len("2006-01-02T15:04:05Z") && s[19] == 'Z' {
		if t, ok := fastTime(s); ok {
			return t, true
		}
	}
	for _, layout := range eventLayouts {
		if t, err := time.Parse(layout, string(s)); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// eventLayouts are how an eventTime is written: by CloudTrail, and by
// CloudTrail Lake and Athena, which mean UTC.
var eventLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"}

// fastTime reads YYYY-MM-DDTHH:MM:SSZ, the form of all but a few events,
// without allocating.
func fastTime(s []byte) (time.Time, bool) {
	two := func(i int) int {
		if s[i] < '0' || s[i] > '9' || s[i+1] < '0' || s[i+1] > '9' {
			return -10000
		}
		return int(s[i]-'0')*10 + int(s[i+1]-'0')
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day
}

// NoTime is the time of an event that has none.
const NoTime = math.MinInt64

// What lies outside of these years is no time: CloudTrail is of 2013, and
// nanoseconds hold 292 years, which all that is between two times has to fit in.
const firstYear, lastYear = 1970, 2200

// Instant is a time as it is counted here, in nanoseconds since 1970; NoTime
// when it is out of reach.
func Instant(t time.Time) int64 {
	if t.Year() < firstYear || t.Year() > lastYear {
		return NoTime
	}
	return t.UnixNano()
}

// Bound is Instant for what times are compared with: out of reach it is before
// or after all of them.
func Bound(t time.Time) int64 {
	switch {
	case t.Year() < firstYear:
		return NoTime + 1
	case t.Year() > lastYear:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// Since and Until are the bounds of what is asked for: NoTime where they leave
// nothing out.
func Since(t time.Time) int64 {
	if t.Year() < firstYear {
		return NoTime
	}
	return Bound(t)
}

// Until: see Since. The zero time is none.
func Until(t time.Time) int64 {
	if t.IsZero() || t.Year() > lastYear {
		return NoTime
	}
	return Bound(t)
}

// InstantOf is the Instant of a raw eventTime.
func InstantOf(raw []byte) int64 {
	t, ok := Time(parse.Text(nil, raw))
	if !ok {
		return NoTime
	}
	return Instant(t)
}

// SortKey orders events by their raw eventTime: those without a time come first,
// as null does in jq.
func SortKey(raw []byte) int64 {
	t, ok := Time(parse.Text(nil, raw))
	switch {
	case !ok:
		return math.MinInt64
	case t.Year() < 1678: // which nanoseconds cannot hold
		return math.MinInt64 + 1
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// ages are the units that an age may have.
var ages = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02", "2006-01",
	"2006-01-02 15:04:05", "2006-01-02 15:04",
}

// ParseTime reads a time as users give it: RFC 3339 or a beginning of it, in
// UTC unless it names a zone, or an age such as 24h or 7d before now.
func ParseTime(s string, now time.Time) (time.Time, error) {
	if age, ok := ParseAge(s); ok {
		return now.Add(-age).UTC(), nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, strings.ToUpper(s)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("invalid time %q; write 2024-01-09, 2024-01-09T14:00, 2024-01-09T14:00:00+01:00, or an age such as 24h or 7d", s)
}

// ParseAge reads a whole number with a unit: 90s, 5m, 24h, 7d, 2w.
func ParseAge(s string) (time.Duration, bool) {
	if len(s) < 2 {
		return 0, false
	}
	unit, ok := ages[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if !ok || err != nil || time.Duration(n) > time.Duration(1<<62)/unit {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
