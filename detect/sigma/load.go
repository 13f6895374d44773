package sigma

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"ctlog/detect/rule"
)

// Loader gathers documents and makes a set of them.
type Loader struct {
	docs    []parsed
	refused []rule.Refusal
	abroad  map[string]bool // what rules for other logs are called
	files   int
}

// Files is how many files were read.
func (l *Loader) Files() int { return l.files }

// Dir reads a file, or every .yml and .yaml file below a directory, in the order
// of their names. The error is that of a path that cannot be read at all.
func (l *Loader) Dir(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		f := readFile(path)
		if f.err == nil {
			l.take(f, "")
		}
		return f.err
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.refuse(name, nil, 0, err)
		case strings.HasPrefix(d.Name(), ".") && name != path:
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && slices.Contains([]string{".yml", ".yaml"}, strings.ToLower(filepath.Ext(name))):
			names = append(names, name)
		}
		return nil
	})
	for _, f := range readAll(names) {
		if f.err != nil {
			l.refuse(f.name, nil, 0, f.err)
			continue
		}
		l.take(f, "")
	}
	return err
}

// file is a file of rules, split into documents.
type file struct {
	name string
	docs []document
	err  error
}

// readAll reads files on all processors.
func readAll(names []string) []file {
	files := make([]file, len(names))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				files[i] = readFile(names[i])
			}
		})
	}
	wait.Wait()
	return files
}

// readFile reads a file. Its error is that of a file that cannot be read.
func readFile(name string) (f file) {
	f.name = name
	in, err := os.Open(name)
	if err != nil {
		f.err = err
		return f
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		f.err = errors.Join(err, fmt.Errorf("%s: not a file", name))
		return f
	}
	content, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	f.docs, f.err = documents(content), err
	return f
}

// FS reads every .yml file of a file system, as rules of a pack.
func (l *Loader) FS(files fs.FS, pack string) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".yml" {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err == nil {
			l.take(file{name: name, docs: documents(content)}, pack)
		}
		return err
	})
}

// Add reads the documents of a file.
func (l *Loader) Add(name string, content []byte) {
	l.take(file{name: name, docs: documents(content)}, "")
}

// take makes rules of the documents of a file.
func (l *Loader) take(f file, pack string) {
	l.files++
	var global *node
	for _, d := range f.docs {
		if d.err != nil {
			l.refuse(f.name, nil, d.line, d.err)
			continue
		}
		n := d.root
		switch action := n.get("action").str(); {
		case action == "global":
			global = n.without("action")
			continue
		case action == "reset":
			global = nil
			continue
		case action != "":
			l.refuse(f.name, nil, n.line, fmt.Errorf("unknown action %q", action))
			continue
		case global != nil:
			n = over(global, n)
		}
		p := parse(n, f.name)
		if p.err != nil {
			l.refuse(f.name, p.meta, p.line, p.err)
			continue
		}
		p.own().Pack = pack
		l.docs = append(l.docs, p)
	}
}

// without gives a mapping without one of its members.
func (n *node) without(key string) *node {
	out := *n
	out.keys, out.subs = nil, nil
	for i, k := range n.keys {
		if k.text != key {
			out.keys, out.subs = append(out.keys, k), append(out.subs, n.subs[i])
		}
	}
	return &out
}

// own is what the document's result says of itself.
func (p *parsed) own() *rule.Meta {
	switch {
	case p.rule != nil:
		return &p.rule.Meta
	case p.correlation != nil:
		return &p.correlation.Meta
	}
	return &p.filter.meta
}

// again deals with an ID that another rule has: collections repeat rules.
func (l *Loader) again(p, other *parsed) {
	m, o := p.own(), other.own()
	if p.rule != nil && other.rule != nil && p.rule.Condition.String() == other.rule.Condition.String() {
		o.Hint("it is in %s:%d too", m.File, m.Line)
		return
	}
	l.refuse(m.File, m, m.Line, fmt.Errorf("its ID %s is that of %s:%d", m.ID, o.File, o.Line))
}

func (l *Loader) refuse(file string, meta *rule.Meta, line int, err error) {
	r := rule.Refusal{File: file, Line: line, Reason: err.Error()}
	if meta != nil {
		r.Title, r.ID = meta.Title, meta.ID
	}
	var p *problem
	if errors.As(err, &p) && p.line > 0 {
		r.Line = p.line
	}
	var f *foreign
	if r.Foreign = errors.As(err, &f); r.Foreign && meta != nil {
		if l.abroad == nil {
			l.abroad = map[string]bool{}
		}
		for _, name := range []string{strings.ToLower(meta.ID), meta.Name, meta.Title} {
			l.abroad[name] = true
		}
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		r.Reason = pe.Err.Error()
	}
	l.refused = append(l.refused, r)
}

