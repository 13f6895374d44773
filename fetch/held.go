package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"syscall"

	"ctlog/source"
	"ctlog/source/s3"
	"ctlog/trail"
)

// held is the copy as it is on disk. Files are reached through an os.Root, so
// that no key and no link leads out of the folder.
type held struct {
	dir    string
	bucket string
	root   *os.Root                      // nil as long as there is no folder
	folder *os.File                      // the same, held against other runs; nil when only looked at
	lines  map[string]trail.ManifestLine // as they were when the run began
	kept   map[string]trail.MetadataLine // likewise
	fresh  []trail.ManifestLine
	beside []trail.MetadataLine

	manifest, metadata *os.File // the ends of both, nil before begin
}

// openHeld reads what a folder holds, if it is there. Unless it is only looked
// at no other run may write to it from then on.
func openHeld(dir, bucket string, look bool) (h *held, err error) {
	h = &held{dir: dir, bucket: bucket, lines: map[string]trail.ManifestLine{}, kept: map[string]trail.MetadataLine{}}
	if err = h.open(look); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return h, err
}

var errBusy = errors.New("another 'ctlog fetch' is writing to that folder; wait until it ends")

func (h *held) open(look bool) (err error) {
	if h.root, err = os.OpenRoot(h.dir); err != nil {
		return err
	}
	if !look {
		if h.folder, err = h.root.Open("."); err != nil {
			return err
		}
		if err := lock(h.folder); err != nil {
			return fmt.Errorf("%s: %w", h.dir, err)
		}
	}
	return h.load()
}

// begin makes the folder and its files, before the first object is written.
func (h *held) begin() (err error) {
	if h.root == nil {
		if err := os.MkdirAll(h.dir, 0o755); err != nil {
			return err
		}
		if err := h.open(false); err != nil {
			return err
		}
	}
	return h.tidy()
}

func (h *held) load() error {
	strange := ""
	err := readLines(h.root, manifestName, func(l trail.ManifestLine) {
		h.lines[l.Key] = l
		if l.Bucket != h.bucket {
			strange = l.Bucket
		}
	})
	if strange != "" {
		err = fmt.Errorf("the folder holds a copy of the bucket %s; name another folder", strange)
	}
	return errors.Join(err, readLines(h.root, metadataName, func(m trail.MetadataLine) { h.kept[m.Key] = m }))
}

// tidy writes both files in the order of keys, without the ends of killed runs,
// and opens them for more.
func (h *held) tidy() (err error) {
	if err := h.rewrite(); err != nil {
		return err
	}
	if h.manifest, err = h.root.OpenFile(manifestName, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644); err != nil {
		return err
	}
	h.metadata, err = h.root.OpenFile(metadataName, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	return err
}

func (h *held) rewrite() error {
	return errors.Join(rewrite(h.root, metadataName, inOrder(h.kept)), rewrite(h.root, manifestName, inOrder(h.lines)))
}

func inOrder[T any](m map[string]T) (list []T) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[key])
	}
	return list
}

// close puts both files in order.
func (h *held) close() error {
	if h.folder != nil {
		defer h.folder.Close()
	}
	switch {
	case h.root == nil:
		return nil
	case h.manifest == nil || h.metadata == nil:
		return h.root.Close()
	}
	for _, l := range h.fresh {
		h.lines[l.Key] = l
	}
	for _, m := range h.beside {
		h.kept[m.Key] = m
	}
	return errors.Join(h.manifest.Close(), h.metadata.Close(), h.rewrite(), h.root.Close())
}

// note writes the lines of an object that was fetched: its metadata first, so
// that a line of the manifest says that everything is there.
func (h *held) note(l trail.ManifestLine, m *trail.MetadataLine) error {
	if m != nil {
		h.beside = append(h.beside, *m)
		if err := write(h.metadata, *m); err != nil {
			return err
		}
	}
	h.fresh = append(h.fresh, l)
	return write(h.manifest, l)
}

func write(f *os.File, v any) error {
	text, err := trail.AppendLine(v)
	if err == nil {
		_, err = f.Write(text)
	}
	return err
}

var (
	errChanged = errors.New("it was changed in the bucket after it was fetched; the copy keeps what it was")
	errOther   = errors.New("another file has its place in the copy already, and is left there")
	errShort   = errors.New("fewer bytes came than the object has")
)

// has reports whether an object is in the copy as it is in the bucket.
func (h *held) has(it item) (bool, error) {
	l, ok := h.lines[it.Key]
	if !ok || h.root == nil {
		return false, nil
	}
	if _, kept := h.kept[it.Key]; !kept && source.ParseKey(it.Key).Kind == source.KindDigest {
		return false, nil
	}
	info, err := h.root.Stat(it.path)
	switch {
	case err != nil || info.Size() != l.Size:
		return false, nil
	case it.ETag != "" && it.ETag != l.ETag:
		return false, errChanged
	}
	return true, nil
}

// save fetches an object under a name of its own, and gives it its path once it
// is whole and on the disk.
func (h *held) save(ctx context.Context, bucket *s3.Bucket, it item, read func(int64)) (l trail.ManifestLine, m *trail.MetadataLine, err error) {
	from, err := bucket.Get(ctx, it.Key)
	if err != nil {
		return l, nil, err
	}
	defer from.Close()
	part := it.path + source.Unfinished
	defer func() {
		if err != nil {
			h.root.Remove(part)
		}
	}()
	sum, err := h.write(part, from, read)
	if err != nil {
		return l, nil, err
	}
	l = trail.ManifestLine{
		Bucket: h.bucket, Key: it.Key, Version: from.VersionID, ETag: from.ETag, Size: from.Size,
		Modified: from.LastModified, SHA256: hex.EncodeToString(sum),
	}
	if source.ParseKey(it.Key).Kind == source.KindDigest {
		m = &trail.MetadataLine{Bucket: h.bucket, Key: it.Key, Metadata: from.Metadata()}
		if m.Metadata == nil {
			m.Metadata = map[string]string{}
		}
	}
	return l, m, h.settle(part, it.path, sum)
}

// write puts what is read into a file and on the disk.
func (h *held) write(part string, from *s3.Content, read func(int64)) (sum []byte, err error) {
	if err := h.root.MkdirAll(path.Dir(part), 0o755); err != nil {
		return nil, err
	}
	f, err := h.root.Create(part)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash, counter(read)), from)
	if err == nil && n != from.Size {
		err = errShort
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return hash.Sum(nil), h.root.Chtimes(part, from.LastModified, from.LastModified)
}

// settle gives a file its name, unless there is one.
func (h *held) settle(part, name string, sum []byte) error {
	there, err := h.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return h.root.Rename(part, name)
	}
	if err != nil {
		return err
	}
	defer there.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, there); err != nil {
		return errors.Join(errOther, err)
	}
	if !bytes.Equal(hash.Sum(nil), sum) {
		return errOther
	}
	return h.root.Remove(part)
}

// counter hears how many bytes were written.
type counter func(int64)

func (c counter) Write(p []byte) (int, error) {
	c(int64(len(p)))
	return len(p), nil
}

// noRoom: no other object would fare better.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS)
}
