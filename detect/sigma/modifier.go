package sigma

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"ctlog/detect/expr"
)

// item is one line of a detection: a field, modifiers and values.
type item struct {
	at     *node
	field  string // "" for keywords
	mods   []string
	values []value

	all, neq, cased       bool
	exists, cidr, compare bool
	order                 expr.Order
	clock                 expr.Clock
	part                  bool
	fieldref              bool
	side                  [2]bool // a wildcard in front, behind: of regular expressions and fields
	flags                 string  // of regular expressions
}

// modifiers are what each does.
var modifiers = map[string]func(*item) error{
	"contains":   func(it *item) error { return it.wildcards(true, true) },
	"startswith": func(it *item) error { return it.wildcards(false, true) },
	"endswith":   func(it *item) error { return it.wildcards(true, false) },
	"all":        func(it *item) error { it.all = true; return nil },
	"neq":        func(it *item) error { it.neq = true; return nil },
	"cased":      func(it *item) error { it.cased = true; return nil },
	"exists":     func(it *item) error { it.exists = true; return it.alone("exists") },
	"cidr":       func(it *item) error { it.cidr = true; return it.alone("cidr") },
	"fieldref":   func(it *item) error { return nil },
	"expand":     (*item).expand,
	"windash":    func(it *item) error { return it.each("windash", windash) },
	"wide": func(it *item) error {
		return it.each("wide", func(s string) ([]string, error) { return []string{utf16Text(s, false)}, nil })
	},
	"utf16le": func(it *item) error {
		return it.each("utf16le", func(s string) ([]string, error) { return []string{utf16Text(s, false)}, nil })
	},
	"utf16be": func(it *item) error {
		return it.each("utf16be", func(s string) ([]string, error) { return []string{utf16Text(s, true)}, nil })
	},
	"utf16": func(it *item) error {
		return it.each("utf16", func(s string) ([]string, error) { return []string{"\xff\xfe" + utf16Text(s, false)}, nil })
	},
	"base64":       func(it *item) error { return it.each("base64", base64Text) },
	"base64offset": func(it *item) error { return it.each("base64offset", base64Offsets) },
	"re":           func(it *item) error { return it.first("re") },
	"i":            func(it *item) error { return it.flag("i") },
	"ignorecase":   func(it *item) error { return it.flag("i") },
	"m":            func(it *item) error { return it.flag("m") },
	"multiline":    func(it *item) error { return it.flag("m") },
	"s":            func(it *item) error { return it.flag("s") },
	"dotall":       func(it *item) error { return it.flag("s") },
	"lt":           func(it *item) error { return it.ordered(expr.Less) },
	"lte":          func(it *item) error { return it.ordered(expr.LessOrEqual) },
	"gt":           func(it *item) error { return it.ordered(expr.Greater) },
	"gte":          func(it *item) error { return it.ordered(expr.GreaterOrEqual) },
	"minute":       func(it *item) error { return it.clocked(expr.Minute) },
	"hour":         func(it *item) error { return it.clocked(expr.Hour) },
	"day":          func(it *item) error { return it.clocked(expr.Day) },
	"week":         func(it *item) error { return it.clocked(expr.Week) },
	"month":        func(it *item) error { return it.clocked(expr.Month) },
	"year":         func(it *item) error { return it.clocked(expr.Year) },
}

// modify applies the modifiers in their order.
func (it *item) modify() error {
	it.fieldref = slices.Contains(it.mods, "fieldref")
	for _, name := range it.mods {
		apply := modifiers[name]
		if apply == nil {
			return wrong(it.at, "unknown modifier %q", name)
		}
		if err := apply(it); err != nil {
			return err
		}
	}
	return nil
}

// regex reports whether the values are regular expressions.
func (it *item) regex() bool { return slices.Contains(it.mods, "re") }

// alone: a modifier that says what its values are goes with few others.
func (it *item) alone(name string) error {
	for _, m := range it.mods {
		if m != name && m != "all" && m != "neq" {
			return wrong(it.at, "the modifiers %s and %s do not go together", name, m)
		}
	}
	if it.field == "" {
		return wrong(it.at, "the modifier %s needs a field", name)
	}
	return nil
}

func (it *item) first(name string) error {
	if it.mods[0] != name {
		return wrong(it.at, "the modifier %s has to come first", name)
	}
	return nil
}

// wildcards puts stars around the values.
func (it *item) wildcards(front, behind bool) error {
	if it.exists || it.cidr || it.compare || it.part {
		return wrong(it.at, "wildcards on a value that is not text")
	}
	it.side = [2]bool{it.side[0] || front, it.side[1] || behind}
	for i := range it.values {
		v := &it.values[i]
		switch {
		case v.kind == nullValue:
			return wrong(v.at, "null has no text to be searched")
		case v.kind == regexValue || it.fieldref:
			continue
		}
		v.kind = textValue
		if front {
			v.pieces = append([]expr.Piece{expr.AnyMany}, v.pieces...)
		}
		if behind {
			v.pieces = append(slices.Clip(v.pieces), expr.AnyMany)
		}
	}
	return nil
}

