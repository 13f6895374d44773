package digest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// maxIDs bounds the events that are held to be compared with those of valid
// logs; the files of which one is beyond are told.
const maxIDs = 1 << 20

// secondDelivery is how far apart two trails deliver the same event, at most.
const secondDelivery = 6 * time.Hour

// content is what an event says, whatever its white space and the order of its
// members.
type content [16]byte

// contentOf is the zero content when raw is no event with an ID.
func contentOf(raw []byte) (ev event, c content) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var any map[string]any
	if json.Unmarshal(raw, &ev) != nil || ev.ID == "" || d.Decode(&any) != nil {
		return event{}, c
	}
	if _, err := d.Token(); err != io.EOF {
		return event{}, c
	}
	sorted, err := json.Marshal(any)
	if err != nil {
		return event{}, c
	}
	sum := sha256.Sum256(sorted)
	copy(c[:], sum[:])
	ev.Request = nil
	return ev, c
}

// claim is an event of a file that nothing proves.
type claim struct {
	content
	file int32 // of comparison.suspects
	at   time.Time
	name string
}

// comparison holds the events of files that nothing proves against those of
// valid ones. The same event in both is the delivery of a second trail; the
// same ID with another content is a forgery.
type comparison struct {
	e        *evidence
	suspects []*logFile
	index    map[FileID]int32
	claims   map[string][]claim // by event ID
	n        int
	events   []int // of each suspect
	alone    []int // of each suspect: events that no valid file has
	cut      []bool
	hours    map[placeHour]bool // when valid logs were delivered that can have them
	twins    []twin
}

type placeHour struct {
	place
	hour int64
}

// twin is an event of a valid log whose ID a suspect has for another event.
type twin struct {
	claim
	id     string
	of     FileID // the valid log
	atTrue time.Time
}

// compareEvents looks for the events of what nothing proves in valid logs.
func (e *evidence) compareEvents(ctx context.Context, store Store, r *Report) error {
	c := &comparison{e: e, index: map[FileID]int32{}, claims: map[string][]claim{}, hours: map[placeHour]bool{}}
	c.choose(r)
	if len(c.suspects) == 0 || r.Logs[Valid] == 0 {
		return nil
	}
	err := store.Events(ctx, func(id FileID) bool { _, ok := c.index[id]; return ok }, anyText, c.note)
	if err == nil {
		err = store.Events(ctx, e.among(c.near), anyText, c.compare)
	}
	if errors.Is(err, ErrOnce) {
		r.Notes = append(r.Notes, "the evidence can be read only once: the events of files that nothing proves were not compared with those of valid ones")
		return nil
	}
	if err != nil {
		return err
	}
	c.conclude(r)
	return nil
}

// anyText is in every event, however it spells the names of its members.
var anyText = []string{""}

// choose finds the files that nothing proves and nothing else explains.
func (c *comparison) choose(r *Report) {
	for _, l := range c.e.logs {
		switch l.status {
		case Unreferenced, Uncovered, Unverified:
			if _, copied := c.e.bySum[l.sum]; l.superseded || !l.read || copied && l.status == Unreferenced {
				continue
			}
			c.index[l.id] = int32(len(c.suspects))
			c.suspects = append(c.suspects, l)
		}
	}
	c.events, c.alone, c.cut = make([]int, len(c.suspects)), make([]int, len(c.suspects)), make([]bool, len(c.suspects))
}

// note takes an event of a suspect.
func (c *comparison) note(id FileID, raw []byte) error {
	file := c.index[id]
	ev, content := contentOf(raw)
	c.events[file]++
	c.alone[file]++
	switch {
	case ev.ID == "":
	case c.n == maxIDs:
		c.cut[file] = true
	default:
		c.n++
		c.claims[ev.ID] = append(c.claims[ev.ID], claim{content, file, ev.Time, ev.Name})
		l := c.suspects[file]
		if l.at != nil {
			c.around(l.at.place, l.minute())
		}
		c.around(place{ev.Account, ev.Region}, ev.Time)
	}
	return nil
}

