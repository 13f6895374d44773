package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/parse"
	"ctlog/report"
	"ctlog/trail"
)

// trustFlags are where keys and signatures come from.
type trustFlags struct {
	keys, metadata, accept []string
	fetch, inEvidence      bool
}

func (t *trustFlags) add(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&t.keys, "keys", nil, "`FILE` of public keys, from 'ctlog keys fetch' or 'aws cloudtrail list-public-keys'; repeatable")
	f.StringArrayVar(&t.metadata, "metadata", nil, "`FILE` with the S3 metadata of digests, as lines or from 'aws s3api head-object'; repeatable")
	f.BoolVar(&t.fetch, "fetch-keys", false, "ask CloudTrail (ListPublicKeys) for public keys that are lacking")
	a.remote.addKeysEndpoint(f)
	f.StringArrayVar(&t.accept, "accept-key", nil, "`FINGERPRINT` of a key that counts although it is misnamed, or used outside its validity or region; repeatable")
	f.BoolVar(&t.inEvidence, "keys-in-evidence", false, "accept a --keys file that is below a PATH")
}

// given: a flag says that files are to be verified.
func (t *trustFlags) given() bool { return t.fetch || len(t.keys)+len(t.metadata) > 0 }

// keyFiles are where the keys of a run came from.
type keyFiles []report.KeyFile

func (k *keyFiles) add(f trail.KeyFile, origin string) {
	file := report.KeyFile{Path: f.Path, Origin: origin, SHA256: f.SHA256}
	for _, key := range f.Keys {
		file.Fingerprints = append(file.Fingerprints, key.Fingerprint)
	}
	*k = append(*k, file)
}

// fill completes the options of a verification of paths: keys, signatures and
// names. Every command that verifies begins with it. The files grow when keys
// are fetched on the way.
func (t *trustFlags) fill(a *app, paths []string, o *digest.Options) (*keyFiles, error) {
	files, err := &keyFiles{}, t.check()
	if err != nil {
		return nil, err
	}
	if o.Keys, err = t.load(a, paths, files); err != nil {
		return nil, err
	}
	if o.Signatures, err = t.signatures(); err != nil {
		return nil, err
	}
	o.Names, o.AcceptKeys = trail.ParseName, t.accept
	if t.fetch {
		o.MoreKeys = a.moreKeys(files)
	}
	return files, nil
}

var fingerprint = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

func (t *trustFlags) check() error {
	for _, f := range t.accept {
		if !fingerprint.MatchString(f) {
			return misuse("it has 32 hexadecimal digits, as 'ctlog keys list' shows them", "--accept-key %s: not a fingerprint", f)
		}
	}
	return nil
}

// load reads the keys of the flags and of the user's own store. They are the
// root of trust, so none is ever taken from the evidence unasked.
func (t *trustFlags) load(a *app, paths []string, files *keyFiles) (keys []digest.PublicKey, err error) {
	for _, path := range t.keys {
		if at, inside := trail.Inside(path, paths); inside && !t.inEvidence {
			return nil, misuse(hintOwnKeys, "--keys %s: it is in the evidence, %s, and whoever altered that can have put it there", path, at)
		}
		f := trail.LoadKeys(path, "--keys "+path)
		if f.Err != nil && len(f.Keys) == 0 {
			return nil, misuse("ctlog keys fetch --region REGION --since T --until T -o keys.json", "--keys %s: %s", path, f.Err)
		}
		if f.Err != nil {
			a.voice.Error("%s: %s", path, f.Err)
		}
		files.add(f, "--keys")
		keys = append(keys, f.Keys...)
	}
	for _, f := range t.stored(a, paths) {
		files.add(f, "the user's store")
		keys = append(keys, f.Keys...)
	}
	return keys, nil
}

const hintOwnKeys = "'ctlog keys fetch' gets them from AWS; --keys-in-evidence if you put that file there yourself"

// stored are the files of the user's own store that have keys.
func (t *trustFlags) stored(a *app, paths []string) (files []trail.KeyFile) {
	for _, f := range a.storedKeys() {
		at, inside := trail.Inside(f.Path, paths)
		switch {
		case inside && !t.inEvidence:
			a.voice.Error("%s: it is in the evidence, %s, so its keys are not used", f.Path, at)
			a.remote.hintOnce(a.voice, hintOwnKeys)
		case len(f.Keys) > 0:
			files = append(files, f)
		}
	}
	return files
}

// storedKeys reads the user's own store and says what is wrong with it.
func (a *app) storedKeys() []trail.KeyFile {
	store, err := trail.UserKeys()
	if err != nil {
		a.voice.Note("%s", err)
		return nil
	}
	files, err := store.Load()
	if err != nil {
		a.voice.Error("the key store: %s", err)
	}
	for _, f := range files {
		if f.Err != nil {
			a.voice.Error("%s: %s", f.Path, f.Err)
		}
	}
	return files
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
		if err := s.Add(d.Raw, filepath.ToSlash(path)); err != nil {
			return err
		}
	}
	return nil
}
