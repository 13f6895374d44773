package report

import (
	"io"

	"ctlog/digest"
	"ctlog/internal/term"
)

// Limits is what a proof does not show; it is said with every verdict.
const Limits = `"valid" means that AWS signed this content for this bucket and key, with a key
that all customers of a region share. It does not mean that this was the
account's only trail, nor that the trail recorded every kind of event. Of the
time before the first and after the last digest nothing is known; --since and
--until make it a finding if a copy does not reach that far.`

// Options of a summary.
type Options struct {
	Style   term.Style
	Verbose bool // name every file, valid ones too
}

// WriteSummary writes what a tired reader needs first: the verdict, what is
// wrong, what is proven and by which keys, what is not and how it could be.
func WriteSummary(w io.Writer, r *digest.Report, o Options) error {
	p := newPage(w, r, o)
	p.verdict()
	p.body()
	if o.Verbose {
		p.list("valid files", digest.Valid)
	}
	p.line("")
	p.line("%s", Limits)
	return p.w.Flush()
}

// body is what the summary and the case report have in common.
func (p *page) body() {
	p.unread()
	p.wrong()
	p.findings()
	p.proven()
	p.keys()
	p.notProven()
	p.heads()
	p.remarks()
	p.beside()
	p.counts()
}
