// Package source says where evidence comes from: files, directory trees,
// archives and standard input, and by a Backend from elsewhere, as from S3 by
// source/s3. It yields named, sized, openable objects in a fixed order and
// knows CloudTrail's naming convention; it never looks inside an object and
// never writes.
//
// Start with Walk, then read tree.go, archive.go with zip.go, tar.go and
// tarstream.go, pipe.go, and remote.go with scope.go; key.go stands alone.
//
// The order of the objects is the order of the PATHs and, within one PATH, the
// byte order of the slash-separated names, so a folder, a tar of it and a zip
// of it give the same sequence. Memory does not grow with the number of files
// in a tree: it holds one directory's names per level, or one archive's index
// (about a hundred bytes a member).
package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Object is one piece of evidence. Its fields must not be changed.
type Object struct {
	Path string // as people know it: the PATH joined with Name
	Name string // slash-separated, relative to the PATH; the base name when the PATH is a file
	Root string // the PATH it was found under
	Size int64  // bytes as stored, -1 when unknown
	Key  Key    // what the name says
	// Version is what Path ends in where a backend hands over several versions
	// of an object.
	Version string
	// Member is the place in the archive that it is a member of, from 1 on, 0
	// outside of one: two members may have one name, and so one Path.
	Member int

	// Loose says that its archive is not walked in the order of names.
	Loose bool

	open     func(context.Context) (io.ReadCloser, error)
	release  func()
	metadata map[string]string
	held     int64
}

// Held is how many bytes of memory the object holds until it has been read: it
// is a member of an archive that cannot be gone back to.
func (o *Object) Held() int64 { return o.held }

// Open opens the object's stored bytes. It may be called once, from any
// goroutine, also while the walk goes on.
func (o *Object) Open(ctx context.Context) (io.ReadCloser, error) {
	open := o.open
	o.open = nil // a member of an archive is held by it
	r, err := open(ctx)
	if err != nil {
		o.Release()
		return nil, &Error{Path: o.Path, Name: o.Name, Err: plain(err), Arg: o.Path == o.Root, Key: o.Key, Size: o.Size, Member: o.Member, Evident: true}
	}
	if m, ok := r.(interface{ Metadata() map[string]string }); ok {
		o.metadata = m.Metadata()
	}
	return r, nil
}

// Metadata is what is kept beside the object where it lies, such as S3's user
// metadata, names in lower case. It is there once Open has returned.
func (o *Object) Metadata() map[string]string { return o.metadata }

// Release says that the object will not be opened. A walk through an archive
// that is not seekable waits for every object to be closed or released.
func (o *Object) Release() {
	if o.release != nil {
		o.release()
	}
}

// Error is a path that could not be listed or opened, or was not, with the
// reason.
type Error struct {
	Path string
	Name string // as that of an Object
	Err  error
	Arg  bool  // the PATH itself, not something found below it
	Key  Key   // what the name says
	Size int64 // bytes as stored, -1 when unknown

	Member int // as that of an Object
	// Evident says that it looks like evidence: by its name, or because it is a
	// folder.
	Evident bool
}

func (e *Error) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Reason is why, without the word for what came of it.
func (e *Error) Reason() string {
	reason := e.Err.Error()
	for _, mark := range []error{ErrSkipped, ErrUnread} {
		reason = strings.TrimPrefix(reason, mark.Error()+": ")
	}
	return reason
}

// Reasons why something under a PATH was passed over or came out of order.
var (
	// ErrSkipped marks what is not evidence: notes, devices, ctlog's own files,
	// links to what is read anyway. It is worth a count, not a failure.
	ErrSkipped = errors.New("skipped")
	// ErrUnread marks what may be evidence and is not looked into: links,
	// archives within archives. Nothing is known of what is in it.
	ErrUnread = errors.New("not read")
	// ErrArchiveOrder is a note: a compressed tar was too large to be brought
	// into the order of its names, so its members come as they stand in it.
	ErrArchiveOrder = errors.New("members come in the order of the archive, not of their names: it is compressed as a whole and too large to sort")
	// ErrNoBackend means that a scheme such as s3:// has no backend here.
	ErrNoBackend = errors.New("this command does not read it")
)

// Options of a walk. The zero value is usable.
type Options struct {
	Stdin    io.Reader          // what "-" reads; nil: nothing
	Want     func(Key) bool     // objects whose key is not wanted are left out; nil: all
	Backends map[string]Backend // by scheme, without "://"
	Scope    Scope              // what backends need not list
	// Metadata asks for what copies keep of the S3 metadata of digests too, as
	// objects of KindMetadata.
	Metadata bool
	// Archive, when set, hears of every archive on disk that is entered.
	Archive func(path string)
	// Manifest asks for the manifests of copies on disk, as objects of
	// KindManifest, each before the files of its folder. Where members come as
	// they stand in an archive it may be later: they are Loose.
	Manifest bool
	// MaxInflated bounds what one compressed archive may inflate to while it is
	// read; 0 means DefaultMaxArchive.
	MaxInflated int64
}

// DefaultMaxArchive bounds the inflated size of a compressed archive: more
// than the largest collections that are passed around in one file, small
// enough to end a bomb.
const DefaultMaxArchive = 4 << 40

