package s3

import (
	"context"
	"errors"
	"io"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ctlog/internal/ordered"
	"ctlog/source"
)

// lister lists one PATH.
type lister struct {
	*Bucket
	root   string // the PATH
	prefix string // what it says behind the bucket
	folder string // prefix up to where names begin: "" or with a slash at its end
	scope  source.Scope
}

// Entry is an object as a listing tells of it.
type Entry struct {
	Key  string
	Size int64
	ETag string
	// Versions, the newest first, where they were asked for.
	Versions []Version
}

// leaf is a stretch of keys that is listed as a whole.
type leaf struct {
	prefix string
	after  string // keys up to this one are passed over; "": none
	until  string // this key and those behind are not listed; "": all are
	only   string // this object alone, whatever its prefix has beside it
	held   []Entry
	err    error // it could not be found out what is there
}

// page is some of what a leaf has, or why there is no more.
type page struct {
	leaf    leaf
	entries []Entry
	err     error
}

// listJobs is how many folders are listed at a time.
const listJobs = 8

// pageCost is about what an entry takes until it is its turn.
const pageCost = 200

// errOver ends a listing that nobody wants any more.
var errOver = errors.New("over")

// List implements source.Backend.
func (b *Backend) List(ctx context.Context, p string, o source.Options) iter.Seq2[*source.Object, error] {
	return func(yield func(*source.Object, error) bool) {
		l, leaves, err := b.begin(ctx, p, o.Scope)
		l.all(ctx, leaves, err, func(e Entry, err error) bool {
			if err != nil {
				return yield(nil, err)
			}
			for _, o := range l.objects(e) {
				if !yield(o, nil) {
					return false
				}
			}
			return true
		})
	}
}

// Entries lists what is at a path, or below it, and in a scope. Its errors are
// *source.Error.
func (b *Backend) Entries(ctx context.Context, p string, scope source.Scope) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		l, leaves, err := b.begin(ctx, p, scope)
		l.all(ctx, leaves, err, yield)
	}
}

// begin makes the first requests, which must be answered soon.
func (b *Backend) begin(ctx context.Context, p string, scope source.Scope) (l *lister, leaves []leaf, err error) {
	l = &lister{root: p, scope: scope}
	name, prefix, err := Split(p)
	if err != nil {
		return l, nil, err
	}
	if l.Bucket, err = b.Bucket(name); err != nil {
		return l, nil, err
	}
	l.prefix, l.folder = prefix, prefix
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		l.folder += "/"
	}
	first, err := l.first(ctx)
	switch {
	case err != nil:
		return l, nil, err
	case first == "":
		return l, nil, &Error{What: "there is no object of this name or below it", Hint: "'aws s3 ls s3://" + name + "/' shows what is there"}
	case first == prefix && prefix != l.folder:
		return l, []leaf{{prefix: prefix, only: prefix}}, nil
	}
	leaves, err = l.leaves(ctx)
	return l, leaves, err
}

// first is the first key that is the PATH or below it, "" when there is none.
// Who may list only the folder may not ask for what begins like it.
func (l *lister) first(ctx context.Context) (key string, err error) {
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	for _, prefix := range slices.Compact([]string{l.prefix, l.folder}) {
		out, err := l.page(ctx, listing{prefix: prefix, most: 1})
		var e *Error
		switch {
		case err == nil:
		case errors.As(err, &e) && e.denied() && prefix != l.folder:
			continue
		default:
			return "", err
		}
		for _, e := range out.entries {
			if e.Key == l.prefix || strings.HasPrefix(e.Key, l.folder) {
				return e.Key, nil
			}
		}
	}
	return "", nil
}

// all lists the leaves, several ahead, and yields what they have in order, or
// why there are none.
func (l *lister) all(ctx context.Context, leaves []leaf, err error, yield func(Entry, error) bool) {
	if err != nil {
		if ctx.Err() == nil {
			yield(Entry{}, &source.Error{Path: l.root, Err: err, Arg: true})
		}
		return
	}
	newWorker := func() struct{} { return struct{}{} }
	work := func(ctx context.Context, _ struct{}, f leaf, slot *ordered.Slot[page]) { l.list(ctx, f, slot) }
	ordered.Run(ctx, ordered.Config{Jobs: listJobs}, slices.Values(leaves), newWorker, work, func(p page) error {
		for _, e := range p.entries {
			if !yield(e, nil) || l.b.dead.Load() != nil {
				return errOver
			}
		}
		if p.err != nil && !yield(Entry{}, &source.Error{Path: "s3://" + l.Name + "/" + p.leaf.prefix, Err: p.err, Arg: l.b.dead.Load() != nil}) {
			return errOver
		}
		return nil
	})
}

