package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"ctlog/detect"
	"ctlog/detect/rule"
	"ctlog/internal/term"
	"ctlog/output"
)

// Findings is what detection rules found, as it is to be told.
type Findings struct {
	Results *detect.Results
	Refused []rule.Refusal
	Pending int                         // rules that were left out by their level and the like
	All     bool                        // list what was not found too
	Style   term.Style                  // colour
	Located func(address string) string // an address with where it is; nil without a database
	Holes   []detect.Hole               // hours of which logs are missing or altered
	Width   int                         // columns of the terminal, 0 when it is none
}

// WriteFindings writes a block for every rule that found something, the gravest
// first; rules that are met by much of everything come last, a line each.
func WriteFindings(w io.Writer, f *Findings) error {
	p := &findings{Findings: f, w: bufio.NewWriter(w)}
	var blocks, broad []finding
	for _, one := range p.hits() {
		if one.broad(f.Results.Events) {
			broad = append(broad, one)
		} else {
			blocks = append(blocks, one)
		}
	}
	for _, b := range blocks {
		p.block(&b)
	}
	p.broadly(broad)
	p.rest()
	return p.w.Flush()
}

type findings struct {
	*Findings
	w     *bufio.Writer
	begun bool
}

// finding is what one rule or correlation found.
type finding struct {
	meta   *rule.Meta
	rule   *detect.Finding
	series *detect.Series
}

func (f *finding) first() int64 {
	if f.series != nil {
		return f.series.First
	}
	return f.rule.First
}

// Rules are broad that hit over a hundredth of all events, but not for a
// handful, or so many principals.
const (
	broadShare      = 100
	broadEvents     = 10
	broadPrincipals = 10
)

func (f *finding) broad(events int64) bool {
	if f.rule == nil {
		return false
	}
	shown := f.rule.Matches - f.rule.Folded
	return shown >= broadEvents && shown*broadShare > events || len(f.rule.Who.Values) >= broadPrincipals
}

// hits are all that found something which is not folded, the gravest first.
func (p *findings) hits() (all []finding) {
	for i := range p.Results.Correlation {
		if s := &p.Results.Correlation[i]; s.Episodes > s.Folded {
			all = append(all, finding{meta: &s.Correlation.Meta, series: s})
		}
	}
	for i := range p.Results.Rules {
		if r := &p.Results.Rules[i]; r.Matches > r.Folded {
			all = append(all, finding{meta: &r.Rule.Meta, rule: r})
		}
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(cmp.Compare(b.meta.Level, a.meta.Level), cmp.Compare(a.first(), b.first()), strings.Compare(a.meta.Title, b.meta.Title))
	})
	return all
}

