package expr

import (
	"strconv"
	"strings"
)

// Path leads from an event to values.
type Path struct {
	Text  string // as it is written in rules
	Steps []Step
	// Strict paths do not lead through arrays unless a step says so.
	Strict bool
}

// StepKind is where a Step leads.
type StepKind int

// The kinds of steps.
const (
	Member      StepKind = iota // the member of that name
	Element                     // the element of that number, from 0
	EachElement                 // every element
	EachMember                  // every member
)

// Step is one step of a Path.
type Step struct {
	Kind StepKind
	Name string
	At   int
}

// NewPath makes the path of a field as rules write it: names with dots between
// them.
func NewPath(field string) *Path {
	p := &Path{Text: field}
	for name := range strings.SplitSeq(field, ".") {
		p.Steps = append(p.Steps, Step{Name: name})
	}
	return p
}

// Dotted is the path as a rule of Sigma writes it; filter patterns have a $ in
// front.
func (p *Path) Dotted() string { return strings.TrimPrefix(p.Text, "$.") }

// Top is the name of the event's member that the path goes through.
func (p *Path) Top() (name string, ok bool) {
	if len(p.Steps) == 0 || p.Steps[0].Kind != Member {
		return "", false
	}
	return p.Steps[0].Name, true
}

// Key tells paths apart.
func (p *Path) Key() string {
	if p == nil {
		return "anywhere"
	}
	var b strings.Builder
	b.WriteString(strconv.FormatBool(p.Strict))
	for _, s := range p.Steps {
		b.WriteString(strconv.Itoa(int(s.Kind)))
		b.WriteString(strconv.Itoa(s.At))
		b.WriteString(strconv.Quote(s.Name))
	}
	return b.String()
}
