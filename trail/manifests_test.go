package trail

import (
	"fmt"
	"testing"

	"ctlog/internal/scan"
	"ctlog/source"
)

// In an archive that is not walked in order a manifest may come after what it is
// about.
func TestManifestComesLate(t *testing.T) {
	m := newManifests()
	for i, name := range []string{"same", "changed", "new"} {
		o := &source.Object{Path: "x.tgz/copy/" + name, Loose: true}
		if !m.isListed(o) {
			t.Errorf("%s is not hashed", name)
		}
		m.hold(scan.Outcome{Object: o, Path: o.Path, Stored: [32]byte{byte(i)}}, true)
	}
	late := m.open("x.tgz/copy/ctlog-manifest.jsonl")
	for i, name := range []string{"same", "changed", "lost"} {
		late.Add(fmt.Appendf(nil, `{"key":%q,"sha256":"%x"}`, name, [32]byte{byte(2 * i)}))
	}
	var got []string
	for _, f := range m.findings() {
		got = append(got, fmt.Sprint(f.First, " ", f.Object, " ", f.Lost))
	}
	if want := "[changed x.tgz/copy/changed false  x.tgz/copy/new false lost  true]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}
