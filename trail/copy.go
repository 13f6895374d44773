package trail

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/source"
)

// Copy is a copy of trails as digest sees it: where what is read and what is
// proven meet. Its fields are set before it is used; it is for one verification.
type Copy struct {
	Scan       scan.Config
	Signatures *digest.Signatures // filled while the files are handed over
	Reporter   Reporter           // nil: nobody is told
	Versions   *Versions          // nil where objects have but one
	// Hold says that what is read is held until it is judged, so that memory is
	// worth a thriftier collector; Unload, if set, is called when there is much.
	Hold   bool
	Unload func()
	// Manifest says that files are held against the manifest of their copy.
	Manifest bool
	// Ask gives the histories of objects with which something is wrong; nil where
	// there are none. With Versions nobody is asked.
	Ask func(ctx context.Context, wrong []string) []digest.History

	Unread   int         // files and PATHs that could not be opened, asked for or not
	Unopened int         // of these, PATHs
	Inputs   []InputFile // files of metadata and manifests that were read

	lean      lean
	beside    []digest.Beside // what was skipped or could not be opened
	manifests *manifests      // nil where copies are not held against them
	again     bool            // this is not the first pass
	before    *digest.Digest  // the digest that was handed over last
	last      Part            // what the file has told that is being read
}

// Reporter hears of what a verification could not read or understand, in the
// order of the evidence, on one goroutine.
type Reporter interface {
	// Unread hears of a file or a folder that could not be read to its end.
	Unread(o scan.Outcome)
	// Passed hears of what was passed over because it is read elsewhere.
	Passed(path string, why error)
	// Metadata hears of a document of metadata that is of no use.
	Metadata(file string, err error)
}

// InputFile is a file that a verification read beside the evidence.
type InputFile struct {
	Path   string
	Size   int64    // -1 when unknown
	Stored [32]byte // SHA-256 as it is held, if that was asked for
}

// Part is what a worker learns about a file from its content.
type Part struct {
	kind    digest.Kind
	word    string // of digest.Other: what CloudTrail calls it
	digest  *digest.Digest
	err     error
	control []digest.ControlEvent
	doc     []byte // where it is from, a line feed, and a line of kept metadata
	listed  []byte // likewise, a line of a manifest
}

// IsMetadata reports whether a part is about other files than its own.
func (p *Part) IsMetadata() bool { return p.doc != nil || p.listed != nil }

// Files implements digest.Store.
func (s *Copy) Files(ctx context.Context, read func(digest.FileID, digest.Name) bool, take func(digest.File) error) error {
	config := s.Hashing(read)
	end := func(o scan.Outcome) error { return s.End(o, config.Named, take) }
	defer s.Passes()
	return scan.Run(ctx, config, func() scan.Handler[Part] { return Look }, s.Add, end)
}

// Passes says that a pass over all files has ended: what it told is not told again.
func (s *Copy) Passes() { s.again = true }

// Add takes a part of the file that is being read.
func (s *Copy) Add(f Part) error {
	switch {
	case f.listed != nil:
		s.line(f)
	case f.doc != nil:
		s.last.doc = f.doc
		s.signature(f)
	case f.control != nil:
		s.last.control = f.control
	default:
		f.control = s.last.control
		s.last = f
	}
	return nil
}

// Hashing is the configuration of a pass that hashes what read wants.
func (s *Copy) Hashing(read func(digest.FileID, digest.Name) bool) scan.Config {
	config := s.Scan
	config.Hash, config.Source.Metadata = true, true
	if s.Manifest && s.manifests == nil {
		s.manifests = newManifests()
	}
	if s.manifests != nil {
		config.Source.Manifest, config.StoredIf = !s.again, s.manifests.isListed
	}
	config.Named = func(o *source.Object) bool {
		switch o.Key.Kind {
		case source.KindDigest, source.KindMetadata, source.KindManifest, source.KindUnknown:
			return false
		}
		return !read(IDOf(o), NameOf(o.Key))
	}
	return config
}

