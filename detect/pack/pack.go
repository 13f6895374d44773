// Package pack has the rules that come with ctlog, as files that anyone can read,
// copy and change. They are written for it, from what AWS documents of its calls
// and ATT&CK of its techniques.
//
//   - core: what attackers do in an account and administrators do seldom, or with
//     notice, and series of events that are worth a look where single ones are
//     not. Each rule says in ctlog.reason what a match shows and in ctlog.weight
//     how notable one is.
//   - cis: the alarms that the CIS AWS Foundations Benchmarks ask for, as
//     CloudWatch Logs filter patterns, each in the sense of its title.
package pack

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed core cis
var files embed.FS

// Names are those of the packs.
var Names = []string{"core", "cis"}

// Default is the pack that is used unless told otherwise.
const Default = "core"

// Open gives the files of a pack.
func Open(name string) (fs.FS, error) {
	if !slices.Contains(Names, name) {
		return nil, fmt.Errorf("no pack %q; there are %s", name, strings.Join(Names, " and "))
	}
	return fs.Sub(files, name)
}
