package report

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/internal/term"
)

// Limits is what a proof does not show; it is said with every verdict.
const Limits = `"valid" means that AWS signed this content for this bucket and key, with a key
that all customers of a region share. It does not mean that this was the
account's only trail, nor that the trail recorded every kind of event. Of the
time before the first and after the last digest nothing is known; --since and
--until make it a finding if a copy does not reach that far.`

// atMost is how many files of one status the summary names.
const atMost = 20

// Options of a summary.
type Options struct {
	Style   term.Style
	Verbose bool // name every file, valid ones too
}

// WriteSummary writes what a tired reader needs first: the verdict, what is
// wrong, what is proven, what is not and how it could be.
func WriteSummary(w io.Writer, r *digest.Report, o Options) error {
	p := newPage(w, r, o)
	p.body()
	if o.Verbose {
		p.list("valid files", digest.Valid, 0)
	}
	p.line("")
	p.line("%s", Limits)
	return p.w.Flush()
}

// body is what the summary and the case report have in common.
func (p *page) body() {
	p.verdict()
	p.unread()
	p.wrong()
	p.findings()
	p.proven()
	p.notProven()
	p.heads()
	p.renamed()
	p.counts()
}

// page is a text in the making; errors of the writer come out at Flush.
type page struct {
	w *bufio.Writer
	r *digest.Report
	o Options

	folder string          // of the file that was named last in this section
	twice  map[string]bool // keys that several files are about
}

