package report

import (
	"io"
	"time"

	"ctlog/digest"
)

// Case is what a report for a case file says of the run itself. None of it is
// part of the evidence.
type Case struct {
	Version, Binary string // of the tool, and the SHA-256 of its executable
	Command         []string
	Directory       string // that relative paths are relative to
	Host            string
	Start, End      time.Time
	Keys            []KeyFile
}

// KeyFile is where public keys came from.
type KeyFile struct {
	Path, Origin string // Origin: --keys or the user's store
	SHA256       string
	Fingerprints []string
}

// WriteCase writes a text that stands on its own: how the verification was
// done, what was found, and every file with its hashes.
func WriteCase(w io.Writer, r *digest.Report, c Case) error {
	p := newPage(w, r, Options{Verbose: true})
	p.line("CloudTrail log file validation")
	p.line("==============================")
	p.run(c)
	p.line("")
	p.body()
	p.title("every file, by its key")
	p.line("  status, kind, SHA-256 as held, SHA-256 of the content; - where there is none")
	for it := range r.Items() {
		p.file(it)
	}
	p.title("what this shows and what it does not")
	p.line("%s", Limits)
	p.line("%s", method)
	return p.w.Flush()
}

const method = `A digest is valid when an RSA signature (PKCS#1 v1.5, SHA-256) verifies over
  digestEndTime LF bucket/key LF hex(SHA-256 of the inflated digest) LF previousDigestSignature
with the public key that it names; the signature is the one that S3 kept as metadata of
the digest, or the one that the following digest holds. A log is valid when the SHA-256
of its inflated content is the one that a valid digest lists.`

func (p *page) run(c Case) {
	p.line("")
	p.line("tool      ctlog %s, SHA-256 %s", c.Version, c.Binary)
	p.line("command   %s", name(commandLine(c.Command)))
	p.line("directory %s", name(c.Directory))
	p.line("host      %s", name(c.Host))
	p.line("started   %s", c.Start.UTC().Format(time.RFC3339))
	p.line("ended     %s", c.End.UTC().Format(time.RFC3339))
	for _, k := range c.Keys {
		p.line("keys      %s (%s), SHA-256 %s", name(k.Path), k.Origin, k.SHA256)
		for _, f := range k.Fingerprints {
			p.line("          %s", name(f))
		}
	}
	if len(c.Keys) == 0 {
		p.line("keys      none")
	}
}

func commandLine(args []string) (line string) {
	for i, a := range args {
		if i > 0 {
			line += " "
		}
		line += shell(a)
	}
	return line
}

func (p *page) file(it digest.Item) {
	kind := "log"
	if it.Digest {
		kind = "digest"
	}
	p.line("  %-12s  %-6s  %s  %s  %s", it.Status, kind, orDash(sum(it.Stored)), orDash(sum(it.Sum)), name(it.Key))
	if it.Path != "" {
		p.line("      file      %s", name(it.Path))
	}
	if it.ListedBy != "" && it.Expected != it.Sum {
		p.line("      expected  %s", sum(it.Expected))
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