func (p *findings) line(format string, args ...any) {
	fmt.Fprintf(p.w, "%s\n", strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// hang writes a line; on a terminal what does not fit goes below, indented. Words
// stay whole, so that paths and IDs can be copied.
func (p *findings) hang(indent int, text string) {
	at := 0
	for i, word := range strings.Split(text, " ") {
		n := output.Width(paint.ReplaceAllString(word, ""))
		switch {
		case i == 0:
		case p.Width > 0 && at+1+n > p.Width && at > indent:
			fmt.Fprint(p.w, "\n", strings.Repeat(" ", indent))
			at = indent
		default:
			fmt.Fprint(p.w, " ")
			at++
		}
		fmt.Fprint(p.w, word)
		at += n
	}
	fmt.Fprintln(p.w)
}

// paint is what colours a text.
var paint = regexp.MustCompile("\x1b\\[[0-9;]*m")

// behindLabel is where the text of a field begins.
const behindLabel = 11

// field is a line of a block: a label, and parts of which the others are in
// lines of their own.
func (p *findings) field(label string, parts ...string) {
	for i, part := range parts {
		if i > 0 {
			label = ""
		}
		p.hang(behindLabel, fmt.Sprintf("  %-8s %s", label, part))
	}
}

func (p *findings) level(l rule.Level) string {
	name := strings.ToUpper(l.String())
	switch {
	case l >= rule.High:
		return p.Style.Error(name)
	case l == rule.Medium:
		return p.Style.Warn(name)
	}
	return name
}

func (p *findings) block(f *finding) {
	if p.begun {
		p.line("")
	}
	p.begun = true
	title := p.level(f.meta.Level) + "  " + p.Style.Bold(term.Escape(f.meta.Title))
	if t := f.meta.Techniques(); len(t) > 0 {
		title += "  " + strings.Join(t, " ")
	}
	p.hang(2, title)
	if f.rule != nil {
		p.matches(f.rule)
	} else {
		p.episodes(f.series)
	}
	p.field("rule", p.origin(f.meta))
}

// origin is who wrote a rule and where it is.
func (p *findings) origin(m *rule.Meta) string {
	text := m.File
	if m.Pack != "" {
		text = m.Pack + " " + m.File
	}
	if m.Author != "" {
		text = "by " + m.Author + "; " + text
	}
	if m.ID != "" {
		text += " (" + m.ID + ")"
	}
	return term.Escape(text)
}

// named is how many values of a kind a block names.
const named = 5

func (p *findings) matches(f *detect.Finding) {
	n := f.Matches - f.Folded
	text := fmt.Sprintf("%s by %s, %s", term.Plural(n, "event"), term.Plural(len(f.Who.Values), "principal"), span(f.First, f.Last))
	if f.Folded > 0 {
		text += fmt.Sprintf("; %s more known from the baseline", term.Count(f.Folded))
	}
	p.field("events", text)
	p.counts("who", f.Who, nil)
	p.counts("from", f.From, p.Located)
	p.counts("what", f.What, nil)
	if len(f.Accounts.Values) > 1 {
		p.counts("accounts", f.Accounts, nil)
	}
	var places []string
	for _, m := range f.Samples {
		places = append(places, p.sample(&m))
	}
	p.field("first in", places...)
}

func (p *findings) sample(m *detect.Match) string {
	text := fmt.Sprintf("%s, event %d", m.File, m.Index+1)
	if m.ID != "" {
		text += ", " + m.ID
	}
	if m.Integrity != "" {
		text += ", " + m.Integrity
	}
	return term.Escape(text)
}

func (p *findings) counts(label string, c detect.Counts, shown func(string) string) {
	var parts []string
	for _, v := range c.Values[:min(len(c.Values), named)] {
		text := v.Value
		if shown != nil {
			text = shown(text)
		}
		parts = append(parts, fmt.Sprintf("%s ×%s", term.Escape(text), term.Count(v.Count)))
	}
	if more := len(c.Values) - named; more > 0 {
		parts = append(parts, "and "+term.Count(int64(more))+" more")
	}
	if label != "who" {
		parts = []string{strings.Join(parts, ", ")}
	}
	if len(c.Values) > 0 {
		p.field(label, parts...)
	}
}

func (p *findings) episodes(s *detect.Series) {
	text := fmt.Sprintf("%s of %s, %s", term.Plural(s.Episodes-s.Folded, "episode"), term.Plural(s.Groups, "group"), span(s.First, s.Last))
	if s.Folded > 0 {
		text += fmt.Sprintf("; %s more known from the baseline", term.Count(s.Folded))
	}
	p.field("found", text)
	for _, e := range s.Samples {
		p.field("when", p.episode(&e))
		p.doubt(&e)
		for _, g := range e.Group {
			p.hang(behindLabel+2, fmt.Sprintf("  %-8s   %s: %s", "", term.Escape(g.Field), term.Escape(g.Text)))
		}
	}
	if more := s.Episodes - s.Folded - int64(len(s.Samples)); more > 0 {
		p.field("", "and "+term.Count(more)+" more; -o jsonl has them all")
	}
}

func (p *findings) episode(e *detect.Episode) string {
	text := fmt.Sprintf("%s, %s", span(e.From, e.To), term.Plural(e.Count, "event"))
	if e.Value != "" && e.Correlation.Type != rule.EventCount && !e.Correlation.Type.Ordinal() {
		text += fmt.Sprintf(", %s of %s %s", strings.TrimPrefix(string(e.Correlation.Type), "value_"), term.Escape(strings.Join(e.Correlation.Threshold.Fields, "+")), e.Value)
	}
	if len(e.Events) > 0 {
		text += ", from " + term.Escape(e.Events[0])
	}
	return text
}

// doubt says what of an episode is not proven, and what more of it there may have
// been.
func (p *findings) doubt(e *detect.Episode) {
	if e.Unproven > 0 {
		p.field("", fmt.Sprintf("%s of them in files that are not proven", term.Count(e.Unproven)))
	}
	holes := detect.Touching(p.Holes, e.From, e.To)
	for _, h := range holes[:min(len(holes), someHoles)] {
		p.field("", "it may be larger: "+term.Escape(h.String()))
	}
	if more := len(holes) - someHoles; more > 0 {
		p.field("", fmt.Sprintf("and %s more stretches of time like that", term.Count(int64(more))))
	}
}

// someHoles is how many are named in one place.
const someHoles = 3

// Doubt says in a sentence that what was not found may have been there all the
// same, "" when nothing is missing.
func Doubt(holes []detect.Hole) string {
	if len(holes) == 0 {
		return ""
	}
	hours := int64(0)
	for i := range holes {
		hours += holes[i].Hours()
	}
	return fmt.Sprintf("logs of %s are missing, altered or not read, so it may have been there", term.Plural(hours, "hour"))
}

// missing says which hours are not all there, for what was not found.
func (p *findings) missing() {
	if len(p.Holes) == 0 {
		return
	}
	p.line("")
	p.hang(0, "Logs of these hours are missing, altered or not read; what was not found may have been in them:")
	shown := p.Holes
	if !p.All {
		shown = shown[:min(len(shown), 2*someHoles)]
	}
	for _, h := range shown {
		p.hang(4, "  "+term.Escape(h.String()))
	}
	if more := len(p.Holes) - len(shown); more > 0 {
		p.line("  and %s more; --all-rules lists them", term.Count(int64(more)))
	}
}

// span is a time, or two.
func span(first, last int64) string {
	switch {
	case first == detect.NoTime:
		return "without a time"
	case first == last:
		return detect.Time(first).Format(time.RFC3339)
	}
	return detect.Time(first).Format(time.RFC3339) + " to " + detect.Time(last).Format(time.RFC3339)
}

// broadly lists rules that are met by much.
func (p *findings) broadly(list []finding) {
	if len(list) == 0 {
		return
	}
	if p.begun {
		p.line("")
	}
	p.begun = true
	p.line("%s", p.Style.Bold(fmt.Sprintf("Broad: rules that hit over 1 %% of all events, or %d principals or more", broadPrincipals)))
	for _, f := range list {
		by := ""
		if f.meta.Author != "" {
			by = ", by " + term.Escape(f.meta.Author)
		}
		p.hang(16, fmt.Sprintf("  %-13s %s: %s by %s%s", f.meta.Level, term.Escape(f.meta.Title), term.Plural(f.rule.Matches-f.rule.Folded, "event"), term.Plural(len(f.rule.Who.Values), "principal"), by))
	}
}

// rest counts what was not found, and what could not be.
func (p *findings) rest() {
	var none, blind, folded []string
	tell := func(m *rule.Meta, state detect.State, reason string, all bool) {
		switch line := term.Escape(m.Title); {
		case state == detect.None:
			none = append(none, line)
		case state == detect.Blind:
			blind = append(blind, line+": "+term.Escape(reason))
		case all:
			folded = append(folded, line)
		}
	}
	for _, s := range p.Results.Correlation {
		tell(&s.Correlation.Meta, s.State, s.Reason, s.Folded == s.Episodes)
	}
	for _, r := range p.Results.Rules {
		tell(&r.Rule.Meta, r.State, r.Reason, r.Folded == r.Matches)
	}
	var refused []string
	for _, r := range p.Refused {
		refused = append(refused, term.Escape(r.String()))
	}
	if p.begun {
		p.line("")
	}
	p.hang(0, p.summary(len(none), len(blind), len(folded), len(refused)))
	p.missing()
	if !p.All {
		return
	}
	p.list("not found", none)
	p.list("blind", blind)
	p.list("known from the baseline", folded)
	p.list("refused", refused)
}

func (p *findings) summary(none, blind, folded, refused int) string {
	parts := []string{"every rule that was run found something"}
	if none > 0 || blind+folded > 0 {
		parts[0] = fmt.Sprintf("%s looked for and not found", term.Plural(none, "rule"))
	}
	if blind > 0 {
		parts = append(parts, fmt.Sprintf("%s blind: no event here has what they need", term.Count(int64(blind))))
	}
	if folded > 0 {
		parts = append(parts, fmt.Sprintf("%s found only what the baseline has", term.Count(int64(folded))))
	}
	if refused > 0 {
		parts = append(parts, fmt.Sprintf("%s could not be loaded", term.Count(int64(refused))))
	}
	if p.Pending > 0 {
		parts = append(parts, fmt.Sprintf("%s not asked for by level, status, tag or name", term.Count(int64(p.Pending))))
	}
	text := strings.Join(parts, "; ") + "."
	text = strings.ToUpper(text[:1]) + text[1:]
	if !p.All && none+blind+folded+refused > 0 {
		text += " --all-rules lists them."
	}
	return text
}

func (p *findings) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.line("")
	p.line("%s", p.Style.Bold(title))
	slices.Sort(lines)
	for _, l := range lines {
		p.hang(4, "  "+l)
	}
}
