package main

import (
	"fmt"
	"strconv"
	"strings"

	"ctlog/detect"
	"ctlog/detect/expr"
	"ctlog/detect/rule"
	"ctlog/event"
	"ctlog/report"
	"ctlog/triage"
)

// matchColumns are those of csv and tsv, for matches and episodes.
const matchColumns = "kind,level,title,id,techniques,author,pack,eventTime,until,eventID,eventSource,eventName,user,sourceIPAddress,accountId,awsRegion,errorCode,matched,group,value,events,file,index,integrity,folded"

// object writes a JSON object, or the row of a table: the values of its columns.
type object struct {
	buf   []byte
	row   bool
	begun bool
}

func (o *object) begin(row bool) {
	o.buf, o.row, o.begun = o.buf[:0], row, false
	if row {
		o.buf = append(o.buf, '[')
	} else {
		o.buf = append(o.buf, '{')
	}
}

// raw adds a member that is JSON already. Rows have every member, objects leave
// empty ones out.
func (o *object) raw(name string, value []byte) {
	if len(value) == 0 {
		if !o.row {
			return
		}
		value = []byte("null")
	}
	if o.begun {
		o.buf = append(o.buf, ',')
	}
	o.begun = true
	if !o.row {
		o.buf = append(event.AppendString(o.buf, name), ':')
	}
	o.buf = append(o.buf, value...)
}

func (o *object) text(name, value string) {
	if value == "" {
		o.raw(name, nil)
	} else {
		o.raw(name, event.AppendString(nil, value))
	}
}

func (o *object) number(name string, n int64) { o.raw(name, strconv.AppendInt(nil, n, 10)) }

func (o *object) end() []byte {
	if o.row {
		return append(o.buf, ']')
	}
	return append(o.buf, '}')
}

// stringsJSON is an array of strings.
func stringsJSON(values []string) []byte {
	out := []byte{'['}
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = event.AppendString(out, v)
	}
	return append(out, ']')
}

// pairs is an object of fields; of one field the first counts.
func pairs(list []expr.Pair) []byte {
	if len(list) == 0 {
		return nil
	}
	var o object
	o.begin(false)
	seen := map[string]bool{}
	for _, p := range list {
		if !seen[p.Field] {
			seen[p.Field] = true
			o.raw(p.Field, event.AppendString(nil, p.Text))
		}
	}
	return o.end()
}

// ruleJSON is what every line says of its rule. Whoever passes a match on has to
// keep the author.
func ruleJSON(m *rule.Meta) []byte {
	var o object
	o.begin(false)
	o.text("id", m.ID)
	o.text("title", m.Title)
	o.text("level", m.Level.String())
	o.text("author", m.Author)
	o.text("license", m.License)
	if len(m.Tags) > 0 {
		o.raw("tags", stringsJSON(m.Tags))
	}
	o.text("pack", m.Pack)
	o.text("file", m.File)
	return o.end()
}

// findingRows writes matches, episodes, rules and a summary.
type findingRows struct {
	*detection
	out *rows
	o   object
}

// printRows writes every match and episode and, as objects, what became of every
// rule.
func (r *detection) printRows() (*detect.Results, error) {
	columns := matchColumns
	if r.places != nil {
		columns += ",country,network"
	}
	out, err := r.rows(columns)
	if err != nil {
		return nil, err
	}
	f := &findingRows{detection: r, out: out}
	res, err := r.collector.Finish(detect.Sink{Match: f.match, Episode: f.episode})
	if err != nil {
		return nil, err
	}
	if !r.format.Tabular() {
		if err := f.states(res); err != nil {
			return nil, err
		}
	}
	return res, out.close()
}

func (f *findingRows) meta(m *rule.Meta) {
	if !f.o.row {
		f.o.raw("rule", ruleJSON(m))
		return
	}
	f.o.text("level", m.Level.String())
	f.o.text("title", m.Title)
	f.o.text("id", m.ID)
	f.o.text("techniques", strings.Join(m.Techniques(), " "))
	f.o.text("author", m.Author)
	f.o.text("pack", m.Pack)
}

// match writes a line for every rule that holds for an event.
func (f *findingRows) match(m *detect.Match) error {
	for i, n := range m.Rules {
		if !f.program.Shown(n) {
			continue
		}
		f.o.begin(f.format.Tabular())
		f.o.text("kind", "match")
		f.meta(&f.program.Rules[n].Meta)
		f.o.text("eventTime", m.EventTime)
		if f.o.row {
			f.o.text("until", "")
		}
		f.o.text("eventID", m.ID)
		f.o.text("eventSource", m.Source)
		f.o.text("eventName", m.Name)
		f.o.text("user", m.User)
		f.o.text("sourceIPAddress", m.Address)
		if !f.o.row {
			f.place(m.Address)
		}
		f.o.text("accountId", m.Account)
		f.o.text("region", m.Region)
		f.o.text("errorCode", m.Error)
		f.o.raw("matched", pairs(m.Matched[i]))
		if f.o.row {
			f.o.text("group", "")
			f.o.text("value", "")
			f.o.text("events", "")
		}
		f.o.text("file", m.File)
		f.o.number("index", int64(m.Index))
		f.o.text("integrity", m.Integrity)
		f.folded(m.Folded(i))
		if f.o.row {
			f.place(m.Address)
		}
		if err := f.out.write(f.o.end()); err != nil {
			return err
		}
	}
	return nil
}

