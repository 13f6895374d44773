package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/internal/term"
)

// WriteCase writes a text that stands on its own: what was examined and how,
// what was found, what is concluded from it, what that does not show, and every
// file with its hashes.
func WriteCase(w io.Writer, r *digest.Report, c Case) error {
	p := newPage(w, r, Options{Verbose: true})
	p.line("CloudTrail log file validation")
	p.line("==============================")
	p.head(c)
	p.examination(c)
	p.found()
	p.conclusion(c)
	p.section("What this does not show", "")
	p.line("%s", Limits)
	p.line("%s", trust)
	p.files()
	return p.w.Flush()
}

const method = `A digest is valid when an RSA signature (PKCS#1 v1.5, SHA-256) verifies over
  digestEndTime LF bucket/key LF hex(SHA-256 of the inflated digest)
  LF previousDigestSignature
with the public key that it names; the signature is the one that S3 kept as
metadata of the digest, or the one that the following digest holds. A log is
valid when the SHA-256 of its inflated content is the one that a valid digest
lists. The digests of an account, region and trail form a chain: each names the
one before it by key, hash and signature, so one that is taken out is missed.`

const trust = `The public keys are the root of all this: a key that is not AWS's proves
nothing. Where each came from is said above, and can be compared with what
CloudTrail publishes (ListPublicKeys). Any other tool can repeat every step;
"go doc ctlog/digest" has it spelled out for sha256sum and openssl.`

// section begins one of the main parts.
func (p *page) section(title, intro string) {
	p.folder = ""
	p.line("")
	p.line("")
	p.line("%s", title)
	p.line("%s", strings.Repeat("-", len(title)))
	if intro != "" {
		p.indented(0, "%s", intro)
	}
}

// field is a line of a case file's head, if there is anything to be said.
func (p *page) field(what, format string, args ...any) {
	if text := fmt.Sprintf(format, args...); text != "" {
		p.hang(fmt.Sprintf("%-12s", what), 12, "%s", text)
	}
}

func (p *page) head(c Case) {
	p.line("")
	p.field("case", "%s", c.ID)
	p.field("examiner", "%s", c.Examiner)
	p.field("note", "%s", c.Note)
	p.field("tool", "ctlog %s, SHA-256 %s", c.Version, c.Binary)
	p.field("results", "SHA-256 %s", c.Results.SHA256)
	p.field("", "of %s, %s bytes of JSON lines", term.Plural(c.Results.Lines, "line"), term.Count(c.Results.Bytes))
	p.line("%-12s%s", "check", name(c.Results.Check))
}

func (p *page) examination(c Case) {
	p.section("Examination", "What was examined, with what, and how. Times are in UTC.")
	p.line("")
	p.line("%-12s%s", "command", name(commandLine(c.Command)))
	p.field("directory", "%s", c.Directory)
	p.field("host", "%s, %s", c.Host, c.System)
	p.field("time zone", "%s", c.Zone)
	p.field("started", "%s", stamp(c.Start))
	p.field("ended", "%s", stamp(c.End))
	p.field("exit status", "%d", c.Status)
	p.field("build", "%s", c.Build)
	p.inputs("what was examined", c.Inputs)
	p.inputs("metadata of digests, which has signatures, and manifests", c.Metadata)
	p.keyFiles(c.Keys)
	p.title("method")
	p.line("%s", method)
}

func (p *page) inputs(title string, list []Input) {
	if len(list) == 0 {
		return
	}
	p.title(title)
	for _, in := range list {
		p.line("  %s", name(in.Path))
		p.indented(4, "%s", in)
		if in.SHA256 != "" {
			p.line("    SHA-256 %s", in.SHA256)
		}
	}
}

func (p *page) keyFiles(list []KeyFile) {
	p.title("files of public keys")
	if len(list) == 0 {
		p.line("  none")
	}
	for _, k := range list {
		p.line("  %s", name(k.Path))
		p.indented(4, "%s, %s", k.Origin, term.Plural(len(k.Fingerprints), "key"))
		p.line("    SHA-256 %s", k.SHA256)
	}
}

// found is everything that was observed, without what follows from it.
func (p *page) found() {
	p.section("Findings", "What the program observed. Every file is listed at the end.")
	p.counts()
	p.totals()
	p.unread()
	p.wrong()
	p.findings()
	p.proven()
	p.keyRecords()
	p.notProven()
	p.heads()
	p.remarks()
	p.beside()
}

// size adds sizes up, of which some may not be known.
type size struct {
	files, unknown int
	bytes          int64
}

func (s *size) add(n int64) {
	s.files++
	if n < 0 {
		s.unknown++
		return
	}
	s.bytes += n
}