// Look is a handler that finds out by content what a file is, where its name does not say or
// where the content is needed.
func Look(_ context.Context, f scan.File, put func(Part, int) bool) error {
	switch f.Key.Kind {
	case source.KindManifest:
		for d, err := range f.Body.Documents() {
			if err != nil || !put(Part{listed: append([]byte(f.Path+"\n"), d.Raw...)}, len(d.Raw)) {
				return err
			}
		}
	case source.KindMetadata:
		for d, err := range f.Body.Documents() {
			if err != nil || !put(Part{doc: append([]byte(f.Path+"\n"), d.Raw...)}, len(d.Raw)) {
				return err
			}
		}
	case source.KindDigest:
		putDigest(f, put)
	default:
		if f.Key.Kind == source.KindLog && !f.Key.Foreign {
			putControls(f, put) // all else is known by its hash, or not at all
			return nil
		}
		if content, ok := f.Body.Whole(); ok && parse.IsDigest(content) {
			putDigest(f, put)
			return nil
		}
		return lookForEvents(f, put)
	}
	return nil
}

// putDigest puts a digest, and its signature where S3 itself handed it over.
func putDigest(f scan.File, put func(Part, int) bool) {
	if m := f.Metadata(); m["signature"] != "" {
		doc, _ := json.Marshal(MetadataLine{Key: f.Name, Metadata: m}) // of strings alone
		put(Part{doc: append([]byte(f.Path+"\n"), doc...)}, len(doc))
	}
	put(parsedDigest(f.Body, f.Size), 0)
}

func parsedDigest(b *parse.Body, stored int64) (f Part) {
	f.kind = digest.DigestFile
	f.digest, f.err = ParseDigest(b, stored)
	return f
}

// ParseDigest reads a digest; stored is its size as it is held, -1 when unknown.
func ParseDigest(b *parse.Body, stored int64) (*digest.Digest, error) {
	content, whole := b.Whole()
	switch {
	case !whole:
		return nil, fmt.Errorf("it is cut off, damaged, or larger than %d MiB", digest.MaxSize>>20)
	case stored >= 0 && int64(len(content)) > digest.MaxRatio*max(stored, 100):
		return nil, fmt.Errorf("it inflates to more than %d times its size, which no digest of CloudTrail's does", digest.MaxRatio)
	case b.Members() > 1:
		return nil, parse.ErrTrailing
	}
	return digest.Parse(content)
}

// signature takes a document of metadata; what is wrong with it is said and
// costs nothing but that signature.
func (s *Copy) signature(f Part) {
	name, doc, _ := bytes.Cut(f.doc, []byte("\n"))
	if err := s.Signatures.Add(doc, string(name)); err != nil && s.Reporter != nil {
		s.Reporter.Metadata(string(name), err)
	}
}

// line takes a line of a manifest.
func (s *Copy) line(f Part) {
	if name, line, _ := bytes.Cut(f.listed, []byte("\n")); s.manifests != nil {
		s.manifests.open(string(name)).Add(line)
	}
}

// kept takes the end of a file of metadata, or of a manifest.
func (s *Copy) kept(o scan.Outcome) {
	if o.Err != nil {
		s.complain(o)
	}
	if s.again {
		return
	}
	s.Inputs = append(s.Inputs, InputFile{o.Path, o.Object.Size, o.Stored})
	if o.Object.Key.Kind != source.KindManifest || s.manifests == nil {
		return
	}
	if m := s.manifests.open(o.Path); o.Err != nil && !errors.Is(o.Err, parse.ErrEmpty) {
		m.Cut(o.Err)
	}
}

// End takes the end of a file, and hands it over as a file of the evidence, if
// it is one; named says which files were not opened.
func (s *Copy) End(o scan.Outcome, named func(*source.Object) bool, take func(digest.File) error) error {
	f := s.last
	s.last = Part{}
	if at := Unopened(o.Err); at != nil {
		return s.closed(o, at, take)
	}
	switch o.Object.Key.Kind {
	case source.KindMetadata, source.KindManifest:
		s.kept(o)
		return nil
	}
	if s.manifests != nil && (!s.again || o.Stored != [32]byte{}) {
		s.manifests.hold(o, true)
	}
	d := digest.File{
		Path: o.Path, Member: o.Object.Member, Key: KeyOf(o.Object), Name: NameOf(o.Object.Key), Version: s.Versions.of(o.Object), Bucket: bucketOf(o.Path),
		Digest: f.digest, Sum: o.Sum, Stored: o.Stored, Size: o.Object.Size, Members: o.Members, Err: o.Err,
		Read: !named(o.Object), Control: f.control,
	}
	s.settleKind(&d, f)
	if f.err != nil && d.Err == nil {
		d.Err = f.err
	}
	if d.Name.Kind != digest.Unknown && errors.Is(d.Err, parse.ErrOther) {
		d.Err = nil // whatever it holds, its bytes are whole
	}
	if d.Err != nil {
		d.Digest = nil
	}
	if errors.Is(d.Err, parse.ErrRead) && d.Name.Kind != digest.Unknown {
		d.Closed = true // the disk or the network failed: that says nothing of the content
		s.unreadable(o)
	}
	nothing := errors.Is(d.Err, parse.ErrEmpty) && (d.Name.Kind == digest.Other || d.Name.Foreign)
	if d.Name.Kind == digest.Unknown && d.Err != nil || nothing || errors.Is(d.Err, source.ErrSkipped) {
		s.passOver(o, d.Err)
		return nil
	}
	if s.Hold {
		s.lean.hold(s.Unload)
	}
	s.share(&d)
	return take(d)
}

