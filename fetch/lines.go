package fetch

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"ctlog/source"
	"ctlog/trail"
)

// The files that are kept beside the copy.
const (
	manifestName = source.ManifestName
	metadataName = source.MetadataName
)

// readLines reads a file of lines, if it is there. A last line that was cut off
// when a run was killed counts as not written.
func readLines[T any](root *os.Root, name string, take func(T)) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var v T
		if err := json.Unmarshal(text, &v); err != nil {
			return fmt.Errorf("%s: line %d is damaged; move the file away to fetch everything anew", name, n)
		}
		take(v)
	}
}

// rewrite replaces a file of lines in one piece.
func rewrite[T any](root *os.Root, name string, all []T) error {
	part := name + source.Unfinished
	f, err := root.Create(part)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	for _, v := range all {
		text, encoded := trail.AppendLine(v)
		_, written := out.Write(text)
		if err = errors.Join(encoded, written); err != nil {
			break
		}
	}
	if err := errors.Join(err, out.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return root.Rename(part, name)
}
