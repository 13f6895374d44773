package report

import (
	"slices"
	"testing"
	"time"

	"ctlog/coverage"
	"ctlog/event"
)

// Labels stand at the column of their time, and none over another.
func TestAxis(t *testing.T) {
	for _, c := range []struct {
		from           string
		step           time.Duration
		columns, block int64
		want           []string
	}{
		{"2024-01-09T07:00:00Z", time.Hour, 8, 44, []string{"01-09"}},
		{"2024-01-09T07:00:00Z", time.Hour, 60, 44, []string{"01-09      18h   01-10 06h   12h   18h", "01-11    12h   18h"}},
		{"2024-01-09T22:00:00Z", 2 * time.Hour, 16, 44, []string{" 01-10 12h   01-11"}},
		{"2023-12-20T00:00:00Z", 24 * time.Hour, 44, 44, []string{"2023-12  29 2024-01       15     22     29"}},
		{"2023-12-18T00:00:00Z", 7 * 24 * time.Hour, 20, 44, []string{"  2024-01  2024-03"}},
		{"2020-05-04T00:00:00Z", 28 * 24 * time.Hour, 30, 44, []string{"2020     2021         2022"}},
		{"2024-01-09T07:00:00Z", time.Hour, 1, 44, []string{"01-09"}},
		{"2024-01-09T00:00:00Z", time.Hour, 12, 8, []string{"01-09", "01-09"}},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		h := &heatMap{textView: &textView{}, columns: int(c.block), m: &coverage.Map{From: from.UnixNano(), To: from.UnixNano() + c.columns*int64(c.step), Step: int64(c.step)}}
		var got []string
		for at := int64(0); at < c.columns; at += c.block {
			got = append(got, h.axis(at, min(at+c.block, c.columns)))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, %s: %q, want %q", c.from, c.step, got, c.want)
		}
	}
}

// Three regions that look the same are one line, two are two, and what has
// events or a fault stands alone.
func TestQuietRegionsAreJoined(t *testing.T) {
	quiet := func(region, cells string) mapLine {
		return mapLine{region: region, word: "proven", cells: cells, quiet: true}
	}
	busy := mapLine{region: "busy", word: "proven", cells: "···"}
	var got []string
	for _, l := range joinQuiet([]mapLine{quiet("a", "···"), busy, quiet("b", "···"), quiet("c", "··-"), quiet("d", "···"), quiet("e", "··-")}) {
		got = append(got, l.region+" "+l.cells)
	}
	if want := []string{"busy ···", "c ··-", "e ··-", "3 regions ···"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A digest may say a time that cannot be counted; no other is said in its place.
func TestMomentOutOfReach(t *testing.T) {
	if text := formatTime(event.NoTime); text != "no such time" {
		t.Error(text)
	}
}
