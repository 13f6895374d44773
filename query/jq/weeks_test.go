package jq

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Conversions of strftime, over the turns of years, against jq's.
func TestStrftimeAgainstJQ(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not installed")
	}
	var days []string
	for year := 2015; year < 2030; year++ {
		for _, day := range []int{-3, -1, 0, 1, 2, 4, 6, 200} {
			days = append(days, fmt.Sprint(time.Date(year, 1, 1+day, day*5%24, 0, 0, 0, time.UTC).Unix()))
		}
	}
	filter := "[" + strings.Join(days, ",") + `] | map(strftime("%Y-%m-%d %U %W %V %G %g %k|%l|%C"))`
	want, err := exec.Command(jq, "-nc", filter).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := outputOf(t, filter); got != strings.TrimSpace(string(want)) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Zones of strptime are reckoned with; a Z is one.
func TestStrptimeZones(t *testing.T) {
	for filter, want := range map[string]string{
		`"2024-01-09T10:00:00Z" | strptime("%Y-%m-%dT%H:%M:%S%z") | mktime`:      "1704794400",
		`"2024-01-09T10:00:00Z" | strptime("%Y-%m-%dT%H:%M:%S%Z") | mktime`:      "1704794400",
		`"2024-01-09T10:00:00+0100" | strptime("%Y-%m-%dT%H:%M:%S%z") | mktime`:  "1704790800",
		`"2024-01-09T10:00:00+01:00" | strptime("%Y-%m-%dT%H:%M:%S%z") | mktime`: "1704790800",
		`"2024-01-09T10:00:00 EST" | strptime("%Y-%m-%dT%H:%M:%S %Z") | mktime`:  "1704794400",
		`try ("2024-01-09" | strptime("%Y-%Q")) catch .`:                         `"strptime does not know %Q"`,
	} {
		if got := outputOf(t, filter); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
}

// outputOf is what a filter gives of null, in one line.
func outputOf(t *testing.T, filter string) string {
	t.Helper()
	p, err := Compile(filter, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := p.Runner(t.Context())
	var out []byte
	if err := r.Document([]byte("null"), func(v Value) error { out = r.Append(out, v, &Format{}); return nil }); err != nil {
		t.Fatal(err)
	}
	return string(out)
}
