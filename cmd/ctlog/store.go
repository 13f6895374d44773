package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/report"
	"ctlog/source"
)

// store is the evidence as digest sees it: where the two rivers meet.
type store struct {
	lean       *lean // set while a verification holds what it has read
	app        *app
	config     scan.Config
	signatures *digest.Signatures // filled while the files are handed over
	beside     []digest.Beside    // what was skipped or could not be opened
	unread     int                // that could not be opened, whether it was asked for or not
	unopened   int                // PATHs that could not be opened at all
	told       int                // links and nested archives that were named on stderr
	untold     int                // those that were not
	versions   *histories         // nil without --versions
	manifests  *manifests         // nil where copies are not held against them
	quiet      bool               // another pass over the same files has complained, or will
	again      bool               // this is not the first pass
	before     *digest.Digest     // the digest that was handed over last

	report   bool           // a report is written: everything is hashed as it is held
	archives []string       // on disk, that were entered; for a report
	metadata []report.Input // files of metadata that were read
	piped    *hashedStream  // standard input, for a report
}

// found is what a worker learns about a file from its content.
type found struct {
	kind    digest.Kind
	word    string // of digest.Other: what CloudTrail calls it
	digest  *digest.Digest
	err     error
	control []digest.ControlEvent
	doc     []byte // where it is from, a line feed, and a line of kept metadata
	listed  []byte // likewise, a line of a manifest
}

// Files implements digest.Store.
func (s *store) Files(ctx context.Context, read func(digest.FileID, digest.Name) bool, take func(digest.File) error) error {
	config := s.hashing(read)
	var last found
	part := func(f found) error {
		switch {
		case f.listed != nil:
			s.line(f)
		case f.doc != nil:
			last.doc = f.doc
			return s.signature(f)
		case f.control != nil:
			last.control = f.control
		default:
			f.control = last.control
			last = f
		}
		return nil
	}
	end := func(o scan.Outcome) error {
		f := last
		last = found{}
		return s.file(o, f, config.Named, take)
	}
	err := scan.Run(ctx, config, func() scan.Handler[found] { return look }, part, end)
	s.quiet, s.again = true, true
	return err
}

// hashing is the configuration of a pass that hashes what read wants.
func (s *store) hashing(read func(digest.FileID, digest.Name) bool) scan.Config {
	config := s.config
	config.Hash, config.Source.Metadata = true, true
	if s.manifests != nil {
		config.Source.Manifest, config.StoredIf = !s.again, s.manifests.isListed
	}
	config.Named = func(o *source.Object) bool {
		switch o.Key.Kind {
		case source.KindDigest, source.KindMetadata, source.KindManifest, source.KindUnknown:
			return false
		}
		return !read(idOf(o), nameOf(o.Key))
	}
	return config
}

