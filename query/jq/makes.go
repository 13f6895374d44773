package jq

import "slices"

// outcome is what an expression gives of its input.
type outcome int

const (
	outVerdict outcome = iota // true, false, null or nothing
	outInput                  // its input, or nothing
	outOther
)

// Makes reports whether the program may give anything but verdicts on events and
// the events themselves.
func (p *Program) Makes() bool {
	return p.mode == ModeDocument || p.mode == ModeInputs || outcomeOf(p.body, 0) == outOther
}

// judging are builtins that give true or false.
var judging = []string{"not/0", "test/1", "test/2", "any/0", "any/1", "any/2", "all/0", "all/1", "all/2", "contains/1", "inside/1", "startswith/1",
	"endswith/1", "has/1", "in/1", "IN/1", "IN/2", "empty/0", "isvalid/1", "isnan/0", "isinfinite/0", "isnormal/0"}

var comparisons = []string{"==", "!=", "<", "<=", ">", ">="}

func outcomeOf(e *Expr, depth int) outcome {
	if depth > maxInline {
		return outOther
	}
	depth++
	switch e.Op {
	case OpIdentity:
		return outInput
	case OpAnd, OpOr:
		return outVerdict
	case OpLiteral:
		if k := e.Value.Kind(); k == True || k == False || k == Null {
			return outVerdict
		}
	case OpBinary:
		if slices.Contains(comparisons, e.Name) {
			return outVerdict
		}
	case OpPipe:
		if last := outcomeOf(e.Kids[1], depth); last != outInput {
			return last
		}
		return outcomeOf(e.Kids[0], depth)
	case OpComma, OpAlt:
		return max(outcomeOf(e.Kids[0], depth), outcomeOf(e.Kids[1], depth))
	case OpIf:
		if e.Kids[2] == nil {
			return max(outInput, outcomeOf(e.Kids[1], depth))
		}
		return max(outcomeOf(e.Kids[1], depth), outcomeOf(e.Kids[2], depth))
	case OpTry:
		if e.Kids[1] == nil {
			return outcomeOf(e.Kids[0], depth)
		}
	case OpBind:
		return outcomeOf(e.Kids[1], depth)
	case OpCall:
		return outcomeOf(e.Func.Body, depth)
	case OpBuiltin:
		switch {
		case e.Name == "select/1":
			return outInput
		case slices.Contains(judging, e.Name):
			return outVerdict
		}
	}
	return outOther
}
