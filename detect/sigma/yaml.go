package sigma

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// MaxFile is how large a file of rules may be: all of SigmaHQ's rules
	// together are 8 MB.
	MaxFile = 32 << 20
	// maxNodes is how much one document may come to, aliases followed. Real
	// rules stay under 5,000 values.
	maxNodes = 100_000
	// maxDepth is how deep one may nest. Real rules stay under 8.
	maxDepth = 50
)

// problem is what is wrong in a document, and where.
type problem struct {
	line int
	text string
}

func (p *problem) Error() string { return p.text }

func wrong(n *node, format string, args ...any) error {
	line := 0
	if n != nil {
		line = n.line
	}
	return &problem{line, fmt.Sprintf(format, args...)}
}

// node is a YAML value with its aliases followed.
type node struct {
	kind  yaml.Kind // of yaml's kinds scalar, mapping and sequence
	tag   string    // of a scalar: !!str !!int !!float !!bool !!null
	text  string    // of a scalar, as it is written
	keys  []*node
	subs  []*node // values of keys, or elements
	line  int
	bound bool // in quotes or a block: text, whatever it looks like
}

// document is one of a file.
type document struct {
	root *node
	line int // where it begins
	err  error
}

var boundary = regexp.MustCompile(`(?m)^(---(?:[ \t\r]|$)|\.\.\.[ \t\r]*$)`)

// documents splits a file at the lines that separate documents, so that one
// that is broken does not take the others with it.
func documents(content []byte) (docs []document) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if len(content) > MaxFile {
		return []document{{line: 1, err: &problem{1, fmt.Sprintf("larger than %d MiB", MaxFile>>20)}}}
	}
	from, line := 0, 1
	for _, at := range append(boundary.FindAllIndex(content, -1), []int{len(content), len(content)}) {
		part := content[from:at[0]]
		if d := parseDocument(part, line); d.root != nil || d.err != nil {
			docs = append(docs, d)
		}
		line += bytes.Count(content[from:at[1]], []byte("\n"))
		from = at[1]
	}
	return docs
}

// parseDocument reads one document whose first line is that of the file. A
// document of comments alone is none.
func parseDocument(content []byte, line int) document {
	d := document{line: line}
	var root yaml.Node
	if err := unmarshal(content, &root); err != nil {
		d.err = shifted(err, line)
		return d
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 || root.Content[0].Tag == "!!null" {
		return d
	}
	b := builder{shift: line - 1, left: maxNodes, open: map[*yaml.Node]bool{}}
	d.root, d.err = b.build(root.Content[0], 0)
	if d.root != nil {
		d.line = d.root.line
	}
	return d
}

// unmarshal survives what the YAML package panics on.
func unmarshal(content []byte, root *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not YAML: %v", r)
		}
	}()
	return yaml.Unmarshal(content, root)
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?(?:line (\d+): )?`)

// shifted makes an error of the YAML package one of the file.
func shifted(err error, line int) error {
	text := err.Error()
	m := yamlLine.FindStringSubmatch(text)
	if n, e := strconv.Atoi(m[1]); e == nil {
		line += n - 1
	}
	return &problem{line, "not YAML: " + strings.TrimPrefix(text, m[0])}
}

// builder makes nodes of YAML nodes.
type builder struct {
	shift int
	left  int
	open  map[*yaml.Node]bool // aliases that are being followed
}

func (b *builder) build(y *yaml.Node, depth int) (*node, error) {
	n := &node{kind: y.Kind, line: y.Line + b.shift}
	if b.left--; b.left < 0 {
		return nil, wrong(n, "more than %d values, aliases followed", maxNodes)
	}
	if depth > maxDepth {
		return nil, wrong(n, "nested deeper than %d levels", maxDepth)
	}
	switch y.Kind {
	case yaml.AliasNode:
		return b.follow(y, depth)
	case yaml.ScalarNode:
		n.tag, n.text = y.ShortTag(), y.Value
		n.bound = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
		return n, nil
	case yaml.SequenceNode:
		for _, c := range y.Content {
			sub, err := b.build(c, depth+1)
			if err != nil {
				return nil, err
			}
			n.subs = append(n.subs, sub)
		}
		return n, nil
	}
	return n, b.members(n, y, depth)
}

// follow gives what an alias stands for.
func (b *builder) follow(y *yaml.Node, depth int) (*node, error) {
	if y.Alias == nil || b.open[y.Alias] {
		return nil, &problem{y.Line + b.shift, "an alias that contains itself"}
	}
	b.open[y.Alias] = true
	defer delete(b.open, y.Alias)
	return b.build(y.Alias, depth+1)
}

// members builds those of a mapping, merged ones too.
func (b *builder) members(n *node, y *yaml.Node, depth int) error {
	seen := map[string]bool{}
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, err := b.build(y.Content[i], depth+1)
		if err != nil {
			return err
		}
		value, err := b.build(y.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		switch {
		case key.kind != yaml.ScalarNode:
			return wrong(key, "a key that is not text")
		case key.tag == "!!merge":
			merged = append(merged, value)
			continue
		case seen[key.text]:
			return wrong(key, "%q is there twice", key.text)
		}
		seen[key.text] = true
		n.keys, n.subs = append(n.keys, key), append(n.subs, value)
	}
	for _, m := range merged {
		n.merge(m, seen)
	}
	return nil
}

// merge adds what << brings and is not there yet.
func (n *node) merge(from *node, seen map[string]bool) {
	if from.kind == yaml.SequenceNode {
		for _, s := range from.subs {
			n.merge(s, seen)
		}
	}
	for i, key := range from.keys {
		if !seen[key.text] {
			seen[key.text] = true
			n.keys, n.subs = append(n.keys, key), append(n.subs, from.subs[i])
		}
	}
}

func (n *node) isMap() bool    { return n != nil && n.kind == yaml.MappingNode }
func (n *node) isList() bool   { return n != nil && n.kind == yaml.SequenceNode }
func (n *node) isScalar() bool { return n != nil && n.kind == yaml.ScalarNode }
func (n *node) isNull() bool   { return n.isScalar() && n.tag == "!!null" }

// get gives the value of a key of a mapping, nil when there is none.
func (n *node) get(key string) *node {
	if n.isMap() {
		for i, k := range n.keys {
			if k.text == key {
				return n.subs[i]
			}
		}
	}
	return nil
}

// str gives the text of a scalar, "" for everything else.
func (n *node) str() string {
	if !n.isScalar() || n.isNull() {
		return ""
	}
	return strings.TrimSpace(n.text)
}

// list gives the texts of a list, or of one scalar.
func (n *node) list() (texts []string) {
	if s := n.str(); s != "" {
		return []string{s}
	}
	if n.isList() {
		for _, sub := range n.subs {
			if s := sub.str(); s != "" {
				texts = append(texts, s)
			}
		}
	}
	return texts
}

// over gives a mapping with the members of both, those of top where both are
// maps joined, otherwise preferred.
func over(base, top *node) *node {
	if !base.isMap() || !top.isMap() {
		return top
	}
	out := &node{kind: yaml.MappingNode, line: top.line}
	for i, key := range base.keys {
		sub := base.subs[i]
		if own := top.get(key.text); own != nil {
			sub = over(sub, own)
		}
		out.keys, out.subs = append(out.keys, key), append(out.subs, sub)
	}
	for i, key := range top.keys {
		if base.get(key.text) == nil {
			out.keys, out.subs = append(out.keys, key), append(out.subs, top.subs[i])
		}
	}
	return out
}