// place says where an address is.
func (f *findingRows) place(address string) {
	if f.places == nil {
		return
	}
	var at triage.Location
	if address != "" {
		at = f.places.Of(address)
	}
	f.o.text("country", at.Country)
	f.o.text("network", at.Network)
}

func (f *findingRows) episode(e *detect.Episode) error {
	f.o.begin(f.format.Tabular())
	f.o.text("kind", "episode")
	f.meta(&e.Correlation.Meta)
	from, to := instantText(e.From), instantText(e.To)
	if f.o.row {
		f.o.text("eventTime", from)
		f.o.text("until", to)
		for range 9 { // eventID to errorCode, and matched
			f.o.text("", "")
		}
	} else {
		f.o.text("from", from)
		f.o.text("to", to)
	}
	f.o.raw("group", pairs(e.Group))
	f.o.raw("value", []byte(e.Value))
	if !f.o.row {
		f.o.number("count", e.Count)
	}
	f.o.raw("events", stringsJSON(e.Events))
	if f.o.row {
		f.o.text("", "") // file
		f.o.text("", "") // index
	}
	f.integrityOf(e)
	return f.out.write(f.o.end())
}

// integrityOf says of an episode whether its events are proven, and whether logs
// of its time are missing.
func (f *findingRows) integrityOf(e *detect.Episode) {
	status := ""
	switch {
	case f.integrity.trust == nil:
	case e.Unproven == 0:
		status = detect.Proven
	default:
		status = "unproven"
	}
	f.o.text("integrity", status)
	if f.o.row {
		f.folded(e.Folded)
		f.place("")
		return
	}
	if e.Unproven > 0 {
		f.o.number("unproven", e.Unproven)
	}
	if holes := detect.Touching(f.holes, e.From, e.To); len(holes) > 0 {
		f.o.raw("holes", holesJSON(holes))
	}
	f.folded(e.Folded)
}

// folded says that something was known from the baseline.
func (f *findingRows) folded(is bool) {
	var value []byte
	if is {
		value = []byte("true")
	}
	f.o.raw("folded", value)
}

func holesJSON(holes []detect.Hole) []byte {
	out := []byte{'['}
	for i := range holes {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, holes[i].JSON()...)
	}
	return append(out, ']')
}

func instantText(ns int64) string {
	return strings.Trim(string(event.AppendTime(nil, ns)), `"`)
}

// states writes what became of every rule, and a summary.
func (f *findingRows) states(res *detect.Results) error {
	count := map[detect.State]int64{}
	doubt := report.Doubt(f.holes)
	line := func(m *rule.Meta, state detect.State, matches, folded, ungrouped int64, reason string) error {
		if count[state]++; state == detect.None {
			reason = doubt
		}
		f.o.begin(false)
		f.o.text("kind", "rule")
		f.o.raw("rule", ruleJSON(m))
		f.o.text("state", string(state))
		f.o.number("matches", matches)
		if folded > 0 {
			f.o.number("folded", folded)
		}
		if ungrouped > 0 {
			f.o.number("ungrouped", ungrouped)
		}
		f.o.text("reason", reason)
		return f.out.write(f.o.end())
	}
	for _, s := range res.Correlation {
		if err := line(&s.Correlation.Meta, s.State, s.Episodes, s.Folded, s.Ungrouped, s.Reason); err != nil {
			return err
		}
	}
	for _, one := range res.Rules {
		if err := line(&one.Rule.Meta, one.State, one.Matches, one.Folded, 0, one.Reason); err != nil {
			return err
		}
	}
	for _, one := range f.ruleSet.refused {
		if err := line(&rule.Meta{ID: one.ID, Title: one.Title, File: one.File}, detect.Refused, 0, 0, 0, one.String()); err != nil {
			return err
		}
	}
	f.o.begin(false)
	f.o.text("kind", "summary")
	f.o.number("events", res.Events)
	f.o.number("matched", res.Matched)
	f.o.raw("rules", fmt.Appendf(nil, `{"loaded":%d,"hit":%d,"none":%d,"blind":%d,"refused":%d}`,
		len(res.Rules)+len(res.Correlation), count[detect.Hit], count[detect.None], count[detect.Blind], count[detect.Refused]))
	if f.integrity.trust != nil {
		f.o.raw("holes", holesJSON(f.holes))
	}
	return f.out.write(f.o.end())
}