// list puts the pages of one leaf.
func (l *lister) list(ctx context.Context, f leaf, slot *ordered.Slot[page]) {
	if f.err != nil || len(f.held) > 0 {
		slot.Put(page{f, l.wanted(f, f.held), f.err}, 0)
		return
	}
	in := listing{prefix: f.prefix, after: f.after}
	for pages := (pages{}); ; {
		out, err := l.page(ctx, in)
		if ctx.Err() != nil {
			return
		}
		over := err != nil || !out.more || f.behind(out.entries)
		entries := l.wanted(f, pages.whole(out))
		if !slot.Put(page{f, entries, err}, pageCost*len(entries)) || over {
			return
		}
		in.token = out.token
	}
}

func (l *lister) page(ctx context.Context, in listing) (answer, error) {
	in.versions = l.b.o.Versions
	return l.Bucket.list(ctx, in)
}

// behind reports whether a page has reached the leaf's end.
func (f leaf) behind(entries []Entry) bool {
	if len(entries) == 0 {
		return false
	}
	last := entries[len(entries)-1].Key
	return f.until != "" && last >= f.until || f.only != "" && last > f.only
}

// wanted leaves out what is not asked for, and the places that consoles keep
// for folders.
func (l *lister) wanted(f leaf, entries []Entry) []Entry {
	return slices.DeleteFunc(entries, func(e Entry) bool {
		return f.only != "" && e.Key != f.only || f.until != "" && e.Key >= f.until ||
			strings.HasSuffix(e.Key, "/") && e.Size == 0 || l.scope.Bounded() && !l.scope.HasKey(source.ParseKey(e.Key))
	})
}

// object makes the object of an entry, or of one version of it.
func (l *lister) object(e Entry, version string) *source.Object {
	name := strings.TrimPrefix(e.Key, l.folder)
	if e.Key == l.prefix {
		name = path.Base(e.Key)
	}
	o := source.Object{Path: "s3://" + l.Name + "/" + e.Key, Name: name, Root: l.root, Size: e.Size, Key: source.ParseKey(e.Key)}
	if version != "" {
		o.Version = VersionSuffix(version)
		o.Path += o.Version
	}
	return source.NewObject(o, func(ctx context.Context) (io.ReadCloser, error) {
		c, err := l.GetVersion(ctx, e.Key, version)
		if err != nil {
			return nil, err
		}
		return c, nil
	})
}

// answer is one page of a listing, decoded.
type answer struct {
	entries []Entry
	folders []string
	more    bool
	token   string
}

// listing is what a request asks for: one page.
type listing struct {
	prefix, delimiter string
	after, token      string // keys up to here are passed over; where the last page ended
	most              int32  // 0: as many as there may be
	versions          bool
}

// list lists one page. Keys may hold what XML cannot, so they come encoded.
func (u *Bucket) list(ctx context.Context, l listing) (answer, error) {
	if l.versions {
		return u.listVersions(ctx, l)
	}
	return u.listObjects(ctx, l)
}

func (u *Bucket) listObjects(ctx context.Context, l listing) (a answer, err error) {
	in := &s3.ListObjectsV2Input{Bucket: &u.Name, EncodingType: types.EncodingTypeUrl, Prefix: &l.prefix, RequestPayer: u.b.payer()}
	in.Delimiter, in.StartAfter, in.ContinuationToken = given(l.delimiter), given(l.after), given(l.token)
	if l.most > 0 {
		in.MaxKeys = aws.Int32(l.most)
	}
	var out *s3.ListObjectsV2Output
	err = u.ask(func(client *s3.Client) (err error) {
		out, err = client.ListObjectsV2(ctx, in)
		return err
	})
	if err != nil {
		return a, err
	}
	decode := decoder(out.EncodingType)
	for _, o := range out.Contents {
		a.entries = append(a.entries, Entry{Key: decode(o.Key), Size: aws.ToInt64(o.Size), ETag: aws.ToString(o.ETag)})
	}
	for _, f := range out.CommonPrefixes {
		a.folders = append(a.folders, decode(f.Prefix))
	}
	a.token = aws.ToString(out.NextContinuationToken)
	a.more = aws.ToBool(out.IsTruncated) && a.token != ""
	return a, nil
}
