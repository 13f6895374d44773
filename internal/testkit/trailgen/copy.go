package trailgen

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Stored is one object as a copy holds it.
type Stored struct {
	Bytes    []byte // as stored: compressed, or damaged
	Metadata map[string]string
	Junk     []string // signatures that the kept metadata has beside, before it
	Key      string   // that the metadata is said of, "" for the path
}

// Copy is a downloaded trail, in memory, to be tampered with.
type Copy struct {
	Bucket  string
	Keys    []Key
	Objects map[string]*Stored // by path, which is the key until something moves it
}

// Copy delivers the whole trail into memory.
func (s Signed) Copy() *Copy {
	s = s.filled()
	c := &Copy{Bucket: s.Bucket, Keys: s.Keys, Objects: map[string]*Stored{}}
	for o := range s.Objects() {
		c.Objects[o.Key] = &Stored{Bytes: Gzip(o.Body), Metadata: o.Metadata}
	}
	return c
}

// Logs gives the paths of the log files, in the order of delivery for one
// account and region.
func (c *Copy) Logs() []string { return c.paths("_CloudTrail_") }

// Digests gives the paths of the digests, backfills aside, oldest first for
// one account and region.
func (c *Copy) Digests() []string {
	return slices.DeleteFunc(c.paths("_CloudTrail-Digest_"), func(p string) bool { return strings.Contains(p, "_backfill") })
}

func (c *Copy) paths(part string) (list []string) {
	for _, p := range slices.Sorted(maps.Keys(c.Objects)) {
		if strings.Contains(path.Base(p), part) {
			list = append(list, p)
		}
	}
	return list
}

// MetadataLines is what a fetch that keeps S3 metadata writes beside the copy.
func (c *Copy) MetadataLines() []byte {
	type line struct {
		Bucket   string            `json:"bucket"`
		Key      string            `json:"key"`
		Metadata map[string]string `json:"metadata"`
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	encode := func(l line) {
		if err := out.Encode(l); err != nil {
			panic(err)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(c.Objects)) {
		o := c.Objects[p]
		key := cmp.Or(o.Key, p)
		for _, signature := range o.Junk {
			encode(line{c.Bucket, key, map[string]string{"signature": signature}})
		}
		if o.Metadata != nil {
			encode(line{c.Bucket, key, o.Metadata})
		}
	}
	return b.Bytes()
}

// files are what the copy has on disk, with its metadata if any is left.
func (c *Copy) files() map[string][]byte {
	files := map[string][]byte{}
	for p, o := range c.Objects {
		files[p] = o.Bytes
	}
	if lines := c.MetadataLines(); len(lines) > 0 {
		files["ctlog-metadata.jsonl"] = lines
	}
	return files
}

// WriteTo writes the copy below a directory.
func (c *Copy) WriteTo(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { // also for a copy of which nothing is left
		return err
	}
	for p, b := range c.files() {
		file := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Tar packs the copy; the same copy gives the same bytes.
func (c *Copy) Tar() []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	files := c.files()
	for _, p := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: p, Mode: 0o644, Size: int64(len(files[p])), Format: tar.FormatPAX})
		if err == nil {
			_, err = w.Write(files[p])
		}
		if err != nil {
			panic(err) // a buffer does not fail
		}
	}
	w.Close()
	return b.Bytes()
}