func newPage(w io.Writer, r *digest.Report, o Options) *page {
	p := &page{w: bufio.NewWriter(w), r: r, o: o, twice: map[string]bool{}}
	last := ""
	for it := range r.Items() {
		if it.Key == last {
			p.twice[it.Key] = true
		}
		last = it.Key
	}
	return p
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

func (p *page) title(text string) {
	p.folder = ""
	p.line("")
	p.line("%s", p.o.Style.Bold(text))
}

// name makes a name from evidence harmless.
func name(s string) string { return term.Escape(s) }

func (p *page) verdict() {
	r, s := p.r, p.o.Style
	digests, logs := term.Plural(r.Digests.Total(), "digest"), term.Plural(r.Logs.Total(), "log")
	switch r.Verdict {
	case digest.Proven:
		p.line("%s  %s and %s are what AWS delivered, without a gap", s.OK("PROVEN"), digests, logs)
	case digest.Tampered:
		p.line("%s  %s, among %s and %s", s.Error("TAMPERED"), p.sum(true), digests, logs)
	default:
		p.incomplete(digests, logs)
	}
}

func (p *page) incomplete(digests, logs string) {
	title := p.o.Style.Warn("INCOMPLETE")
	switch r := p.r; {
	case r.Digests.Total() == 0 && r.Excluded > 0:
		p.line("%s  none of the %s here is of the accounts, regions, trails or times that", title, term.Plural(r.Excluded, "digest"))
		p.line("            were asked for")
	case r.Digests.Total() == 0:
		p.line("%s  there is no digest here, so nothing can be proven of %s", title, logs)
		p.line("            digests lie in AWSLogs/ACCOUNT/CloudTrail-Digest/, if validation was")
		p.line("            enabled for the trail")
	default:
		p.line("%s  %s, among %s and %s; nothing is altered", title, p.sum(false), digests, logs)
	}
}

// sum counts what the verdict rests on: what is wrong, or what is not proven.
func (p *page) sum(tampering bool) string {
	var some digest.Counts
	for s := digest.Altered; s <= digest.Uncovered; s++ {
		if s.Tampering() == tampering {
			some[s] = p.r.Digests[s] + p.r.Logs[s]
		}
	}
	var words []string
	if some.Total() > 0 {
		words = append(words, inWords(some))
	}
	for _, kind := range []digest.FindingKind{digest.Gap, digest.Restart, digest.Tail, digest.Moved, digest.Key, digest.Absent} {
		n := 0
		for _, f := range p.r.Findings {
			if f.Kind == kind && f.Verdict() != digest.Proven {
				n++
			}
		}
		if n > 0 {
			words = append(words, term.Count(int64(n))+" "+string(kind))
		}
	}
	if n := p.r.CountBeside(digest.BesideUnread); n > 0 {
		words = append(words, term.Plural(n, "path")+" not read")
	}
	return strings.Join(words, ", ")
}

// unread names what the verdict is not about.
func (p *page) unread() {
	n := 0
	for _, b := range p.r.Beside {
		if b.Kind != digest.BesideUnread {
			continue
		}
		if n++; n == 1 {
			p.title("could not be read, so what is missing may lie there")
		}
		if n <= atMost || p.o.Verbose {
			p.line("  %s: %s", name(b.Path), name(b.Reason))
		}
	}
	if more := n - atMost; more > 0 && !p.o.Verbose {
		p.line("  … and %s more; --verbose or --json names them", term.Count(int64(more)))
	}
}

// wrong lists what makes the verdict tampered.
func (p *page) wrong() {
	titled := false
	for s := digest.Valid; s <= digest.Uncovered; s++ {
		if n := p.r.Digests[s] + p.r.Logs[s]; s.Tampering() && n > 0 {
			if !titled {
				p.title("what is wrong")
				titled = true
			}
			p.list("", s, atMost)
		}
	}
}

// findings lists gaps and their like; where a proof begins is said elsewhere.
func (p *page) findings() {
	titled, versions := false, 0
	for _, f := range p.r.Findings {
		if f.Kind == digest.Head {
			continue
		}
		if f.Kind == digest.Versions {
			if versions++; versions > atMost && !p.o.Verbose {
				continue
			}
		}
		if !titled {
			p.title("beside the files")
			titled = true
		}
		p.finding(f)
	}
	p.tooMany(versions)
}

// renamed names the valid logs that stand under other names.
func (p *page) renamed() {
	titled := false
	for it := range p.r.Items() {
		if it.Status != digest.Valid || it.Reason == "" {
			continue
		}
		if !titled {
			p.title("under other names, proven by their content")
			titled = true
		}
		p.line("  %s", name(it.Path))
		p.line("    is %s", name(it.Key))
	}
}

// list names the files of a status, folder by folder, at most most of them;
// 0: all.
func (p *page) list(title string, status digest.Status, most int) {
	if title != "" {
		p.title(title)
	}
	n := 0
	for it := range p.r.Items() {
		if it.Status != status {
			continue
		}
		if n++; most > 0 && n > most && !p.o.Verbose {
			continue
		}
		if f := path.Dir(it.Key) + "/"; f != p.folder {
			p.line("  %s", name(f))
			p.folder = f
		}
		p.item(it)
	}
	if more := n - most; most > 0 && more > 0 && !p.o.Verbose {
		p.line("  … and %s more that are %s; --verbose or --json names them", term.Count(int64(more)), status)
	}
}

func (p *page) item(it digest.Item) {
	p.line("    %s  %s", p.paint(it.Status, fmt.Sprintf("%-12s", it.Status)), name(path.Base(it.Key)))
	if it.Reason != "" {
		p.line("                  %s", name(it.Reason))
	}
	if it.Path != "" && (p.twice[it.Key] || path.Base(it.Path) != path.Base(it.Key)) {
		p.line("                  file: %s", name(it.Path))
	}
}

func (p *page) paint(s digest.Status, text string) string {
	switch {
	case s.Tampering():
		return p.o.Style.Error(text)
	case s == digest.Valid:
		return p.o.Style.OK(text)
	}
	return p.o.Style.Warn(text)
}

func (p *page) finding(f digest.Finding) {
	chain := strings.Join([]string{f.Account, f.Region, f.Trail}, " ")
	kind := p.o.Style.Warn(fmt.Sprintf("%-12s", f.Kind))
	switch f.Kind {
	case digest.Gap:
		p.line("  %s  %s: %s to %s, %s (%s)", kind, name(chain), stamp(f.From), stamp(f.To), term.Plural(f.Hours, "hour"), f.Reason)
		for i, n := range f.Names {
			p.line("                %s, event %s", name(n), name(f.Events[i]))
		}
	case digest.Tail:
		p.line("  %s  %s: ends at %s, expected until %s (%s)", kind, name(chain), stamp(f.End), stamp(f.Expected), f.Reason)
	case digest.Versions:
		p.versions(kind, f)
	case digest.Key:
		p.line("  %s  %s: %s (%s, first %s)", kind, name(f.Fingerprint), f.Reason, term.Plural(f.Digests, "digest"), name(f.First))
	default:
		p.line("  %s  %s: %s", kind, name(strings.TrimSpace(f.Account+" "+f.Region)), f.Reason)
	}
}

// proven shows the spans that nothing can be said against.
func (p *page) proven() {
	if len(p.r.Spans) == 0 {
		return
	}
	p.title("proven")
	wide := 0
	for _, s := range p.r.Spans {
		wide = max(wide, len(chainName(s)))
	}
	for _, s := range p.r.Spans {
		p.line("  %-*s  %s to %s  %s, %s", wide, chainName(s), stamp(s.From), stamp(s.To), term.Plural(s.Digests, "digest"), logsOf(s))
	}
}

// logsOf says how many of the listed logs are valid, if not all are.
func logsOf(s digest.Span) string {
	if s.Logs == s.Listed {
		return term.Plural(s.Logs, "log")
	}
	return fmt.Sprintf("%s of %s", term.Count(int64(s.Logs)), term.Plural(s.Listed, "log"))
}

func chainName(s digest.Span) string {
	text := name(s.Account + " " + s.Region + " " + s.Trail)
	if s.Backfill {
		text += " (backfill)"
	}
	return text
}

// notProven groups what is neither wrong nor proven by its reason, and says
// what would prove it.
func (p *page) notProven() {
	groups := p.groups()
	if len(groups) == 0 {
		return
	}
	p.title("not proven")
	for _, g := range groups {
		p.line("  %s  %s: %s", p.paint(g.status, fmt.Sprintf("%-12s", g.status)), term.Plural(g.n, g.kind), name(g.reason))
		if g.n == 1 && g.path != "" {
			p.line("                %s", name(g.path))
		}
	}
	if p.o.Verbose {
		for _, s := range []digest.Status{digest.Outside, digest.Unverified, digest.Uncovered} {
			p.list("", s, 0)
		}
	}
	p.remedies()
}

// heads says where chains begin whose predecessors are elsewhere: no fault.
func (p *page) heads() {
	titled := false
	for _, f := range p.r.Findings {
		if f.Kind != digest.Head {
			continue
		}
		if !titled {
			p.title("the proof begins here, the digests before are not part of this copy")
			titled = true
		}
		p.line("  %s  %s %s %s", stamp(f.Start), f.Account, f.Region, name(f.Trail))
	}
}

type group struct {
	status digest.Status
	kind   string
	reason string
	n      int
	path   string // of the first of them
}

func (p *page) groups() []group {
	at, first := map[group]int{}, map[group]string{}
	for it := range p.r.Items() {
		if it.Status == digest.Valid || it.Status.Tampering() {
			continue
		}
		g := group{status: it.Status, kind: "log", reason: it.Reason}
		if it.Digest {
			g.kind = "digest"
		}
		if at[g]++; at[g] == 1 {
			first[g] = it.Path
		}
	}
	var list []group
	for g, n := range at {
		path := first[g]
		g.n, g.path = n, path
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b group) int {
		return strings.Compare(fmt.Sprint(a.kind, a.status, a.reason), fmt.Sprint(b.kind, b.status, b.reason))
	})
	if len(list) > atMost && !p.o.Verbose {
		list = append(list[:atMost], group{status: digest.Unverified, kind: "further reason", reason: "--verbose names them", n: len(list) - atMost})
	}
	return list
}

