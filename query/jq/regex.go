package jq

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Regular expressions are Go's: linear in time whatever the evidence holds,
// without the look-around and back-references of jq's Oniguruma.

// regex is an expression, or what is wrong with it.
type regex struct {
	*regexp.Regexp
	err error
}

// compiled keeps expressions, which programs repeat for every event.
var compiled sync.Map // of flags + "/" + text to regex

// maxCompiled bounds the cache, which data could fill: test(.field).
const maxCompiled = 1000

var compiledCount struct {
	sync.Mutex
	n int
}

func (r *run) regex(re, flags Value) (*regexp.Regexp, bool, error) {
	if re.kind != String {
		return nil, false, fail("%s cannot be matched, as it is not a string", r.short(re))
	}
	if flags.kind != String && flags.kind != Null {
		return nil, false, fail("%s is not a string", r.short(flags))
	}
	f := ""
	if flags.kind == String {
		f = string(r.str(flags))
	}
	x, err := r.compiled(r.str(re), f)
	return x, strings.Contains(f, "g"), err
}

// compiled looks among the run's own expressions first: asking the map with
// bytes allocates nothing.
func (r *run) compiled(text []byte, flags string) (*regexp.Regexp, error) {
	r.key = append(append(append(r.key[:0], flags...), '/'), text...)
	if x := r.regexes[string(r.key)]; x != nil {
		return x, nil
	}
	key := string(r.key)
	v, ok := compiled.Load(key)
	if !ok {
		x, err := CompileRegex(string(text), flags)
		v = regex{x, err}
		remember(key, v)
	}
	x := v.(regex)
	if x.err == nil {
		if r.regexes == nil || len(r.regexes) > maxCompiled {
			r.regexes = map[string]*regexp.Regexp{}
		}
		r.regexes[key] = x.Regexp
	}
	return x.Regexp, x.err
}

func remember(key string, v any) {
	compiledCount.Lock()
	defer compiledCount.Unlock()
	if compiledCount.n++; compiledCount.n > maxCompiled {
		compiled.Clear()
		compiledCount.n = 1
	}
	compiled.Store(key, v)
}

