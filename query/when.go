package query

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

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
	return time.Time{}, fmt.Errorf("%q is no time; write 2024-01-09, 2024-01-09T14:00, 2024-01-09T14:00:00+01:00, or an age such as 24h or 7d", s)
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