func (o Options) wants(k Key) bool { return o.Want == nil || o.Want(k) }

// Walk yields every object under paths. An error comes in the place of the
// object or directory that it concerns, is an *Error, and does not end the
// walk; the end of ctx does. What several paths lead to comes once.
func Walk(ctx context.Context, paths []string, o Options) iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		w := &walker{ctx: ctx, opts: o, yield: yield, paths: paths}
		again := repeated(paths, o)
		for i, p := range paths {
			w.root = p
			if again[i] && !w.fail(p, ErrAgain) || !again[i] && !w.arg(p) {
				return
			}
		}
	}
}

// walker carries one walk; its methods report false when it is over.
type walker struct {
	ctx   context.Context
	opts  Options
	root  string
	yield func(*Object, error) bool
	paths []string
	roots []string // where paths lead, whatever links are on the way; see isRead
}

func (w *walker) give(o *Object) bool {
	if w.ctx.Err() != nil {
		o.Release()
		return false
	}
	switch {
	case !w.opts.wants(o.Key):
		o.Release()
		return true
	case o.Key.Kind == KindMetadata && !w.opts.Metadata && o.Path != o.Root:
		o.Release()
		return w.pass(o.Path, o.Size, errMetadata)
	case o.Key.Kind == KindManifest && w.opts.Manifest == (o.Path == o.Root): // alone it is about nothing
		o.Release()
		return w.pass(o.Path, o.Size, errManifest)
	}
	return w.yield(o, nil)
}

func (w *walker) fail(path string, err error) bool { return w.pass(path, -1, err) }

// pass yields the reason why something is passed over, with its size.
func (w *walker) pass(path string, size int64, err error) bool {
	return w.ctx.Err() == nil && w.yield(nil, w.reason(path, size, err))
}

func (w *walker) reason(path string, size int64, err error) *Error {
	slashed := filepath.ToSlash(path)
	e := &Error{Path: path, Name: slashed, Err: plain(err), Arg: path == w.root, Key: ParseKey(slashed), Size: size}
	if below, ok := strings.CutPrefix(slashed, filepath.ToSlash(w.root)); ok && below != "" {
		e.Name = strings.TrimPrefix(below, "/")
	}
	e.Evident = e.Arg || NamedLikeEvidence(path)
	var opaque opaqueError
	e.Evident = e.Evident || errors.As(err, &opaque)
	var l *linkError
	if errors.As(err, &l) {
		e.Evident = e.Evident || l.dir || NamedLikeEvidence(l.target)
	}
	return e
}

// evidentNames are how logs are called when CloudTrail did not name them.
var evidentNames = []string{
	".json", ".jsonl", ".ndjson", ".gz", ".zst", ".xz", ".bz2", ".lz4", ".lzma", ".z", ".csv", ".tsv", ".log",
	".7z", ".rar", ".parquet", ".orc", ".avro", ".arrow", ".evtx", ".pcap", ".pcapng", ".xlsx", ".sqlite", ".age", ".gpg",
}

// NamedLikeEvidence reports whether a file is called as logs, digests and
// archives of them are.
func NamedLikeEvidence(name string) bool {
	lower := strings.ToLower(name)
	return archiveByName(lower) != notArchive || ParseKey(filepath.Base(name)).Kind != KindUnknown ||
		slices.ContainsFunc(evidentNames, func(ext string) bool { return strings.HasSuffix(lower, ext) })
}

func skipped(why string) error { return fmt.Errorf("%w: %s", ErrSkipped, why) }
func unread(why string) error  { return fmt.Errorf("%w: %s", ErrUnread, why) }

// errIrregular is the reason why a pipe, socket or device is passed over. It
// holds nothing, but under the name of a log it is in that log's place.
func errIrregular(name string) error {
	if NamedLikeEvidence(name) {
		return unread("not a regular file")
	}
	return skipped("not a regular file")
}

// plain drops what an os error repeats: the path is named beside it anyway.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// arg walks one PATH as the user gave it. Links are followed here and only
// here: the user named them.
func (w *walker) arg(p string) bool {
	if p == "-" {
		return w.stdin()
	}
	if scheme, _, ok := strings.Cut(p, "://"); ok && !strings.ContainsAny(scheme, `/\.`) {
		return w.remote(scheme, p)
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return w.fail(p, err)
	case info.IsDir():
		return w.dir(p, "")
	case !info.Mode().IsRegular():
		return w.namedPipe(p)
	}
	return w.file(p, filepath.ToSlash(filepath.Base(p)), info.Size(), true)
}

// file yields a regular file, or what is in it if it is an archive. What it is
// called decides whether to look; what is seen decides which kind it is.
func (w *walker) file(path, name string, size int64, sniff bool) bool {
	kind := archiveByName(name)
	if kind != notArchive || sniff {
		kind = cmp.Or(sniffFile(path), kind)
	}
	if kind != notArchive {
		return w.archiveFile(path, name, kind)
	}
	return w.give(&Object{
		Path: path, Name: name, Root: w.root, Size: size, Key: ParseKey(filepath.ToSlash(path)),
		open: func(context.Context) (io.ReadCloser, error) { return openRegular(path, size) },
	})
}