// look finds out by content what a file is, where its name does not say or
// where the content is needed.
func look(_ context.Context, f scan.File, put func(found, int) bool) error {
	switch f.Key.Kind {
	case source.KindManifest:
		for d, err := range f.Body.Documents() {
			if err != nil || !put(found{listed: append([]byte(f.Path+"\n"), d.Raw...)}, len(d.Raw)) {
				return err
			}
		}
	case source.KindMetadata:
		for d, err := range f.Body.Documents() {
			if err != nil || !put(found{doc: append([]byte(f.Path+"\n"), d.Raw...)}, len(d.Raw)) {
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
func putDigest(f scan.File, put func(found, int) bool) {
	if m := f.Metadata(); m["signature"] != "" {
		doc, _ := json.Marshal(keptMetadata{Key: f.Name, Metadata: m}) // of strings alone
		put(found{doc: append([]byte(f.Path+"\n"), doc...)}, len(doc))
	}
	put(parseDigest(f.Body, f.Size), 0)
}

// keptMetadata is a line of ctlog-metadata.jsonl.
type keptMetadata struct {
	Bucket   string            `json:"bucket"`
	Key      string            `json:"key"`
	Metadata map[string]string `json:"metadata"`
}

// parseDigest reads a digest; stored is its size as it is held, -1 when unknown.
func parseDigest(b *parse.Body, stored int64) (f found) {
	f.kind = digest.DigestFile
	content, whole := b.Whole()
	switch {
	case !whole:
		f.err = fmt.Errorf("it is cut off, damaged, or larger than %d MiB", digest.MaxSize>>20)
	case stored >= 0 && int64(len(content)) > digest.MaxRatio*max(stored, 100):
		f.err = fmt.Errorf("it inflates to more than %d times its size, which no digest of CloudTrail's does", digest.MaxRatio)
	case b.Members() > 1:
		f.err = parse.ErrTrailing
	default:
		f.digest, f.err = digest.Parse(content)
	}
	return f
}

// signature takes a document of metadata; what is wrong with it is said and
// costs nothing but that signature.
func (s *store) signature(f found) error {
	name, doc, _ := bytes.Cut(f.doc, []byte("\n"))
	if err := s.signatures.Add(doc, string(name)); err != nil {
		s.app.voice.Error("%s: %s", name, err)
	}
	return nil
}

// line takes a line of a manifest.
func (s *store) line(f found) {
	if name, line, _ := bytes.Cut(f.listed, []byte("\n")); s.manifests != nil {
		s.manifests.open(string(name)).Add(line)
	}
}

// kept takes the end of a file of metadata, or of a manifest.
func (s *store) kept(o scan.Outcome) {
	if o.Err != nil {
		s.complain(o)
	}
	if s.again {
		return
	}
	s.metadata = append(s.metadata, storedInput(o))
	if o.Object.Key.Kind != source.KindManifest || s.manifests == nil {
		return
	}
	if m := s.manifests.open(o.Path); o.Err != nil && !errors.Is(o.Err, parse.ErrEmpty) {
		m.Cut(o.Err)
	}
}

// file turns the end of a scan into a file of the evidence.
func (s *store) file(o scan.Outcome, f found, named func(*source.Object) bool, take func(digest.File) error) error {
	if at := unopened(o.Err); at != nil {
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
		Path: o.Path, Member: o.Object.Member, Key: keyOf(o.Object), Name: nameOf(o.Object.Key), Version: s.versions.of(o.Object), Bucket: bucketOf(o.Path),
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
		s.unread++
		s.complain(o)
	}
	nothing := errors.Is(d.Err, parse.ErrEmpty) && (d.Name.Kind == digest.Other || d.Name.Foreign)
	if d.Name.Kind == digest.Unknown && d.Err != nil || nothing || errors.Is(d.Err, source.ErrSkipped) {
		s.passOver(o, d.Err)
		return nil
	}
	if s.lean != nil {
		s.lean.hold()
	}
	s.share(&d)
	return take(d)
}

// settleKind lets the content say what a file is where the name does not, or
// says that it is of another kind than digests and logs.
func (s *store) settleKind(d *digest.File, f found) {
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
func (s *store) Events(ctx context.Context, wanted func(digest.FileID) bool, texts []string, take func(digest.FileID, []byte) error) error {
	if !rereadable(s.config.Paths) {
		return digest.ErrOnce
	}
	type hit struct {
		id  digest.FileID
		raw []byte
	}
	config := s.config
	config.Meter = nil
	config.Named = func(o *source.Object) bool { return !wanted(idOf(o)) }
	handler := func(_ context.Context, f scan.File, put func(hit, int) bool) error {
		for e, err := range f.Body.Events() {
			if err == nil && containsAny(e.Raw, texts) && !put(hit{idOf(f.Object), bytes.Clone(e.Raw)}, len(e.Raw)) {
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

// idOf tells an object from all others.
func idOf(o *source.Object) digest.FileID { return digest.FileID{Path: o.Path, Member: o.Member} }

// bucketOf is the bucket that a path is in, "" for what is on disk.
func bucketOf(path string) string {
	rest, remote := strings.CutPrefix(path, "s3://")
	if !remote {
		return ""
	}
	bucket, _, _ := strings.Cut(rest, "/")
	return bucket
}

// keyOf is the best guess at a file's S3 key.
func keyOf(o *source.Object) string { return cmp.Or(source.ShortKey(objectPath(o)), o.Name) }

// nameOf is a key's meaning in the words of package digest.
func nameOf(k source.Key) digest.Name {
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

func parseName(s string) digest.Name { return nameOf(source.ParseKey(strings.TrimSpace(s))) }