// each replaces the literals of every value.
func (it *item) each(name string, f func(string) ([]string, error)) error {
	var out []value
	for _, v := range it.values {
		if v.kind != textValue && v.kind != numberValue {
			return wrong(v.at, "the modifier %s needs text", name)
		}
		variants := [][]expr.Piece{nil}
		for _, p := range v.pieces {
			texts := []string{""}
			if p.Text != "" {
				var err error
				if texts, err = f(p.Text); err != nil {
					return wrong(v.at, "%s", err)
				}
			} else if strings.HasPrefix(name, "base64") {
				return wrong(v.at, "the modifier %s and wildcards do not go together", name)
			}
			variants = product(variants, p, texts)
		}
		if len(variants) > maxVariants {
			return wrong(v.at, "the modifier %s makes more than %d values of it", name, maxVariants)
		}
		for _, pieces := range variants {
			out = append(out, value{kind: textValue, raw: v.raw, pieces: pieces, at: v.at})
		}
	}
	it.values = out
	return nil
}

// maxVariants is what one value may become: three dashes with five forms each.
const maxVariants = 125

func product(heads [][]expr.Piece, p expr.Piece, texts []string) (out [][]expr.Piece) {
	for _, head := range heads {
		for _, text := range texts {
			p.Text = text
			if out = append(out, append(slices.Clone(head), p)); len(out) > maxVariants {
				return out
			}
		}
	}
	return out
}

// dashes are what programs take for a dash before an option.
var dashes = []string{"-", "/", "\u2013", "\u2014", "\u2015"}

// windash gives all spellings of dashes before words.
func windash(s string) ([]string, error) {
	out := []string{""}
	runes := []rune(s)
	for i, r := range runes {
		forms := []string{string(r)}
		if (r == '-' || r == '/') && (i == 0 || !isWord(runes[i-1])) && i+1 < len(runes) && isWord(runes[i+1]) {
			forms = dashes
		}
		var next []string
		for _, head := range out {
			for _, f := range forms {
				next = append(next, head+f)
			}
		}
		if out = next; len(out) > maxVariants {
			return nil, fmt.Errorf("windash with more than three dashes; write them as values of their own")
		}
	}
	return out, nil
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func utf16Text(s string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func base64Text(s string) ([]string, error) {
	return []string{base64.StdEncoding.EncodeToString([]byte(s))}, nil
}

// base64Offsets gives how s looks in base64 behind no, one or two bytes: only
// the characters that nothing around s decides.
func base64Offsets(s string) (out []string, _ error) {
	start, end := [3]int{0, 2, 3}, [3]int{0, 3, 2}
	for i := range 3 {
		all := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + s))
		if to := len(all) - end[(len(s)+i)%3]; start[i] < to {
			out = append(out, all[start[i]:to])
		}
	}
	if len(out) < 3 {
		return nil, fmt.Errorf("%q is too short for base64offset", s)
	}
	return out, nil
}

var placeholder = regexp.MustCompile(`%[^%\s]+%`)

// expand: what placeholders stand for is a matter of the user's, and is not
// known here.
func (it *item) expand() error {
	for _, v := range it.values {
		if p := placeholder.FindString(v.raw); p != "" {
			return wrong(v.at, "the placeholder %s has no values here; write them into the rule", p)
		}
	}
	return nil
}

func (it *item) flag(f string) error {
	if !it.regex() {
		return wrong(it.at, "the modifier %s is for regular expressions", f)
	}
	if !strings.Contains(it.flags, f) {
		it.flags += f
	}
	return nil
}

func (it *item) ordered(o expr.Order) error {
	if it.compare {
		return wrong(it.at, "two comparisons of one value")
	}
	it.compare, it.order = true, o
	return it.numbers()
}

func (it *item) clocked(c expr.Clock) error {
	if it.part {
		return wrong(it.at, "two parts of one time")
	}
	it.part, it.clock = true, c
	return it.numbers()
}

func (it *item) numbers() error {
	if it.field == "" {
		return wrong(it.at, "numbers are compared with a field")
	}
	for _, v := range it.values {
		if _, ok := v.number(); !ok || v.kind == boolValue || v.kind == nullValue {
			return wrong(v.at, "%q is not a number", v.raw)
		}
	}
	return nil
}

