package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/source"
	"ctlog/trail"
)

// integrityFlags say whether files are judged, and whether those that are not
// proven are read at all.
type integrityFlags struct {
	trust    trustFlags
	verified bool
}

func (f *integrityFlags) add(a *app, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.verified, "verified", false, "read only files that 'ctlog verify' calls valid")
	f.trust.add(a, cmd)
}

// integrity joins verdicts to what is read: each file is judged by its content,
// which is hashed and held, before it is searched. So the bytes that were
// hashed are the bytes that are searched, whatever their name is and whoever
// writes to the evidence in between.
type integrity struct {
	*integrityFlags
	app   *app
	trust *digest.Trust // nil: files are not judged
	turn  turn
	held  heldBack
}

// provable is how large a file may be that is judged: its content has to be
// held in between. Tests lower it.
var provable int64 = 128 << 20

func errUnprovable() error {
	return fmt.Errorf("it inflates to more than %d MiB, too much to be held until it is verified; not searched", provable>>20)
}

func errReadOnce() error {
	return misuse("save it to a file first", "a verification reads the digests before the logs, and a pipe can be read only once")
}

// begin reads the digests below paths, if files are to be judged. Of a bucket
// scope says which.
func (i *integrity) begin(paths []string, scope source.Scope) error {
	if !i.verified && !i.integrityFlags.trust.given() {
		return nil
	}
	if !trail.Rereadable(paths) {
		return errReadOnce()
	}
	o := digest.Options{}
	if _, err := i.integrityFlags.trust.fill(i.app, paths, &o); err != nil {
		return err
	}
	if len(o.Keys) == 0 && i.verified && o.MoreKeys == nil {
		return misuse("name them with --keys; 'ctlog verify' prints the command that fetches them", "--verified without public keys: no file can be valid")
	}
	return i.read(paths, scope, o)
}

// read reads the digests.
func (i *integrity) read(paths []string, scope source.Scope, o digest.Options) (err error) {
	config, progress := i.app.scanning(paths)
	defer progress.Stop()
	config.Source.Scope = scope
	i.trust, err = digest.Read(i.app.ctx, &trail.Copy{Scan: config, Signatures: o.Signatures}, o)
	return err
}

// readFirst reads the digests for a run that verifies once more, along with its
// own pass: nobody is then asked for keys a second time, and the signatures in
// the evidence are met again.
func (i *integrity) readFirst(paths []string, scope source.Scope, given *trustFlags, o *digest.Options) (err error) {
	if more := o.MoreKeys; more != nil {
		var fetched []digest.PublicKey
		o.MoreKeys = func(ctx context.Context, needs []digest.KeyNeed) []digest.PublicKey {
			fetched = more(ctx, needs)
			return fetched
		}
		defer func() { o.Keys, o.MoreKeys = slices.Concat(o.Keys, fetched), nil }()
	}
	if err := i.read(paths, scope, *o); err != nil {
		return err
	}
	o.Signatures, err = given.signatures()
	return err
}

// admit judges a file before it is searched, and says by an error when it is
// not to be.
func (i *integrity) admit(f scan.File) (digest.Status, error) {
	if i.trust == nil {
		return digest.Undecided, nil
	}
	streams := f.Body.Streams()
	if streams && !i.verified {
		return digest.Unverified, i.takesTurn(f, digest.Unverified)
	}
	damage := f.Body.Drain()
	status := i.judge(f, damage)
	switch {
	case i.verified && !status.Proven():
		return status, scan.ErrUnproven
	case streams && damage == nil:
		return status, errUnprovable()
	}
	return status, i.takesTurn(f, status)
}

// judge asks what verify would say of a file with this content.
func (i *integrity) judge(f scan.File, damage error) digest.Status {
	d := digest.File{Path: f.Path, Member: f.Member, Key: trail.KeyOf(f.Object), Name: trail.NameOf(f.Key), Read: true, Err: damage, Members: f.Body.Members()}
	d.Sum, _ = f.Body.Sum()
	status, _ := i.trust.Judge(d)
	return status
}

// hashing makes a scan hold and hash what is to be judged.
func (i *integrity) hashing(config *scan.Config) {
	if i.trust != nil {
		config.Hash, config.Limits.Whole = true, provable
	}
}

// judging has a scan judge files before its handler sees them. Of files that are
// met in two turns one end is passed on.
func (i *integrity) judging(config *scan.Config) {
	config.Ends = i.counted
	if i.trust != nil {
		config.Judge = i.judgement
	}
}

// judgement is what is known of a file before it is read, and by an error that
// it is not to be.
func (i *integrity) judgement(f scan.File) (scan.Judgement, error) {
	status, err := i.admit(f)
	j := scan.Judgement{Unproven: i.lacksProof(status)}
	if status != digest.Undecided {
		j.Status = status.String()
	}
	return j, err
}

// lacksProof reports whether files are judged and one of that status is not
// proven.
func (i *integrity) lacksProof(s digest.Status) bool { return i.trust != nil && !s.Proven() }
