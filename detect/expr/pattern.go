package expr

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Piece is a part of a Pattern: literal text or, where Text is empty, a wildcard.
type Piece struct {
	Text string
	Many bool // any text; without it any one character
}

// Pattern is text with wildcards, which has to be matched as a whole. Make one
// with NewPattern.
type Pattern struct {
	Pieces []Piece
	Cased  bool // the case of letters matters
	Number bool // it was written as a number, not as text

	shape   shape
	text    []byte  // of all shapes but the last two, folded unless cased
	runs    []run   // of shapeRuns: what is between the stars
	open    [2]bool // of shapeRuns: a star in front, behind
	decimal Decimal // of shapeExact, when it reads as a number
	numeric bool
}

// shape is how a pattern is matched.
type shape int

const (
	shapeExact shape = iota
	shapePrefix
	shapeSuffix
	shapeContains
	shapeAnything
	shapeRuns
)

// run is text and single characters of which any will do, without a star.
type run struct {
	pieces []Piece // folded unless cased
	runes  int
}

// NewPattern makes a pattern of pieces.
func NewPattern(pieces []Piece, cased, number bool) *Pattern {
	p := &Pattern{Pieces: joined(pieces), Cased: cased, Number: number}
	p.compile()
	return p
}

// Literal is a pattern without wildcards.
func Literal(text string) *Pattern {
	if text == "" {
		return NewPattern(nil, false, false)
	}
	return NewPattern([]Piece{{Text: text}}, false, false)
}

// joined puts neighbouring texts and neighbouring stars together.
func joined(pieces []Piece) (out []Piece) {
	for _, p := range pieces {
		last := len(out) - 1
		switch {
		case last >= 0 && p.Text != "" && out[last].Text != "":
			out[last].Text += p.Text
		case last >= 0 && p.Many && out[last].Many:
		default:
			out = append(out, p)
		}
	}
	return out
}

// The wildcards: one character, and any text.
var (
	AnyOne  = Piece{}
	AnyMany = Piece{Many: true}
)

func (p *Pattern) compile() {
	folded := make([]Piece, len(p.Pieces))
	kinds := ""
	for i, piece := range p.Pieces {
		if !p.Cased {
			piece.Text = string(fold(nil, piece.Text))
		}
		folded[i] = piece
		switch {
		case piece.Text != "":
			kinds += "t"
			p.text = []byte(piece.Text)
		case piece.Many:
			kinds += "*"
		default:
			kinds += "?"
		}
	}
	shape, simple := shapes[kinds]
	if p.shape = shape; !simple {
		p.shape, p.text = shapeRuns, nil
		p.split(folded)
	}
	if p.shape == shapeExact {
		p.decimal, p.numeric = ParseDecimal([]byte(p.Literal()))
	}
}

var shapes = map[string]shape{"": shapeExact, "t": shapeExact, "t*": shapePrefix, "*t": shapeSuffix, "*t*": shapeContains, "*": shapeAnything}

// split cuts the pieces at the stars.
func (p *Pattern) split(pieces []Piece) {
	last := len(pieces) - 1
	p.open = [2]bool{pieces[0].Many, pieces[last].Many}
	var now run
	for _, piece := range pieces {
		if !piece.Many {
			now.pieces = append(now.pieces, piece)
			now.runes += max(1, utf8.RuneCountInString(piece.Text))
		} else if now.runes > 0 {
			p.runs = append(p.runs, now)
			now = run{}
		}
	}
	if now.runes > 0 {
		p.runs = append(p.runs, now)
	}
}

// Literal gives the text of a pattern without wildcards, "" for one with.
func (p *Pattern) Literal() string {
	if len(p.Pieces) == 1 {
		return p.Pieces[0].Text
	}
	return ""
}

// Exact reports whether the pattern has no wildcards.
func (p *Pattern) Exact() bool { return p.shape == shapeExact }

// Numeric reports whether the pattern reads as a number, and is compared as one.
func (p *Pattern) Numeric() bool { return p.numeric }

// Longest is the longest literal in the pattern, as it is written.
func (p *Pattern) Longest() (text string) {
	for _, piece := range p.Pieces {
		if len(piece.Text) > len(text) {
			text = piece.Text
		}
	}
	return text
}

// matches reports whether the pattern matches text, which is folded unless the
// pattern is cased.
func (p *Pattern) matches(text []byte) bool {
	switch p.shape {
	case shapeExact:
		return bytes.Equal(text, p.text)
	case shapePrefix:
		return bytes.HasPrefix(text, p.text)
	case shapeSuffix:
		return bytes.HasSuffix(text, p.text)
	case shapeContains:
		return bytes.Contains(text, p.text)
	case shapeAnything:
		return true
	}
	return p.matchesRuns(text)
}

func (p *Pattern) matchesRuns(text []byte) bool {
	runs := p.runs
	if !p.open[0] && len(runs) > 0 {
		n := runs[0].at(text)
		if n < 0 {
			return false
		}
		if text = text[n:]; len(runs) == 1 && !p.open[1] {
			return len(text) == 0
		}
		runs = runs[1:]
	}
	var last *run
	if !p.open[1] && len(runs) > 0 {
		last, runs = &runs[len(runs)-1], runs[:len(runs)-1]
	}
	for i := range runs {
		n := runs[i].find(text)
		if n < 0 {
			return false
		}
		text = text[n:]
	}
	return last == nil || last.ends(text)
}

// at gives how many bytes the run takes at the beginning of text, -1 when it is
// not there.
func (r *run) at(text []byte) int {
	n := 0
	for _, piece := range r.pieces {
		if piece.Text != "" {
			if !bytes.HasPrefix(text[n:], []byte(piece.Text)) {
				return -1
			}
			n += len(piece.Text)
			continue
		}
		if n == len(text) {
			return -1
		}
		_, size := utf8.DecodeRune(text[n:])
		n += size
	}
	return n
}

// find gives the place behind the first occurrence of the run, -1 when there is
// none.
func (r *run) find(text []byte) int {
	for from := 0; ; {
		if first := r.pieces[0].Text; first != "" {
			i := bytes.Index(text[from:], []byte(first))
			if i < 0 {
				return -1
			}
			from += i
		}
		if n := r.at(text[from:]); n >= 0 {
			return from + n
		}
		if from == len(text) {
			return -1
		}
		_, size := utf8.DecodeRune(text[from:])
		from += size
	}
}

// ends reports whether text ends with the run.
func (r *run) ends(text []byte) bool {
	from := len(text)
	for range r.runes {
		if from == 0 {
			return false
		}
		_, size := utf8.DecodeLastRune(text[:from])
		from -= size
	}
	return r.at(text[from:]) == len(text)-from
}

func (p *Pattern) key() string {
	return strconv.FormatBool(p.Cased) + strconv.FormatBool(p.Number) + p.quoted()
}

// quoted tells the wildcards from characters.
func (p *Pattern) quoted() string {
	var b strings.Builder
	for _, piece := range p.Pieces {
		switch {
		case piece.Text != "":
			b.WriteString(strconv.Quote(piece.Text))
		case piece.Many:
			b.WriteByte('*')
		default:
			b.WriteByte('?')
		}
	}
	if b.Len() == 0 {
		return `""`
	}
	return b.String()
}

// String writes the pattern down; wildcards stand outside of the quotes.
func (p *Pattern) String() string {
	if p.Cased {
		return p.quoted() + " in this case"
	}
	return p.quoted()
}

// Match reports whether the pattern matches a text.
func (p *Pattern) Match(text string) bool {
	if !p.Cased {
		return p.matches(fold(nil, text))
	}
	return p.matches([]byte(text))
}