// CompileRegex compiles an expression with jq's flags: g global, i ignore case, x
// extended, s single line, n skip empty matches, p both s and n, l longest.
func CompileRegex(text, flags string) (*regexp.Regexp, error) {
	source, err := RegexSource(text, flags)
	if err != nil {
		return nil, err
	}
	x, err := regexp.Compile(source)
	if err != nil {
		return nil, fail("%s (at offset 0) is not a valid regex: %s", source, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if strings.Contains(flags, "l") {
		x.Longest()
	}
	return x, nil
}

// RegexSource writes an expression and jq's flags as Go has them.
func RegexSource(text, flags string) (string, error) {
	mode := ""
	for _, f := range flags {
		switch f {
		case 'g', 'n', 'l':
		case 'i':
			mode += "i"
		case 's', 'p':
			mode += "s"
		case 'x':
			text = extended(text)
		default:
			return "", fail("%s is not a valid modifier string", flags)
		}
	}
	if mode != "" {
		text = "(?" + mode + ":" + text + ")"
	}
	return text, nil
}

// extended drops white space and comments, as flag x does.
func extended(s string) string {
	var b strings.Builder
	class, comment := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case comment:
			comment = c != '\n'
			continue
		case c == '\\' && i+1 < len(s):
			b.WriteByte(c)
			i++
			c = s[i]
		case c == '[':
			class = true
		case c == ']':
			class = false
		case !class && c == '#':
			comment = true
			continue
		case !class && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func notMatchable(r *run, in Value) error {
	return fail("%s cannot be matched, as it is not a string", r.short(in))
}

// reArgs reads (re), (re; flags) or ([re, flags]).
func (r *run) reArgs(a []Value) (re, flags Value) {
	re, flags = a[0], null
	if len(a) > 1 {
		return re, a[1]
	}
	if re.kind == Array {
		vals := r.elements(re)
		return at(vals, 0), at(vals, 1)
	}
	return re, flags
}

func test(r *run, in Value, a []Value) (Value, error) {
	if in.kind != String {
		return null, notMatchable(r, in)
	}
	x, _, err := r.regex(r.reArgs(a))
	if err != nil {
		return null, err
	}
	return boolean(x.Match(r.str(in))), nil
}

// matches finds an expression in a string: where it and its groups stand.
func (r *run) matches(in, re, flags Value) (s []byte, x *regexp.Regexp, at [][]int, err error) {
	if in.kind != String {
		return nil, nil, nil, notMatchable(r, in)
	}
	x, global, err := r.regex(re, flags)
	if err != nil {
		return nil, nil, nil, err
	}
	n := 1
	if global {
		n = -1
	}
	s = r.str(in)
	at = x.FindAllSubmatchIndex(s, n)
	if flags.kind == String && bytes.ContainsAny(r.str(flags), "np") {
		at = slices.DeleteFunc(at, func(loc []int) bool { return loc[0] == loc[1] })
	}
	return s, x, at, nil
}

// matching gives the array of matches, of which special makes a stream.
func matching(r *run, in Value, a []Value) (Value, error) {
	re, flags := r.reArgs(a)
	s, x, at, err := r.matches(in, re, flags)
	out, before := make([]Value, len(at)), runes{}
	for i, loc := range at {
		out[i] = matchObject(s, loc, x.SubexpNames(), before.to(s, loc[0]))
	}
	return list(out), err
}

// matchObject describes a match before which there are so many code points.
func matchObject(s []byte, loc []int, names []string, before float64) Value {
	var captures []Value
	for i := 1; i < len(names); i++ {
		name := null
		if names[i] != "" {
			name = text(names[i])
		}
		o, l, t := span(s, loc[0], loc[2*i], loc[2*i+1], before)
		captures = append(captures, object([]string{"offset", "length", "string", "name"}, []Value{o, l, t, name}))
	}
	o, l, t := span(s, loc[0], loc[0], loc[1], before)
	return object([]string{"offset", "length", "string", "captures"}, []Value{o, l, t, list(captures)})
}

// span gives offset and length in code points, which are counted from start on; a
// group that took no part is at -1 with null.
func span(s []byte, start, from, to int, before float64) (offset, length, str Value) {
	if from < 0 {
		return number(-1), number(0), null
	}
	offset = number(before + float64(utf8.RuneCount(s[start:from])))
	return offset, number(float64(utf8.RuneCount(s[from:to]))), textBytes(s[from:to])
}

// substitute is sub and gsub, which adds a flag. Where str gives several values,
// each makes a text of its own, as in jq 1.7.
func substitute(re, str, flags *node, added string) *node {
	flags = binary(flags, constant(text(added)), add)
	return &node{many: func(r *run, e *env, in Value, f yield) error {
		return re.each(r, e, in, func(re Value) error {
			return flags.each(r, e, in, func(flags Value) error {
				texts, err := r.substituted(e, in, re, flags, str)
				for _, t := range texts {
					if err := f(textBytes(t)); err != nil {
						return err
					}
				}
				return err
			})
		})
	}}
}

func (r *run) substituted(e *env, in, re, flags Value, str *node) (texts [][]byte, err error) {
	s, x, at, err := r.matches(in, re, flags)
	if err != nil {
		return nil, err
	}
	end := 0 // of the match before
	for _, loc := range at {
		i, gap := 0, textBytes(s[end:loc[0]])
		err := str.each(r, e, named(s, loc, x.SubexpNames()), func(v Value) error {
			if v, err = add(r, gap, v); err != nil {
				return err
			}
			if i == len(texts) {
				texts = append(texts, nil)
			}
			texts[i] = append(texts[i], r.str(v)...)
			i++
			return r.tick()
		})
		if err != nil {
			return nil, err
		}
		end = loc[1]
	}
	if texts == nil {
		return [][]byte{s}, nil
	}
	for i := range texts {
		texts[i] = append(texts[i], s[end:]...)
	}
	return texts, nil
}

// named is the object of a match's named groups.
func named(s []byte, loc []int, names []string) Value {
	t := new(tree)
	for i := 1; i < len(names); i++ {
		switch from, to := loc[2*i], loc[2*i+1]; {
		case names[i] == "":
		case from < 0:
			t.set(names[i], null)
		default:
			t.set(names[i], textBytes(s[from:to]))
		}
	}
	return Value{kind: Object, tree: t}
}

// splitRegex is split/2.
func splitRegex(r *run, in Value, a []Value) (Value, error) {
	flags, err := add(r, a[1], text("g"))
	if err != nil {
		return null, err
	}
	s, _, at, err := r.matches(in, a[0], flags)
	if err != nil {
		return null, err
	}
	out, end := make([]Value, 0, len(at)+1), 0
	for _, loc := range at {
		out = append(out, textBytes(s[end:loc[0]]))
		end = loc[1]
	}
	return list(append(out, textBytes(s[end:]))), nil
}
