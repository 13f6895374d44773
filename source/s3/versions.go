package s3

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ctlog/source"
)

// Version is one version of an object, or a delete marker, as a listing tells
// of it.
type Version struct {
	ID       string
	Modified time.Time
	Size     int64
	ETag     string
	Latest   bool
	Deleted  bool // a delete marker
}

// Storied reports whether there is more to tell than of any object.
func Storied(all []Version) bool { return len(all) > 1 || len(all) == 1 && all[0].Deleted }

// VersionSuffix is what a path ends in that means one version.
func VersionSuffix(id string) string { return "?versionId=" + id }

// objects makes the objects of an entry: one, or one of each version, the
// newest first.
func (l *lister) objects(e Entry) (list []*source.Object) {
	if !Storied(e.Versions) {
		return []*source.Object{l.object(e, "")}
	}
	if l.b.o.History != nil {
		l.b.o.History("s3://"+l.Name+"/"+e.Key, e.Versions)
	}
	for _, v := range e.Versions {
		if !v.Deleted {
			list = append(list, l.object(Entry{Key: e.Key, Size: v.Size, ETag: v.ETag}, v.ID))
		}
	}
	return list
}

// Versions gives the versions of every object whose key begins with a prefix,
// the newest first. The error is an *Error.
func (b *Backend) Versions(ctx context.Context, bucket, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		u, err := b.Bucket(bucket)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		var pages pages
		for in := (listing{prefix: prefix, versions: true}); ; {
			out, err := u.list(ctx, in)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range pages.whole(out) {
				if !yield(e, nil) {
					return
				}
			}
			if !out.more {
				return
			}
			in.token = out.token
		}
	}
}

// pages joins the versions of an object that stand on several pages.
type pages struct{ rest []Entry }

// whole gives the entries of a page that are known as a whole.
func (p *pages) whole(a answer) (list []Entry) {
	for _, e := range slices.Concat(p.rest, a.entries) {
		if n := len(list); n > 0 && list[n-1].Key == e.Key && len(e.Versions) > 0 {
			list[n-1].Versions = append(list[n-1].Versions, e.Versions...)
			continue
		}
		list = append(list, e)
	}
	p.rest = nil
	if n := len(list); a.more && n > 0 && len(list[n-1].Versions) > 0 {
		list, p.rest = list[:n-1:n-1], []Entry{list[n-1]}
	}
	for _, e := range list {
		slices.SortStableFunc(e.Versions, newestFirst)
	}
	return list
}

func newestFirst(a, b Version) int {
	if a.Latest != b.Latest {
		if a.Latest {
			return -1
		}
		return 1
	}
	return b.Modified.Compare(a.Modified)
}

// listVersions lists one page of versions, each an entry of its own.
func (u *Bucket) listVersions(ctx context.Context, l listing) (a answer, err error) {
	in := &s3.ListObjectVersionsInput{Bucket: &u.Name, EncodingType: types.EncodingTypeUrl, Prefix: &l.prefix, RequestPayer: u.b.payer()}
	in.KeyMarker, in.VersionIdMarker = given(l.after), nil
	if l.token != "" {
		key, id, _ := strings.Cut(l.token, tokenBreak)
		in.KeyMarker, in.VersionIdMarker = &key, given(id)
	}
	in.Delimiter = given(l.delimiter)
	if l.most > 0 {
		in.MaxKeys = aws.Int32(l.most)
	}
	var out *s3.ListObjectVersionsOutput
	err = u.ask(func(client *s3.Client) (err error) {
		out, err = client.ListObjectVersions(ctx, in)
		return err
	})
	if err != nil {
		return a, versionsError(err)
	}
	decode := decoder(out.EncodingType)
	for _, v := range out.Versions {
		a.entries = append(a.entries, Entry{decode(v.Key), aws.ToInt64(v.Size), aws.ToString(v.ETag), []Version{{
			ID: aws.ToString(v.VersionId), Modified: aws.ToTime(v.LastModified), Size: aws.ToInt64(v.Size), ETag: aws.ToString(v.ETag), Latest: aws.ToBool(v.IsLatest),
		}}})
	}
	for _, m := range out.DeleteMarkers {
		a.entries = append(a.entries, Entry{decode(m.Key), 0, "", []Version{{
			ID: aws.ToString(m.VersionId), Modified: aws.ToTime(m.LastModified), Latest: aws.ToBool(m.IsLatest), Deleted: true,
		}}})
	}
	slices.SortStableFunc(a.entries, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
	for _, f := range out.CommonPrefixes {
		a.folders = append(a.folders, decode(f.Prefix))
	}
	a.token = decode(out.NextKeyMarker) + tokenBreak + aws.ToString(out.NextVersionIdMarker)
	a.more = aws.ToBool(out.IsTruncated) && aws.ToString(out.NextKeyMarker) != ""
	return a, nil
}

// tokenBreak stands between the two markers of a page of versions; no ID has it.
const tokenBreak = "\xff"

// versionsError says which permission this request needs.
func versionsError(err error) error {
	var e *Error
	if !errors.As(err, &e) || !e.denied() {
		return err
	}
	return &Error{What: "access denied to its versions", Hint: "s3:ListBucketVersions is needed, and s3:GetObjectVersion to read them; " + hintWho, Err: e.Err}
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// decoder undoes the encoding that keys come in, since XML cannot hold them all.
func decoder(encoding types.EncodingType) func(*string) string {
	return func(s *string) string {
		if plain, err := url.QueryUnescape(aws.ToString(s)); err == nil && encoding == types.EncodingTypeUrl {
			return plain
		}
		return aws.ToString(s)
	}
}
