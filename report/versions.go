package report

import (
	"cmp"

	"ctlog/digest"
	"ctlog/internal/term"
)

// versionLine is one version of an object in a finding of --json.
type versionLine struct {
	ID       string `json:"id"`
	Modified string `json:"modified"`
	Size     *int64 `json:"size,omitempty"`
	Latest   bool   `json:"latest,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
	Status   string `json:"status,omitempty"`
}

func versionLines(all []digest.Version) (lines []versionLine) {
	for _, v := range all {
		l := versionLine{ID: v.ID, Modified: stamp(v.Modified), Latest: v.Latest, Deleted: v.Deleted, Status: v.Status.String()}
		if !v.Deleted {
			l.Size = &v.Size
		}
		lines = append(lines, l)
	}
	return lines
}

// versions shows the history of one object.
func (p *page) versions(f *digest.Finding) {
	p.says(f, "%s: %s", cmp.Or(f.First, f.Object), f.Reason)
	for i, v := range f.Versions {
		if i == atMost && !p.o.Verbose {
			p.more("… and %s older", term.Plural(len(f.Versions)-i, "version"))
			return
		}
		what := "delete marker"
		if !v.Deleted {
			what = term.Bytes(v.Size)
		}
		if v.Status != digest.Undecided {
			what += ", " + v.Status.String()
		}
		p.more("%s  version %s  %s", stamp(v.Modified), v.ID, what)
	}
}
