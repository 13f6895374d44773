package report

import (
	"fmt"
	"path"
	"strings"
	"time"

	"ctlog/digest"
)

// remedies says what would prove more: folders of the trail, a narrower span,
// or commands that fetch what is lacking.
func (p *page) remedies() {
	if len(p.r.Folders) > 0 {
		p.line("  add these folders to the copy:")
		for _, f := range p.r.Folders[:min(len(p.r.Folders), atMost)] {
			p.line("    %s", name(f))
		}
	}
	p.partial()
	if commands := Commands(p.r); len(commands) > 0 {
		p.line("  these commands fetch what is lacking:")
		for _, c := range commands {
			p.line("    %s", name(c))
		}
	}
}

// partial names the flags by which a copy that has only a part of a trail is
// verified as what it is.
func (p *page) partial() {
	part := p.r.Partial
	if part == nil {
		return
	}
	var flags []string
	if !part.Since.IsZero() {
		flags = append(flags, "--since "+stamp(part.Since))
	}
	if !part.Until.IsZero() {
		flags = append(flags, "--until "+stamp(part.Until))
	}
	if len(flags) > 0 {
		p.indented(2, "this looks like a part of a trail; what is here is verified alone by %s", strings.Join(flags, " "))
	}
}

// Commands are the calls that would fetch keys and signatures that are lacking.
func Commands(r *digest.Report) (list []string) {
	for _, n := range r.Lacking {
		list = append(list, fmt.Sprintf("ctlog keys fetch --region %s --since %s --until %s -o keys-%s.json  # then --keys keys-%s.json",
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
