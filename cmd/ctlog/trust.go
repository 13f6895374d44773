package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/parse"
	"ctlog/report"
)

// trustFlags are where keys and signatures come from.
type trustFlags struct {
	keys, metadata []string
	fetch          bool
}

func (t *trustFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&t.keys, "keys", nil, "public keys, as 'aws cloudtrail list-public-keys' prints them; repeatable")
	f.StringArrayVar(&t.metadata, "metadata", nil, "S3 metadata of digests, as lines or from 'aws s3api head-object'; repeatable")
	f.BoolVar(&t.fetch, "fetch-keys", false, "ask CloudTrail (ListPublicKeys) for public keys that are lacking")
}

// load reads the keys of the flags and of the user's own store. They are the
// root of trust, so none is ever taken from the evidence.
func (t *trustFlags) load(a *app) (keys []digest.PublicKey, files []report.KeyFile, err error) {
	for _, path := range t.keys {
		more, file, err := a.keyFile(path, "--keys")
		if err != nil && len(more) == 0 {
			return nil, nil, misuse("aws cloudtrail list-public-keys --region REGION --start-time T --end-time T > keys.json", "--keys %s: %s", path, err)
		}
		keys, files = append(keys, more...), append(files, file)
	}
	own, err := filepath.Glob(filepath.Join(keyStore(), "*.json"))
	if err != nil {
		return nil, nil, err
	}
	for _, path := range own {
		more, file, err := a.keyFile(path, "the user's store")
		if err != nil && len(more) == 0 {
			a.voice.Error("%s: %s", path, err)
			continue
		}
		keys, files = append(keys, more...), append(files, file)
	}
	return keys, files, nil
}

// keyStore is the user's own folder of keys.
func keyStore() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "ctlog", "keys")
}

// keyFile reads one file of keys. A key that cannot be used is named; the
// others count.
func (a *app) keyFile(path, origin string) ([]digest.PublicKey, report.KeyFile, error) {
	file := report.KeyFile{Path: path, Origin: origin}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, file, plainPathError(err)
	}
	sum := sha256.Sum256(content)
	file.SHA256 = hex.EncodeToString(sum[:])
	keys, err := digest.ParseKeys(content)
	for _, k := range keys {
		file.Fingerprints = append(file.Fingerprints, k.Fingerprint)
	}
	if err != nil && len(keys) > 0 {
		a.voice.Error("%s: %s", path, err)
	}
	return keys, file, err
}

// plainPathError drops the path that the caller says anyhow.
func plainPathError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// signatures reads the files of --metadata.
func (t *trustFlags) signatures() (*digest.Signatures, error) {
	s := &digest.Signatures{}
	for _, path := range t.metadata {
		if err := addMetadata(s, path); err != nil {
			return nil, misuse("lines {\"bucket\":…,\"key\":…,\"metadata\":{\"signature\":…}}, or what 'aws s3api head-object' prints", "--metadata %s: %s", path, err)
		}
	}
	return s, nil
}

func addMetadata(s *digest.Signatures, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return plainPathError(err)
	}
	defer f.Close()
	body, err := parse.NewDecoder(parse.Limits{}).Open(f, -1, false)
	if err != nil {
		return err
	}
	for d, err := range body.Documents() {
		if err != nil {
			return err
		}
		if err := s.Add(d.Raw, filepath.Base(path)); err != nil {
			return err
		}
	}
	return nil
}
