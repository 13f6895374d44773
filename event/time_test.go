package event

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2024, 1, 9, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2024-01-09": "2024-01-09T00:00:00Z", "2024-01-09T14:00": "2024-01-09T14:00:00Z", "2024-01-09T14:00:05Z": "2024-01-09T14:00:05Z",
		"2024-01-09T14:00:00+02:00": "2024-01-09T12:00:00Z", "24h": "2024-01-08T12:00:00Z", "7d": "2024-01-02T12:00:00Z", "1w": "2024-01-02T12:00:00Z",
		"90m": "2024-01-09T10:30:00Z", "2024-01-09 14:00": "2024-01-09T14:00:00Z", "2024-01-09t14:00:05z": "2024-01-09T14:00:05Z",
	} {
		got, err := ParseTime(in, now)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("ParseTime(%q) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "now", "24", "h", "-5h", "2024-13-01", "99999999999999999999h", "4294967295w"} {
		if got, err := ParseTime(bad, now); err == nil {
			t.Errorf("ParseTime(%q) = %v", bad, got)
		}
	}
}

func FuzzTime(f *testing.F) {
	f.Add("2024-01-09T10:05:00Z")
	f.Add("2024-02-30T10:05:00Z")
	f.Add("2024-02-28 10:05:00.000000000")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Time([]byte(s))
		want, err := time.Parse(time.RFC3339Nano, s)
		if spaced := strings.Replace(s, " ", "T", 1); err != nil && spaced != s {
			if want, err = time.Parse(time.RFC3339Nano, spaced); err != nil {
				want, err = time.Parse(time.RFC3339Nano, spaced+"Z")
			}
		}
		if ok != (err == nil) || ok && !got.Equal(want) {
			t.Fatalf("%q: %v %v, want %v %v", s, got, ok, want, err)
		}
	})
}