// compile makes the item's regular expression of a value.
func (it *item) compile(v value) (*regexp.Regexp, error) {
	text := v.raw
	switch {
	case it.side == [2]bool{false, true}:
		text = "^(?:" + text + ")"
	case it.side == [2]bool{true, false}:
		text = "(?:" + text + ")$"
	}
	if it.flags != "" {
		text = "(?" + it.flags + ")" + text
	}
	if len(text) > maxRegex {
		return nil, wrong(v.at, "a regular expression longer than %d bytes", maxRegex)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, wrong(v.at, "the regular expression: %s", regexReason(v.raw, err))
	}
	return re, nil
}

// maxRegex bounds a regular expression; the package regexp bounds what it may
// repeat.
const maxRegex = 16 << 10

var unsupported = []struct {
	find *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`\(\?<?[=!]`), "look-around"},
	{regexp.MustCompile(`\\[1-9]|\\k<|\(\?P=`), "back-references"},
	{regexp.MustCompile(`\(\?>`), "atomic groups"},
	{regexp.MustCompile(`[*+?}]\+`), "possessive quantifiers"},
}

// regexReason names what RE2 leaves out.
func regexReason(text string, err error) string {
	for _, u := range unsupported {
		if m := u.find.FindString(text); m != "" {
			return fmt.Sprintf("%s (%s) would take time without bound and is not supported", u.name, m)
		}
	}
	if e, ok := err.(*syntax.Error); ok {
		return fmt.Sprintf("%s: %s", e.Code, e.Expr)
	}
	return err.Error()
}

// tests gives what is asked for one value.
func (it *item) test(v value) (*expr.Node, error) {
	t := &expr.Test{}
	if it.field != "" {
		t.Path = expr.NewPath(it.field)
	}
	switch {
	case it.exists:
		return it.existence(t, v)
	case it.fieldref:
		return it.reference(t, v)
	case it.cidr:
		p, err := network(v.raw)
		if err != nil {
			return nil, wrong(v.at, "%q is not a network; write 203.0.113.0/24", v.raw)
		}
		t.Kind, t.Prefix = expr.Network, p
		return expr.One(t), nil
	case it.compare || it.part:
		t.Kind, t.Order, t.Clock = expr.Compare, it.order, it.clock
		if it.part {
			t.Kind = expr.Part
		}
		t.Decimal, _ = v.number()
		return expr.One(t), nil
	case v.kind == regexValue:
		re, err := it.compile(v)
		if err != nil {
			return nil, err
		}
		t.Kind, t.Regexp, t.Needle = expr.Regex, re, []byte(expr.Needle(re))
		return expr.One(t), nil
	case v.kind == nullValue:
		if it.field == "" {
			return nil, wrong(v.at, "null is no keyword")
		}
		t.Kind = expr.Null
		return expr.One(t), nil
	}
	return it.like(t, v)
}

// like compares text. Keywords are sought within it.
func (it *item) like(t *expr.Test, v value) (*expr.Node, error) {
	pieces := v.pieces
	for _, p := range pieces {
		if !utf8.ValidString(p.Text) {
			return nil, wrong(v.at, "UTF-16 of other than ASCII can only be sought as base64")
		}
	}
	if it.field == "" {
		if len(pieces) == 0 {
			return nil, wrong(v.at, "an empty keyword")
		}
		pieces = append(append([]expr.Piece{expr.AnyMany}, pieces...), expr.AnyMany)
	}
	t.Pattern = expr.NewPattern(pieces, it.cased, v.kind == numberValue && it.field != "")
	return expr.One(t), nil
}

func (it *item) existence(t *expr.Test, v value) (*expr.Node, error) {
	t.Kind = expr.Exists
	switch strings.ToLower(v.raw) {
	case "true", "yes":
		return expr.One(t), nil
	case "false", "no":
		return expr.Not(expr.One(t)), nil
	}
	return nil, wrong(v.at, "exists takes true or false, not %q", v.raw)
}

func (it *item) reference(t *expr.Test, v value) (*expr.Node, error) {
	other, ok := v.literal()
	if !ok || other == "" || it.field == "" || v.kind != textValue {
		return nil, wrong(v.at, "fieldref needs the name of another field")
	}
	t.Kind, t.Other, t.Cased = expr.Same, expr.NewPath(other), it.cased
	switch it.side {
	case [2]bool{false, true}:
		t.Side = expr.Front
	case [2]bool{true, false}:
		t.Side = expr.Back
	case [2]bool{true, true}:
		t.Side = expr.Inside
	}
	return expr.One(t), nil
}

// network reads a network or an address; IPv4 in IPv6 is IPv4.
func network(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		a = a.WithZone("").Unmap()
		return netip.PrefixFrom(a, a.BitLen()), err
	}
	p, err := netip.ParsePrefix(s)
	if err == nil && p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked(), nil
	}
	return p.Masked(), err
}
