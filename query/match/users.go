package match

import (
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/parse"
)

// userPaths are all where a user may be named, those of the best name first.
var userPaths = func() []string {
	paths := append(slices.Clone(event.NamePaths), event.FieldIssuer)
	for _, p := range event.IdentityPaths {
		if !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	return paths
}()

// ownNames are those of userPaths that name a user by themselves; the others do
// only where there is no better one.
var ownNames = func() (at []int) {
	for i, p := range userPaths {
		if slices.Contains(event.IdentityPaths, p) {
			at = append(at, i)
		}
	}
	return at
}()

var typeAt, issuerAt = slices.Index(userPaths, event.FieldType), slices.Index(userPaths, event.FieldIssuer)

// users adds a test that one of the patterns is a name of who acted: what the
// event calls it, or what a summary prints.
func (b *builder) users(patterns []string) {
	if len(patterns) == 0 {
		return
	}
	gs := b.compiled(patterns)
	b.together("user like "+strings.Join(patterns, " or "), func(m *Matcher, raw [][]byte) bool {
		for _, i := range ownNames {
			if !absent(raw[i]) && matchAny(gs, m.textOf(raw[i])) {
				return true
			}
		}
		return m.printed(gs, raw)
	}, userPaths...)
}

func matchAny(gs []glob, s []byte) bool {
	for i := range gs {
		if len(s) > 0 && gs[i].match(s) {
			return true
		}
	}
	return false
}

// printed reports whether a pattern matches the best name, or the name of the
// principal, which of a role's session is the role.
func (m *Matcher) printed(gs []glob, raw [][]byte) bool {
	var best []byte
	for _, v := range raw[:len(event.NamePaths)] {
		if event.HasText(v) {
			best = v
			break
		}
	}
	if best != nil && matchAny(gs, m.textOf(best)) {
		return true
	}
	m.name = event.AppendPrincipal(m.name[:0], raw[typeAt], best, raw[issuerAt])
	return event.HasText(m.name) && matchAny(gs, m.textOf(m.name))
}

// keys adds a test that an access key was used, that something was done to it, or
// that it was given out, in whichever part of the answer.
func (b *builder) keys(patterns []string) {
	if len(patterns) == 0 {
		return
	}
	gs := b.compiled(patterns)
	b.together("access key like "+strings.Join(patterns, " or "), func(m *Matcher, raw [][]byte) bool {
		for _, v := range raw[:len(event.KeyPaths)] {
			if !absent(v) && matchAny(gs, m.textOf(v)) {
				return true
			}
		}
		return m.answered(gs, raw[len(event.KeyPaths)])
	}, append(slices.Clone(event.KeyPaths), event.FieldResponse)...)
}

// answered reports whether any part of an answer has the key.
func (m *Matcher) answered(gs []glob, response []byte) bool {
	if len(response) == 0 || response[0] != '{' {
		return false
	}
	for c := parse.Inside(response); ; {
		_, part, ok := c.Member()
		if !ok {
			return false
		}
		if len(part) == 0 || part[0] != '{' {
			continue
		}
		if key, ok := parse.Field(part, "accessKeyId"); ok && matchAny(gs, m.textOf(key)) {
			return true
		}
	}
}
