package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"ctlog/event"
)

// Loss is what keeps the logs of an hour from being all, or from being right.
type Loss int

// The losses.
const (
	LogMissing   Loss = iota // a digest lists it
	LogAltered               // or it cannot be read
	LogUnread                // it is here and was not searched: it could not be opened, or is not proven and had to be
	DigestLost               // what it lists is not known
	DigestAbsent             // hours that no digest stands for
	losses
)

var lossTexts = [losses]string{"log missing", "log altered", "log not read", "digest missing or altered", "gap between digests"}

// lossNames are the members of Hole.JSON.
var lossNames = [losses]string{"missing", "altered", "unread", "digests", "gaps"}

// Hole is hours of an account and region of which the logs are not all here, or
// not what was delivered: what is found there may be less than there was, and
// what is not found may have been there.
type Hole struct {
	Account, Region string
	From, To        int64 // whole hours; To is where the last of them ends
	Losses          [losses]int
}

// Hours is how many it is long.
func (h *Hole) Hours() int64 { return (h.To - h.From) / int64(time.Hour) }

// String says where and when, and why.
func (h *Hole) String() string {
	place := strings.TrimSpace(h.Account + " " + h.Region)
	if place != "" {
		place = " in " + place
	}
	return fmt.Sprintf("%s to %s%s: %s", Time(h.From).Format(time.RFC3339), Time(h.To).Format(time.RFC3339), place, h.Why())
}

// Why counts the losses.
func (h *Hole) Why() string {
	var parts []string
	for i, n := range h.Losses {
		switch {
		case n == 1:
			parts = append(parts, "1 "+lossTexts[i])
		case n > 1:
			name, rest, _ := strings.Cut(lossTexts[i], " ")
			parts = append(parts, strings.TrimSuffix(fmt.Sprintf("%d %ss %s", n, name, rest), " "))
		}
	}
	return strings.Join(parts, ", ")
}

// JSON writes the hole as an object.
func (h *Hole) JSON() []byte {
	dst := event.AppendString([]byte(`{"account":`), []byte(h.Account))
	dst = event.AppendString(append(dst, `,"region":`...), []byte(h.Region))
	dst = event.AppendTime(append(dst, `,"from":`...), h.From)
	dst = event.AppendTime(append(dst, `,"to":`...), h.To)
	for i, n := range h.Losses {
		if n > 0 {
			dst = fmt.Appendf(dst, `,%q:%d`, lossNames[i], n)
		}
	}
	return append(dst, '}')
}

// Holes gathers them. The zero Holes is ready to be used.
type Holes struct{ list []Hole }

// delivery is how long before a log was delivered its events may have been.
const delivery = 15 * time.Minute

// Log notes that a log that was delivered at a time is lost.
func (h *Holes) Log(account, region string, delivered time.Time, l Loss) {
	h.Span(account, region, delivered.Add(-delivery), delivered, l)
}

// Span notes a loss that concerns all of a stretch of time.
func (h *Holes) Span(account, region string, from, to time.Time, l Loss) {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return
	}
	from, to = from.Truncate(time.Hour), to.Add(time.Hour-1).Truncate(time.Hour)
	if !to.After(from) {
		to = from.Add(time.Hour)
	}
	hole := Hole{Account: account, Region: region, From: event.Instant(from), To: event.Instant(to)}
	if hole.From == NoTime || hole.To == NoTime {
		return
	}
	hole.Losses[l] = 1
	h.list = append(h.list, hole)
}

// Joined gives the holes by account, region and time; those that touch are one.
func (h *Holes) Joined() []Hole {
	slices.SortFunc(h.list, func(a, b Hole) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	joined := h.list[:0]
	for _, one := range h.list {
		if n := len(joined); n > 0 && joined[n-1].Account == one.Account && joined[n-1].Region == one.Region && one.From <= joined[n-1].To {
			last := &joined[n-1]
			last.To = max(last.To, one.To)
			for i := range one.Losses {
				last.Losses[i] += one.Losses[i]
			}
			continue
		}
		joined = append(joined, one)
	}
	h.list = joined
	return joined
}

// Touching gives those of joined holes that a stretch of time, both ends
// included, has something of.
func Touching(holes []Hole, from, to int64) (some []Hole) {
	for _, h := range holes {
		if from < h.To && to >= h.From {
			some = append(some, h)
		}
	}
	return some
}