// remedies says which commands would fetch what is lacking.
func (p *page) remedies() {
	if len(p.r.Folders) > 0 {
		p.line("  add these folders to the copy:")
		for _, f := range p.r.Folders[:min(len(p.r.Folders), atMost)] {
			p.line("    %s", name(f))
		}
	}
	if commands := Commands(p.r); len(commands) > 0 {
		p.line("  these commands fetch what is lacking:")
		for _, c := range commands {
			p.line("    %s", name(c))
		}
	}
}

// Commands are the calls that would fetch keys and signatures that are lacking.
func Commands(r *digest.Report) (list []string) {
	for _, n := range r.Lacking {
		list = append(list, fmt.Sprintf("aws cloudtrail list-public-keys --region %s --start-time %s --end-time %s > keys-%s.json  # then --keys keys-%s.json",
			n.Region, stamp(n.From), stamp(n.To.Add(time.Hour)), n.Region, n.Region))
	}
	if len(list) > 0 {
		return list
	}
	for it := range r.Items() {
		if it.Digest && it.Status == digest.Unverified && len(list) < atMost {
			list = append(list, fmt.Sprintf("aws s3api head-object --bucket %s --key %s > %s.metadata.json  # then put it beside the copy, or name it with --metadata", shell(it.Bucket), shell(it.Key), shell(path.Base(it.Key))))
		}
	}
	return list
}

// shell quotes a word for a shell when that is needed.
func shell(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=+,@", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (p *page) counts() {
	p.title("counts")
	p.line("  %-8s  %s", "digests", inWords(p.r.Digests))
	p.line("  %-8s  %s", "logs", inWords(p.r.Logs))
	p.line("  %-8s  %s", "chains", term.Count(int64(p.r.Chains)))
	if p.r.Other > 0 {
		p.line("  %-8s  %s", "other", term.Plural(p.r.Other, "file")+" of kinds that digests do not list")
	}
}

func inWords(c digest.Counts) string {
	var words []string
	for s, n := range c {
		if n > 0 {
			words = append(words, term.Count(int64(n))+" "+digest.Status(s).String())
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
