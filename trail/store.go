package trail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ctlog/digest"
	"ctlog/source"
)

// KeyStore is the user's own folder of public keys.
type KeyStore struct{ Dir string }

// UserKeys is the store in the user's folder of configuration. Without such a
// folder there is none; it is never looked for relative to where one is.
func UserKeys() (KeyStore, error) {
	dir, err := os.UserConfigDir()
	if err == nil && !filepath.IsAbs(dir) {
		err = errors.New("path in $HOME is relative")
	}
	if err != nil {
		return KeyStore{}, fmt.Errorf("there is no key store: %w", err)
	}
	return KeyStore{filepath.Join(dir, "ctlog", "keys")}, nil
}

// Load reads the keys of the store file by file, sorted by name. What is wrong
// with one is in its Err; err is about the folder.
func (s KeyStore) Load() (files []KeyFile, err error) {
	entries, err := os.ReadDir(s.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", s.Dir, withoutPath(err))
	}
	for _, e := range entries {
		path := filepath.Join(s.Dir, e.Name())
		switch {
		case filepath.Ext(path) != ".json" || e.Name()[0] == '.':
		case !e.Type().IsRegular():
			files = append(files, KeyFile{Path: path, Err: errors.New("not a regular file, so not used")})
		default:
			files = append(files, s.load(path))
		}
	}
	return files, nil
}

// load reads a file of the store, without the keys that do not belong there.
func (s KeyStore) load(path string) KeyFile {
	content, err := readKeyFile(path)
	if err != nil {
		return KeyFile{Path: path, Err: err}
	}
	f := parseKeyFile(path, content, func(note *KeyOrigin) string { return "key store " + filepath.Base(path) + note.way() })
	kept := f.Keys[:0]
	for _, k := range f.Keys {
		if err := storable(k); err != nil {
			f.Err = errors.Join(f.Err, err)
			continue
		}
		kept = append(kept, k)
	}
	f.Keys = kept
	return f
}

// storable is why a key has no place in a store.
func storable(k digest.PublicKey) error {
	switch {
	case IsTestKey(k):
		return fmt.Errorf("key %s is one of ctlog's own test keys, with which anyone can sign: refused", k.Fingerprint)
	case k.Origin.Endpoint != "" && !source.IsCloudTrail(k.Origin.Endpoint, k.Origin.Region):
		return fmt.Errorf("key %s is from %s, which is not AWS's own endpoint: refused", k.Fingerprint, k.Origin.Endpoint)
	}
	return nil
}
