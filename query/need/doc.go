// Package need says what must be in the bytes of an event for something to hold
// of it: a condition that is necessary, cheap to ask, of a whole file at once, and
// never refuses too much.
//
// Texts are looked for as they are spelled without escapes; in bytes that escape a
// character which nobody has a reason to escape (parse.Escaped) anything may be
// hidden, and where the case of letters does not matter, in letters beyond ASCII
// that are letters of ASCII in another case (HasOdd). Whoever asks a requirement
// asks for these, too.
//
// Order of reading: requirement.go (the tree), leaf.go (one text, one key).
package need
