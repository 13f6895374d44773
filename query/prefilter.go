package query

import "ctlog/parse"

// Prefilter asks a plan about a file and then about its events. It belongs to
// one worker.
type Prefilter struct {
	plan  *Plan
	every bool // of every file each event is asked about
	plain bool // nothing in this file hides behind escapes
}

// Prefilter makes the prefilter of one worker; that of a nil Plan skips nothing.
// everyFile is for searches that want what the plan refuses: no file is skipped.
func (p *Plan) Prefilter(everyFile bool) Prefilter { return Prefilter{plan: p, every: everyFile} }

// SkipFile reports that the plan refuses the file as a whole, and that nothing is
// wrong with it. events is how many it has.
func (f *Prefilter) SkipFile(body *parse.Body) (events int, skip bool) {
	if f.plan == nil {
		return 0, false
	}
	content, ok := body.Whole()
	if f.plain = ok && !body.Escaped(); !f.plain || f.every || f.plan.Finds(content) {
		return 0, false
	}
	return body.Count()
}

// SkipEvent reports that the plan refuses the event.
func (f *Prefilter) SkipEvent(raw []byte) bool {
	return f.plan != nil && !f.plan.Finds(raw) && (f.plain || !f.plan.May(raw))
}