// around notes the hours in which an event can have been delivered before or
// after.
func (c *comparison) around(p place, t time.Time) {
	const span = int64(secondDelivery / time.Hour)
	if hour := t.Unix() / 3600; !c.hours[placeHour{p, hour + span}] || !c.hours[placeHour{p, hour - span}] {
		for d := -span; d <= span; d++ {
			c.hours[placeHour{p, hour + d}] = true
		}
	}
}

func (c *comparison) near(l *logFile) bool {
	return l.status == Valid && l.at != nil && c.hours[placeHour{l.at.place, l.minute().Unix() / 3600}]
}

// compare takes an event of a valid log.
func (c *comparison) compare(id FileID, raw []byte) error {
	if !mayClaim(c.claims, raw) {
		return nil
	}
	ev, content := contentOf(raw)
	claims := c.claims[ev.ID]
	if ev.ID == "" || len(claims) == 0 {
		return nil
	}
	for _, claim := range claims {
		c.alone[claim.file]--
		if claim.content != content {
			c.twins = append(c.twins, twin{claim, ev.ID, id, ev.Time})
		}
	}
	delete(c.claims, ev.ID) // a second valid delivery says nothing more
	return nil
}

// mayClaim spares decoding: the ID of an event that CloudTrail has written
// stands in it as it is.
func mayClaim(claims map[string][]claim, raw []byte) bool {
	const name = `"eventID":"`
	i := bytes.Index(raw, []byte(name))
	if i < 0 {
		return true
	}
	id, _, ok := bytes.Cut(raw[i+len(name):], []byte{'"'})
	return !ok || bytes.IndexByte(id, '\\') >= 0 || claims[string(id)] != nil || bytes.Count(raw, []byte(name)) > 1
}

// remark adds a reason to some suspects.
func (c *comparison) remark(which func(int) bool, reason string) {
	for i, l := range c.suspects {
		if which(i) {
			l.reason = joinReasons(l.reason, reason)
		}
	}
}

// conclude says what was found: a finding for every file with forged events.
func (c *comparison) conclude(r *Report) {
	forged := make([][]twin, len(c.suspects))
	for _, t := range c.twins {
		forged[t.file] = append(forged[t.file], t)
	}
	c.remark(func(i int) bool { return c.cut[i] }, "its events were not all compared with those of valid files: there are too many")
	c.remark(func(i int) bool {
		return c.events[i] > 0 && c.alone[i] == 0 && !c.cut[i] && len(forged[i]) == 0 && c.suspects[i].status == Unreferenced
	}, "all of its events are in valid files too: perhaps a second trail without validation, see --unvalidated-trail")
	keys := c.keysOf(c.twins)
	var findings []Finding
	for i, twins := range forged {
		if len(twins) > 0 {
			findings = append(findings, c.conflict(c.suspects[i], twins, keys))
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.Twin, b.Twin) })
	r.Findings = append(r.Findings, findings...)
	r.Verdict = r.verdict()
}

// keysOf are the keys of the valid logs.
func (c *comparison) keysOf(twins []twin) map[FileID]string {
	keys := map[FileID]string{}
	for _, t := range twins {
		keys[t.of] = ""
	}
	for _, l := range c.e.logs {
		if _, ok := keys[l.id]; ok {
			keys[l.id] = c.e.logItem(l).Key
		}
	}
	return keys
}

// maxTwins is how many forged events of a file a finding names.
const maxTwins = 100

func (c *comparison) conflict(l *logFile, twins []twin, keys map[FileID]string) Finding {
	slices.SortFunc(twins, func(a, b twin) int { return cmp.Or(a.atTrue.Compare(b.atTrue), strings.Compare(a.id, b.id)) })
	first := twins[0]
	f := Finding{
		Kind: Conflict, Time: first.atTrue, EventID: first.id, EventName: first.name, Of: keys[first.of], Twin: l.id.Path, Count: len(twins),
		Reason: "a valid log has another event with this ID",
	}
	if l.at != nil {
		f.Account, f.Region = l.at.account, l.at.region
	}
	for _, t := range twins[:min(len(twins), maxTwins)] {
		f.Events = append(f.Events, t.id)
	}
	return f
}
