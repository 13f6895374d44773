package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"ctlog/digest"
)

// maxKeyFile bounds a file of keys; one region's of ten years has a few
// hundred kilobytes.
const maxKeyFile = 16 << 20

// KeyFile is one file of public keys.
type KeyFile struct {
	Path   string
	SHA256 string // of the file, "" when it could not be read
	Keys   []digest.PublicKey
	// Err joins what is wrong with the file. The Keys are usable all the same.
	Err error
}

// LoadKeys reads a file of keys; source is what their origin says of it.
func LoadKeys(path, source string) KeyFile {
	content, err := readKeyFile(path)
	if err != nil {
		return KeyFile{Path: path, Err: err}
	}
	return parseKeyFile(path, content, func(*KeyOrigin) string { return source })
}

// parseKeyFile reads the content of a file; source is told what the file
// records about a key, nil when that is nothing.
func parseKeyFile(path string, content []byte, source func(*KeyOrigin) string) KeyFile {
	sum := sha256.Sum256(content)
	f := KeyFile{Path: path, SHA256: hex.EncodeToString(sum[:])}
	f.Keys, f.Err = digest.ParseKeys(content)
	listed := listKeys(content)
	for i := range f.Keys {
		k := &f.Keys[i]
		note := listed.next(k.DER).origin
		k.Origin = note.origin()
		k.Origin.Source = source(note)
	}
	return f
}

func readKeyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case len(content) > maxKeyFile:
		return nil, fmt.Errorf("larger than %d MiB, so not a file of public keys", maxKeyFile>>20)
	}
	return content, nil
}

// withoutPath drops the path that the caller says anyhow.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
