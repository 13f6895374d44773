package report

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"ctlog/digest"
	"ctlog/internal/term"
)

// wrong lists what makes the verdict tampered.
func (p *page) wrong() {
	title := "what is wrong"
	for s := range digest.Counts(p.r.Digests) {
		if s := digest.Status(s); s.Tampering() && p.r.Digests[s]+p.r.Logs[s] > 0 {
			p.list(title, s)
			title = ""
		}
	}
}

// list names the files of a status, folder by folder.
func (p *page) list(title string, status digest.Status) {
	if title != "" {
		p.title(title)
	}
	b := p.bounded()
	for it := range p.r.Items() {
		if it.Status == status && b.next() {
			p.item(it)
		}
	}
	b.end(2, "that are "+status.String())
}

func (p *page) item(it digest.Item) {
	if f := path.Dir(it.Key) + "/"; f != p.folder {
		p.line("  %s", name(f))
		p.folder = f
	}
	p.line("    %s", name(path.Base(it.Key)))
	status := p.paint(it.Status, it.Status.String())
	if it.Reason == "" {
		p.line("      %s", status)
	} else {
		p.hang("      "+status+": ", 8+len(it.Status.String()), "%s", it.Reason)
	}
	if it.Path != "" && (p.twice[it.Key] || path.Base(it.Path) != path.Base(it.Key)) {
		p.line("      file: %s", name(it.Path))
	}
}

func (p *page) paint(s digest.Status, text string) string {
	switch {
	case s.Tampering():
		return p.o.Style.Error(text)
	case s.Proven():
		return p.o.Style.OK(text)
	}
	return p.o.Style.Warn(text)
}

// remarks names the valid files of which something is to be said: most of all,
// those under other names.
func (p *page) remarks() {
	b, titled := p.bounded(), false
	for it := range p.r.Items() {
		if it.Status != digest.Valid || it.Reason == "" || !b.next() {
			continue
		}
		if !titled {
			p.title("proven by their content, with a remark")
			titled = true
		}
		p.line("  %s", name(cmp.Or(it.Path, it.Key)))
		if path.Base(it.Path) != path.Base(it.Key) {
			p.line("    is %s", name(it.Key))
		} else {
			p.indented(4, "%s", it.Reason)
		}
	}
	b.end(2, "of them")
}

// group is files of one status for one reason.
type group struct {
	status digest.Status
	digest bool
	reason string
}

// groups gives the groups of what is neither wrong nor proven, with how many
// there are in each and the path of the first.
func (p *page) groups() (list []group, n map[group]int, first map[group]string) {
	n, first = map[group]int{}, map[group]string{}
	for it := range p.r.Items() {
		if it.Status.Proven() || it.Status.Tampering() {
			continue
		}
		g := group{it.Status, it.Digest, it.Reason}
		if n[g]++; n[g] == 1 {
			first[g] = it.Path
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b group) int {
		return cmp.Or(compareBool(b.digest, a.digest), cmp.Compare(a.status, b.status), strings.Compare(a.reason, b.reason))
	})
	return list, n, first
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// notProven groups what is neither wrong nor proven by its reason, and says
// what would prove it.
func (p *page) notProven() {
	groups, n, first := p.groups()
	if len(groups) == 0 {
		return
	}
	p.title("not proven")
	b := p.bounded()
	for _, g := range groups {
		if !b.next() {
			continue
		}
		paint := func(s string) string { return p.paint(g.status, s) }
		p.labelled(g.status.String(), paint, "%s: %s", term.Plural(n[g], fileKind(g.digest)), g.reason)
		if n[g] == 1 && first[g] != "" {
			p.indented(labelWidth, "%s", first[g])
		}
	}
	b.end(labelWidth, "reasons")
	if p.o.Verbose {
		for s := range digest.Counts(p.r.Digests) {
			if s := digest.Status(s); s != digest.Undecided && !s.Proven() && !s.Tampering() {
				p.list("", s)
			}
		}
	}
	p.remedies()
}

func fileKind(isDigest bool) string {
	if isDigest {
		return "digest"
	}
	return "log"
}

// unread names what the verdict is not about.
func (p *page) unread() {
	p.besides(digest.BesideUnread, "could not be read, so what is missing may be there")
}

// beside names the files of other kinds, and, if asked, what is no evidence.
func (p *page) beside() {
	p.besides(digest.BesideOther, "of kinds that digests do not list: nothing proves them")
	if p.o.Verbose {
		p.besides(digest.BesideSkipped, "not evidence, and not looked into")
	}
}

func (p *page) besides(kind digest.BesideKind, title string) {
	b := p.bounded()
	for _, f := range p.r.Beside {
		if f.Kind != kind || !b.next() {
			continue
		}
		if b.n == 1 {
			p.title(title)
		}
		p.line("  %s", name(f.Path))
		if f.Reason != "" {
			p.indented(4, "%s", f.Reason)
		}
	}
	b.end(2, "")
}
