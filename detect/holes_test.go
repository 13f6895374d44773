package detect

import (
	"strings"
	"testing"
	"time"
)

func TestHoles(t *testing.T) {
	at := func(clock string) time.Time {
		w, err := time.Parse(time.RFC3339, "2024-01-09T"+clock+":00Z")
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	var h Holes
	h.Log("2", "b", at("12:05"), LogAltered) // its events may be of the hour before
	h.Log("1", "a", at("10:50"), LogMissing)
	h.Log("1", "a", at("10:55"), LogMissing)
	h.Span("1", "a", at("11:00"), at("12:00"), DigestLost)
	h.Span("1", "a", at("15:30"), at("15:30"), DigestAbsent)
	h.Span("1", "a", at("15:30"), time.Time{}, DigestAbsent)
	holes := h.Joined()
	var lines []string
	for _, one := range holes {
		lines = append(lines, one.String())
	}
	want := `2024-01-09T10:00:00Z to 2024-01-09T12:00:00Z in 1 a: 2 logs missing, 1 digest missing or altered
2024-01-09T15:00:00Z to 2024-01-09T16:00:00Z in 1 a: 1 gap between digests
2024-01-09T11:00:00Z to 2024-01-09T13:00:00Z in 2 b: 1 log altered`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	if got, want := string(holes[0].JSON()), `{"account":"1","region":"a","from":"2024-01-09T10:00:00Z","to":"2024-01-09T12:00:00Z","missing":2,"digests":1}`; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	for _, c := range []struct {
		from, to string
		want     int
	}{{"09:00", "09:59", 0}, {"09:00", "10:00", 1}, {"11:59", "11:59", 2}, {"12:00", "12:00", 1}, {"13:00", "14:59", 0}, {"09:00", "16:00", 3}} {
		if got := Touching(holes, at(c.from).UnixNano(), at(c.to).UnixNano()); len(got) != c.want {
			t.Errorf("%s to %s: %v", c.from, c.to, got)
		}
	}
}