func (s size) String() string {
	text := fmt.Sprintf("%s, %s bytes as held", term.Plural(s.files, "file"), term.Count(s.bytes))
	if s.unknown > 0 {
		text += fmt.Sprintf(" (the size of %s is not known)", term.Count(int64(s.unknown)))
	}
	return text
}

// totals says how much was there.
func (p *page) totals() {
	kinds := []string{"digests", "logs", "other", "unread", "skipped"}
	sizes := map[string]*size{}
	for _, k := range kinds {
		sizes[k] = &size{}
	}
	for it := range p.r.Items() {
		if it.Path != "" {
			sizes[fileKind(it.Digest)+"s"].add(it.Size)
		}
	}
	for _, b := range p.r.Beside {
		sizes[string(b.Kind)].add(b.Size)
	}
	p.title("sizes")
	for _, k := range kinds {
		if sizes[k].files > 0 {
			p.count(k, sizes[k].String())
		}
	}
}

// keyRecords names the keys that proved something, with all that is known of
// them.
func (p *page) keyRecords() {
	if len(p.r.Keys) == 0 {
		return
	}
	p.title("by these public keys")
	for _, k := range p.r.Keys {
		p.indented(2, "%s  %s", k.Fingerprint, term.Plural(k.Digests, "digest"))
		p.line("    SHA-256 of the DER %s", sum(k.DER))
		p.indented(4, "valid from %s to %s", cmp.Or(stamp(k.Start), "an unknown time"), cmp.Or(stamp(k.End), "an unknown time"))
		p.indented(4, "%s", k.Origin.Record())
	}
}

var meanings = map[digest.Verdict]string{
	digest.Proven: `Every digest and log here is what AWS signed and delivered, and no digest is
missing between the first and the last of each chain.`,
	digest.Incomplete: `Nothing here contradicts a signature or a hash, and not everything here is
proven. What is listed as valid is proven nevertheless.`,
	digest.Tampered: `Something here contradicts what AWS signed: a file is altered, missing,
unreadable, or was not delivered by this trail. Who did that, when and why does
not follow from it; a damaged disk, a download that ended early or a second
trail without validation can have the same effect. What is listed as valid is
proven nevertheless.`,
}

func (p *page) conclusion(c Case) {
	p.section("Conclusion", "What follows from the findings, by the rules of the method.")
	p.line("")
	p.verdict()
	p.line("")
	p.line("%s", meanings[p.r.Verdict])
	if p.r.Unread() > 0 {
		p.indented(0, "It is not about what could not be read; that is named in the findings.")
	}
	p.line("")
	p.line("The exit status is %d.", c.Status)
}

// files lists everything, with its hashes.
func (p *page) files() {
	p.section("Every file, by its key", "Hashes are SHA-256: of the file as it is held, and of its inflated content, which is what digests list.")
	for it := range p.r.Items() {
		p.file(it)
	}
	if len(p.r.Beside) == 0 {
		return
	}
	p.section("Every other path", "")
	for _, b := range p.r.Beside {
		p.line("")
		p.line("%s", name(b.Path))
		p.field("  is", "%s", b.Kind)
		p.field("  reason", "%s", b.Reason)
		p.field("  size", "%s", bytesOf(b.Size))
		p.field("  as held", "%s", sum(b.Stored))
	}
}

func (p *page) file(it digest.Item) {
	p.line("")
	p.line("%s", name(it.Key))
	p.line("  %-10s%s, %s", "is", fileKind(it.Digest), it.Status)
	p.field("  reason", "%s", it.Reason)
	if it.Path != "" {
		p.line("  %-10s%s", "file", name(it.Path))
		p.field("  size", "%s", bytesOf(it.Size))
	}
	p.field("  bucket", "%s", it.Bucket)
	p.field("  as held", "%s", sum(it.Stored))
	p.field("  content", "%s", sum(it.Sum))
	if it.Expected != it.Sum {
		p.field("  expected", "%s", sum(it.Expected))
	}
	p.field("  listed by", "%s", it.ListedBy)
	if it.Signature != "" {
		p.field("  signature", "%s", strings.TrimSuffix(it.Signature+", "+it.SignatureFrom, ", "))
	}
	p.field("  key", "%s", it.Fingerprint)
}

func bytesOf(n int64) string {
	if n < 0 {
		return ""
	}
	return term.Count(n) + " bytes"
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

// zone says what a host's time zone is.
func zone(t time.Time) string {
	name, offset := t.Zone()
	return fmt.Sprintf("%s (UTC%+03d:%02d)", name, offset/3600, max(offset, -offset)/60%60)
}