// settleKind lets the content say what a file is where the name does not, or
// says that it is of another kind than digests and logs.
func (s *Copy) settleKind(d *digest.File, f Part) {
	nameless := d.Name.Kind == digest.Unknown || d.Name.Foreign && d.Name.Kind == digest.Log && (d.Err == nil || errors.Is(d.Err, parse.ErrOther))
	switch {
	case f.kind == digest.DigestFile, nameless:
		d.Name.Kind = f.kind
	case d.Name.Kind == digest.Other:
		d.Events = f.kind == digest.Log
	}
	d.Name.Word = cmp.Or(f.word, d.Name.Word)
}

// Events implements digest.Store.
func (s *Copy) Events(ctx context.Context, wanted func(digest.FileID) bool, texts []string, take func(digest.FileID, []byte) error) error {
	if !Rereadable(s.Scan.Paths) {
		return digest.ErrOnce
	}
	type hit struct {
		id  digest.FileID
		raw []byte
	}
	config := s.Scan
	config.Meter = nil
	config.Named = func(o *source.Object) bool { return !wanted(IDOf(o)) }
	handler := func(_ context.Context, f scan.File, put func(hit, int) bool) error {
		for e, err := range f.Body.Events() {
			if err == nil && containsAny(e.Raw, texts) && !put(hit{IDOf(f.Object), bytes.Clone(e.Raw)}, len(e.Raw)) {
				break
			}
		}
		return nil
	}
	return scan.Run(ctx, config, func() scan.Handler[hit] { return handler },
		func(h hit) error { return take(h.id, h.raw) }, func(scan.Outcome) error { return nil })
}

func containsAny(raw []byte, texts []string) bool {
	for _, t := range texts {
		if bytes.Contains(raw, []byte(t)) {
			return true
		}
	}
	return false
}

// IDOf tells an object from all others.
func IDOf(o *source.Object) digest.FileID { return digest.FileID{Path: o.Path, Member: o.Member} }

// bucketOf is the bucket that a path is in, "" for what is on disk.
func bucketOf(path string) string {
	rest, remote := strings.CutPrefix(path, "s3://")
	if !remote {
		return ""
	}
	bucket, _, _ := strings.Cut(rest, "/")
	return bucket
}

// KeyOf is the best guess at a file's S3 key.
func KeyOf(o *source.Object) string { return cmp.Or(source.ShortKey(objectPath(o)), o.Name) }

// NameOf is a key's meaning in the words of package digest.
func NameOf(k source.Key) digest.Name {
	n := digest.Name{Account: k.Account, Org: k.Org, Region: k.Region, Time: k.Time, Trail: k.Trail, HomeRegion: k.HomeRegion, Backfill: k.Backfill, Foreign: k.Foreign}
	switch k.Kind {
	case source.KindUnknown, source.KindMetadata, source.KindManifest:
	case source.KindLog:
		n.Kind = digest.Log
	case source.KindDigest:
		n.Kind = digest.DigestFile
	default:
		n.Kind, n.Word = digest.Other, k.Kind.String()
	}
	return n
}

// ParseName is what a key says in the words of package digest: digest.Options.Names.
func ParseName(s string) digest.Name { return NameOf(source.ParseKey(strings.TrimSpace(s))) }

// Rereadable reports whether paths can be read a second time.
func Rereadable(paths []string) bool {
	for _, p := range paths {
		if info, err := os.Stat(p); p == "-" || err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}