// Set makes a set of what was read: filters are applied and references resolved.
func (l *Loader) Set() *rule.Set {
	s := &rule.Set{}
	first := map[string]*parsed{}
	var filters []*filter
	var open []*rule.Correlation
	for i := range l.docs {
		p := &l.docs[i]
		if id := strings.ToLower(p.own().ID); id != "" && first[id] != nil {
			l.again(p, first[id])
			continue
		} else {
			first[id] = p
		}
		switch {
		case p.rule != nil:
			s.Rules = append(s.Rules, p.rule)
		case p.correlation != nil:
			open = append(open, p.correlation)
		default:
			filters = append(filters, p.filter)
		}
	}
	l.filter(s, filters)
	l.resolve(s, open)
	s.Refused = l.refused
	return s
}

func (l *Loader) filter(s *rule.Set, filters []*filter) {
	for _, f := range filters {
		for _, r := range s.Rules {
			product, service, _ := strings.Cut(r.Source, "/")
			f.apply(r, logsource{product: product, service: service})
		}
		if !f.used {
			l.refuse(f.meta.File, &f.meta, f.meta.Line, fmt.Errorf("the filter is about none of the rules: %s", strings.Join(f.refs, ", ")))
		}
	}
}

// resolve finds what correlations are built on: those that others need first,
// so that whatever is left over names what is not there, or itself.
func (l *Loader) resolve(s *rule.Set, open []*rule.Correlation) {
	x := newIndex(s.Rules, open)
	done := map[*rule.Correlation]bool{}
	for progress := true; progress; {
		progress = false
		var left []*rule.Correlation
		for _, c := range open {
			err := x.bind(c, done)
			switch {
			case err == nil:
				progress, done[c] = true, true
				s.Correlations = append(s.Correlations, c)
			case err == errLater:
				left = append(left, c)
			default:
				progress = true
				x.drop(c)
				l.refuse(c.File, &c.Meta, c.Line, l.whose(c, err))
			}
		}
		open = left
	}
	for _, c := range open {
		l.refuse(c.File, &c.Meta, c.Line, errors.New("the correlation is built on itself"))
	}
}

// whose: a correlation of rules for other logs is for other logs.
func (l *Loader) whose(c *rule.Correlation, err error) error {
	for _, ref := range c.Refs {
		if l.abroad[ref] || l.abroad[strings.ToLower(ref)] {
			return &foreign{}
		}
	}
	return err
}

// index finds rules by what they are called.
type index struct {
	byID, byName, byTitle map[string]rule.Base
}

func newIndex(rules []*rule.Rule, correlations []*rule.Correlation) *index {
	x := &index{map[string]rule.Base{}, map[string]rule.Base{}, map[string]rule.Base{}}
	add := func(b rule.Base) {
		m := b.Meta()
		for to, key := range map[*map[string]rule.Base]string{&x.byID: strings.ToLower(m.ID), &x.byName: m.Name, &x.byTitle: m.Title} {
			if _, taken := (*to)[key]; !taken && key != "" {
				(*to)[key] = b
			}
		}
	}
	for _, r := range rules {
		add(rule.Base{Rule: r})
	}
	for _, c := range correlations {
		add(rule.Base{Correlation: c})
	}
	return x
}

// drop forgets a correlation that was refused.
func (x *index) drop(c *rule.Correlation) {
	for _, m := range []map[string]rule.Base{x.byID, x.byName, x.byTitle} {
		for key, b := range m {
			if b.Correlation == c {
				delete(m, key)
			}
		}
	}
}

// errLater: a correlation is built on one that is not bound yet.
var errLater = errors.New("later")

func (x *index) find(ref string) (b rule.Base, byTitle, ok bool) {
	if b, ok = x.byID[strings.ToLower(ref)]; ok {
		return b, false, true
	}
	if b, ok = x.byName[ref]; ok {
		return b, false, true
	}
	b, ok = x.byTitle[ref]
	return b, true, ok
}

// bind resolves the references of a correlation.
func (x *index) bind(c *rule.Correlation, done map[*rule.Correlation]bool) error {
	bases := make([]rule.Base, 0, len(c.Refs))
	title := ""
	for _, ref := range c.Refs {
		b, byTitle, ok := x.find(ref)
		switch {
		case !ok:
			return fmt.Errorf("it is built on %q, which was not loaded", ref)
		case b.Correlation != nil && !done[b.Correlation]:
			return errLater
		case slices.Contains(bases, b):
			return fmt.Errorf("it names %q twice; repetition is a matter of event_count", ref)
		case byTitle:
			title = ref
		}
		bases = append(bases, b)
	}
	c.Bases = bases
	if title != "" {
		c.Hint("it names %q by its title; Sigma has IDs and names for that", title)
	}
	return checkFields(c)
}

// checkFields: what a correlation gives is its group and nothing else.
func checkFields(c *rule.Correlation) error {
	for i, b := range c.Bases {
		if b.Correlation == nil {
			continue
		}
		for _, f := range slices.Concat(c.GroupBy, c.Threshold.Fields) {
			if of := c.Field(f, i); !slices.Contains(b.Correlation.GroupBy, of) {
				return fmt.Errorf("it needs %s of %q, which is grouped by %s", of, b.Correlation.Title, orNothing(b.Correlation.GroupBy))
			}
		}
	}
	return nil
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}
