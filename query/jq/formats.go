package jq

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"net/url"
	"strings"

	"ctlog/parse"
)

// formatter is an @format: a value to a string.
type formatter = func(r *run, v Value) (Value, error)

var formats map[string]formatter

func init() {
	formats = map[string]formatter{
		"@text": formatText, "@json": formatJSON, "@csv": formatCSV, "@tsv": formatTSV, "@html": formatHTML,
		"@uri": formatURI, "@sh": formatSh, "@base64": formatBase64, "@base64d": formatBase64d,
		"@base32": formatBase32, "@base32d": formatBase32d, "@urid": formatURID,
	}
}

func formatText(r *run, v Value) (Value, error) { return toString(r, v, nil) }
func formatJSON(r *run, v Value) (Value, error) { return toJSON(r, v, nil) }

// rowFormat is a format of arrays: what stands between the cells, and how a
// string is written.
type rowFormat struct {
	name, sep string
	quote     func(dst, s []byte) []byte
}

var rowFormats = map[string]*rowFormat{
	"@csv": {"csv", ",", appendCSV},
	"@tsv": {"tsv", "\t", parse.AppendTSV},
}

func formatCSV(r *run, v Value) (Value, error) { return r.row(v, rowFormats["@csv"]) }
func formatTSV(r *run, v Value) (Value, error) { return r.row(v, rowFormats["@tsv"]) }

func appendCSV(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// row formats an array's elements.
func (r *run) row(v Value, f *rowFormat) (_ Value, err error) {
	if v.kind != Array {
		return null, fail("%s cannot be %s-formatted, only an array can be", r.short(v), f.name)
	}
	line := r.line[:0] // not r.text, where str decodes to
	for i, e := range r.elements(v) {
		if i > 0 {
			line = append(line, f.sep...)
		}
		if line, err = r.cell(line, e, f); err != nil {
			return null, err
		}
	}
	return r.kept(line), nil
}

// rowOf formats an array that is built for it from nodes of one value each, so
// that there is none. Errors of the nodes come before those of the row.
func rowOf(nodes []*node, f *rowFormat) oneFunc {
	return func(r *run, e *env, in Value) (Value, bool, error) {
		line, cells := r.line[:0], 0
		r.line = nil // a node may make a row, too
		var wrong error
		for _, n := range nodes {
			v, ok, err := n.one(r, e, in)
			if err != nil {
				return null, false, err
			}
			if !ok || wrong != nil {
				continue
			}
			if cells++; cells > 1 {
				line = append(line, f.sep...)
			}
			line, wrong = r.cell(line, v, f)
		}
		return r.kept(line), wrong == nil, wrong
	}
}

// kept gives a row, whose memory is used for the next one.
func (r *run) kept(line []byte) Value {
	r.line = line
	return textBytes(r.keep(line))
}

func (r *run) cell(line []byte, v Value, f *rowFormat) ([]byte, error) {
	switch v.kind {
	case Null:
		return line, nil
	case String:
		return f.quote(line, r.str(v)), nil
	case Array, Object:
		return line, fail("%s is not valid in a %s row", r.short(v), f.name)
	}
	return r.print(oneLine, false).scalar(line, v), nil
}

func formatHTML(r *run, v Value) (Value, error) {
	s, err := toString(r, v, nil)
	var out []byte
	for _, c := range r.str(s) {
		switch c {
		case '<':
			out = append(out, "&lt;"...)
		case '>':
			out = append(out, "&gt;"...)
		case '&':
			out = append(out, "&amp;"...)
		case '\'':
			out = append(out, "&#39;"...)
		case '"':
			out = append(out, "&quot;"...)
		default:
			out = append(out, c)
		}
	}
	return textBytes(out), err
}

func formatURI(r *run, v Value) (Value, error) {
	s, err := toString(r, v, nil)
	var out []byte
	for _, c := range r.str(s) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || bytes.IndexByte([]byte("-_.~"), c) >= 0 {
			out = append(out, c)
			continue
		}
		const digits = "0123456789ABCDEF"
		out = append(out, '%', digits[c>>4], digits[c&15])
	}
	return textBytes(out), err
}

func formatSh(r *run, v Value) (Value, error) {
	vals := []Value{v}
	if v.kind == Array {
		vals = r.elements(v)
	}
	var out []byte
	for i, e := range vals {
		if i > 0 {
			out = append(out, ' ')
		}
		switch e.kind {
		case String:
			out = append(append(append(out, '\''), bytes.ReplaceAll(r.str(e), []byte("'"), []byte(`'\''`))...), '\'')
		case Array, Object:
			return null, fail("%s can not be escaped for shell", r.short(e))
		default:
			out = append(out, r.json(e)...)
		}
	}
	return textBytes(out), nil
}

func formatBase64(r *run, v Value) (Value, error) {
	s, err := toString(r, v, nil)
	return textBytes(base64.StdEncoding.AppendEncode(nil, r.str(s))), err
}

func formatBase64d(r *run, v Value) (Value, error) {
	s, err := toString(r, v, nil)
	if err != nil {
		return null, err
	}
	out, err := base64.RawStdEncoding.AppendDecode(nil, bytes.TrimRight(r.str(s), "="))
	if err != nil {
		return null, fail("%s is not valid base64 data", r.short(v))
	}
	return textBytes(bytes.ToValidUTF8(out, []byte("\ufffd"))), nil
}

func formatBase32(r *run, v Value) (Value, error) {
	s, err := toString(r, v, nil)
	return textBytes(base32.StdEncoding.AppendEncode(nil, r.str(s))), err
}

func formatBase32d(r *run, v Value) (Value, error) {
	s, err := toString(r, v, nil)
	if err != nil {
		return null, err
	}
	out, err := base32.StdEncoding.WithPadding(base32.NoPadding).AppendDecode(nil, bytes.TrimRight(r.str(s), "="))
	if err != nil {
		return null, fail("%s is not valid base32 data", r.short(v))
	}
	return textBytes(bytes.ToValidUTF8(out, []byte("\ufffd"))), nil
}

func formatURID(r *run, v Value) (Value, error) {
	s, err := toString(r, v, nil)
	if err != nil {
		return null, err
	}
	out, err := url.PathUnescape(string(r.str(s)))
	if err != nil {
		return null, fail("%s is not a valid uri encoding", r.short(v))
	}
	return text(strings.ToValidUTF8(out, "\ufffd")), nil
}
