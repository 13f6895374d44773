package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"path"
	"slices"
	"strings"

	"ctlog/internal/testkit/trailgen"
)

// dispute is a file that the CLI and verify may judge differently.
type dispute struct {
	*awsCase
	awsLine
	ours  []ourLine // what verify says of that key
	heads []ourLine // where the chains begin
	moved []ourLine // which are signed for another bucket
	loose []ourLine // digests of the region that nothing proves
}

// agreed reports whether both say the same. A file that verify does not even
// name is not agreed to be INVALID.
func (d dispute) agreed() bool {
	return (d.oursValid() && !d.elsewhere()) == d.valid() && len(d.ours) > 0
}

// elsewhere reports whether both say that a digest is signed for another
// bucket: the CLI of the digest, verify of its chain.
func (d dispute) elsewhere() bool {
	return d.kind == "digest" && strings.HasPrefix(d.said, "INVALID: has been moved") && len(d.moved) > 0
}

// oursValid reports whether verify says that what is at the key is valid or,
// where nothing is, that something else is what was there.
func (d dispute) oursValid() bool {
	there := slices.DeleteFunc(slices.Clone(d.ours), func(l ourLine) bool { return d.place(l.Path) != d.key })
	if len(there) == 0 {
		there = d.ours
	}
	return slices.ContainsFunc(there, func(l ourLine) bool { return l.Status == "valid" })
}

// stored is what is at the key, nil if nothing is.
func (d dispute) stored() *trailgen.Stored { return d.Objects[d.key] }

// all reports whether verify names the file, and always with this status.
func (d dispute) all(status string) bool {
	return len(d.ours) > 0 && !slices.ContainsFunc(d.ours, func(l ourLine) bool { return l.Status != status })
}

// foundAt reports whether verify calls a file at this path valid, which has
// indeed the content that was delivered.
func (d dispute) foundAt(path func(string) bool) bool {
	return slices.ContainsFunc(d.ours, func(l ourLine) bool {
		at := d.place(l.Path)
		return l.Status == "valid" && path(at) && d.same(d.Objects[at], d.key)
	})
}

// wrong is a case in which the CLI is wrong.
type wrong struct {
	name    string
	applies func(dispute) bool
}

var awsWrong = []wrong{
	// It does not see a digest that nobody signed, or that has another's name.
	// verify does, calls it unverified or altered, and the hour has a digest then.
	{"gap that an unproven digest is in", func(d dispute) bool {
		return d.kind == "gap" && len(d.ours) == 0 && len(d.loose) > 0
	}},
	// It asks S3 for the digest's own signature only. The copy of it that the
	// successor holds proves the same content.
	{"digest proven by its successor, its own metadata lost or spoilt", func(d dispute) bool {
		return d.kind == "digest" && d.said != "INVALID: not found" && d.oursValid() && d.ours[0].Signature == "successor" &&
			d.same(d.stored(), d.key) && d.stored().Metadata["signature"] != d.delivered[d.key].Metadata["signature"]
	}},
	// It asks for the key. The content proves the log under any name.
	{"log found under another name", func(d dispute) bool {
		return d.kind == "log" && d.said == "INVALID: not found" && d.stored() == nil &&
			d.foundAt(func(at string) bool { return strings.Contains(at, "_Forged") })
	}},
	// The same of a digest whose name is none of a digest's.
	{"digest found under another name", func(d dispute) bool {
		return d.kind == "digest" && d.said == "INVALID: not found" && d.stored() == nil && d.foundAt(func(at string) bool { return path.Base(at) != path.Base(d.key) })
	}},
	// It takes nothing but gzip; the hash is of the inflated bytes.
	{"log gunzipped by hand", func(d dispute) bool {
		return d.kind == "log" && d.said == "INVALID: not found" && d.stored() == nil &&
			d.foundAt(func(at string) bool { return at+".gz" == d.key })
	}},
	// It stops at the end of the first gzip member. Every other tool goes on,
	// and shows events that nobody signed.
	{"log with a second gzip member", func(d dispute) bool {
		return d.kind == "log" && d.valid() && d.all("altered") && d.members() > 1
	}},
	{"digest with a second gzip member", func(d dispute) bool {
		return d.kind == "digest" && d.valid() && d.all("unreadable") && d.members() > 1
	}},
	// The same, with bytes that are not gzip.
	{"log or digest with garbage behind it", func(d dispute) bool {
		return d.valid() && d.all("unreadable") && d.garbage()
	}},
	// It never asks zlib whether the stream of a log has ended.
	{"log without its gzip trailer", func(d dispute) bool {
		return d.kind == "log" && d.valid() && d.all("unreadable") && d.cutShort()
	}},
	// What follows from the digests above: what one says that is not accepted
	// here does not count.
	{"log or digest that only a digest with bytes behind it names", func(d dispute) bool {
		by := d
		by.key = d.namedBy[d.key]
		return (by.members() > 1 || by.garbage()) &&
			(d.valid() && d.kind == "log" && d.all("uncovered") || d.said == "INVALID: not found" && len(d.ours) == 0)
	}},
	// A copy has to begin somewhere. Of the digest before, verify says that
	// the proof begins after it, unless it is told to go back further.
	{"predecessor of the oldest digest, which is not part of the copy", func(d dispute) bool {
		return d.kind == "digest" && d.said == "INVALID: not found" && len(d.ours) == 0 && !d.since &&
			slices.ContainsFunc(d.heads, func(l ourLine) bool { return l.Predecessor == d.key })
	}},
}

// firstMember inflates the first member of a gzip file; rest is what follows.
func firstMember(b []byte) (content, rest []byte, err error) {
	in := bytes.NewReader(b)
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, b, err
	}
	z.Multistream(false)
	content, err = io.ReadAll(z)
	return content, b[len(b)-in.Len():], err
}

// members counts the gzip members of what is stored, 0 if it is not all gzip.
func (d dispute) members() (n int) {
	if d.stored() == nil {
		return 0
	}
	rest := d.stored().Bytes
	for ; len(rest) > 0; n++ {
		var err error
		if _, rest, err = firstMember(rest); err != nil {
			return 0
		}
	}
	return n
}

// garbage reports whether something that is not gzip follows a sound member.
func (d dispute) garbage() bool {
	if d.stored() == nil {
		return false
	}
	_, rest, err := firstMember(d.stored().Bytes)
	return err == nil && len(rest) > 0 && d.members() == 0
}

// cutShort reports whether what is stored ends before its first member does,
// all content being there.
func (d dispute) cutShort() bool {
	content, _, err := firstMember(d.stored().Bytes)
	genuine, _, _ := firstMember(d.delivered[d.key].Bytes)
	return err == io.ErrUnexpectedEOF && bytes.Equal(content, genuine)
}
