package lint

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// offline are the packages that must not reach the network, whatever they stand
// on.
var offline = []string{
	"digest", "parse", "event", "query", "query/jq", "query/match", "query/need", "triage", "coverage", "output", "report", "search", "source", "trail",
	"internal/scan", "internal/inflate", "internal/ordered", "internal/extsort", "internal/idset", "internal/term",
}

// What the offline packages stand on, all the way down, opens no connection.
// crypto/x509 has the addresses of certificates from net; of it digest uses the
// formats of public keys.
func TestOfflineAllTheWayDown(t *testing.T) {
	for _, pkg := range offline {
		cmd := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./"+pkg)
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", pkg, err)
		}
		listed := 0
		for line := range strings.Lines(string(out)) {
			names := strings.Fields(line)
			listed++
			if online(names[0]) {
				t.Errorf("%s stands on %s", pkg, names[0])
			}
			if slices.Contains(names[1:], "net") && names[0] != "crypto/x509" {
				t.Errorf("%s stands on %s, which imports net", pkg, names[0])
			}
		}
		if listed == 0 {
			t.Errorf("%s: nothing is listed", pkg)
		}
	}
}

func online(pkg string) bool {
	return within(pkg, "net/http") || pkg == "crypto/tls" || within(pkg, "github.com/aws") || within(pkg, "golang.org/x/net")
}
