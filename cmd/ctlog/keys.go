package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/internal/term"
	"ctlog/query"
	"ctlog/trail"
)

const keysHelp = `Public keys are what verify trusts. CloudTrail signs digests with keys of its
own, publishes the public ones region by region, and keeps them available.
fetch gets them from AWS; add puts them where verify and grep find them:
$XDG_CONFIG_HOME/ctlog/keys/.`

func (a *app) keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		SuggestionsMinimumDistance: 2,
		Use:                        "keys", Short: "fetch, look at and keep CloudTrail's public keys", Long: keysHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misuse(meant(cmd.SuggestionsFor(args[0]), "see 'ctlog keys --help'"), "%q is no command of keys", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.keysFetchCommand(), a.keysListCommand(), a.keysAddCommand())
	return cmd
}

// keysFetch are the flags of keys fetch.
type keysFetch struct {
	regions      []string
	since, until string
	file         string
}

func (a *app) keysFetchCommand() *cobra.Command {
	k := &keysFetch{}
	cmd := &cobra.Command{
		Use: "fetch --region R --since T [flags]", Short: "get the public keys of regions from AWS",
		Long: `Asks CloudTrail (ListPublicKeys) for the keys that were valid at some time of
the span, all pages, and prints them as 'aws cloudtrail list-public-keys' does.
It needs the permission cloudtrail:ListPublicKeys and makes one request a page.

Exit status: 0, or 2 when a region's keys were not to be had.`,
		Example:               "  ctlog keys fetch --region us-east-1,eu-west-1 --since 2024-01-01 -o keys.json",
		DisableFlagsInUseLine: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.keysFetch(k) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringSliceVar(&k.regions, "region", nil, "regions whose keys are wanted")
	f.StringVar(&k.since, "since", "", "valid then or later: 2024-01-09, 2024-01-09T14:00, RFC 3339, 24h, 7d")
	f.StringVar(&k.until, "until", "", "valid before then (default now)")
	f.StringVarP(&k.file, "output", "o", "", "write to a file, not to standard output")
	return cmd
}

func (a *app) keysFetch(k *keysFetch) error {
	now := time.Now()
	switch {
	case len(k.regions) == 0:
		return misuse("a trail's digests name their region: --region us-east-1", "no --region")
	case k.since == "":
		return misuse("when the oldest digest was signed: --since 2024-01-01", "no --since")
	}
	from, err := query.ParseTime(k.since, now)
	if err != nil {
		return misuse("", "--since: %s", err)
	}
	to := now
	if k.until != "" {
		if to, err = query.ParseTime(k.until, now); err != nil {
			return misuse("", "--until: %s", err)
		}
	}
	if !from.Before(to) {
		return misuse("", "--since is not before --until")
	}
	keys := a.ofRegions(k.regions, from, to)
	if a.ctx.Err() != nil {
		return errInterrupted
	}
	if len(keys) == 0 {
		a.status = exitTrouble
		return nil
	}
	if k.file == "" {
		_, err = a.stdout.Write(asPrinted(keys))
		return err
	}
	if err := writeWhole(k.file, asPrinted(keys)); err != nil {
		return fmt.Errorf("-o %s: %w", k.file, plainPathError(err))
	}
	return nil
}

func (a *app) ofRegions(regions []string, from, to time.Time) (all []publishedKey) {
	for _, region := range regions {
		all = append(all, a.ofRegion(region, from, to)...)
	}
	return all
}

// ofRegion tells of a region whose keys are not to be had.
func (a *app) ofRegion(region string, from, to time.Time) []publishedKey {
	keys, err := a.published(a.ctx, region, from, to)
	if err == nil && len(keys) == 0 {
		err = errors.New("CloudTrail publishes no key for that time")
	}
	if err != nil {
		a.keysFailed("keys", region, err)
		a.status = exitTrouble
	}
	return keys
}

func (a *app) keysListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list [FILE...]", Short: "show keys, their validity, and whether fingerprints are right",
		Long: `Shows the keys in files, or those in the user's own store. A fingerprint is the
MD5 of the key as it is published; one that is not is named, and verify says so
where it matters.

Exit status: 0, or 2 when a file could not be read.`,
		DisableFlagsInUseLine: true,
		RunE:                  func(_ *cobra.Command, args []string) error { return a.keysList(args) },
	}
}

func (a *app) keysList(names []string) error {
	files, err := a.listedFiles(names)
	if err != nil || len(files) == 0 {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FINGERPRINT\tVALID FROM\tVALID UNTIL\tBITS\tFINGERPRINT IS\tFILE")
	for _, f := range files {
		if f.Err != nil {
			a.status = exitTrouble
		}
		for _, k := range f.Keys {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", term.Escape(k.Fingerprint), validity(k.Start), validity(k.End), k.RSA.N.BitLen(), fingerprintIs(k), term.Escape(f.Path))
		}
	}
	return w.Flush()
}

// listedFiles are the files that were named, or those of the user's own store.
func (a *app) listedFiles(names []string) (files []trail.KeyFile, err error) {
	for _, name := range names {
		f := trail.LoadKeys(name, "")
		if f.Err != nil {
			a.voice.Error("%s: %s", name, f.Err)
		}
		files = append(files, f)
	}
	if len(names) > 0 {
		return files, nil
	}
	store, err := trail.UserKeys()
	if err != nil {
		return nil, misuse(hintNoStore, "%s", err)
	}
	if files = a.storedKeys(); len(files) == 0 {
		a.voice.Note("no keys in %s", store.Dir)
	}
	return files, nil
}

const hintNoStore = "set XDG_CONFIG_HOME to an absolute path"

func validity(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func fingerprintIs(k digest.PublicKey) string {
	if k.Fingerprint == k.MD5 {
		return "right"
	}
	return "wrong: " + k.MD5
}

func (a *app) keysAddCommand() *cobra.Command {
	return &cobra.Command{
		Use: "add FILE...", Short: "put keys into the user's own store",
		Long: `Puts files of public keys into $XDG_CONFIG_HOME/ctlog/keys/, where verify and
grep find them. Add only keys that you got from AWS yourself: what is in the
store is trusted.

Exit status: 0, or 2 when a file has no usable key.`,
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misuse("ctlog keys add keys.json", "no FILE")
			}
			return a.keysAdd(args)
		},
	}
}

func (a *app) keysAdd(files []string) error {
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, plainPathError(err))
		}
		keys, err := digest.ParseKeys(content)
		if err != nil {
			return misuse("'aws cloudtrail list-public-keys' and 'ctlog keys fetch' print such files", "%s: %s", path, err)
		}
		name, fresh, err := storeKeys(content)
		switch {
		case err != nil:
			return fmt.Errorf("the store of keys: %w", err)
		case fresh:
			a.voice.Note("%s of %s now in %s", term.Plural(len(keys), "key"), path, name)
		default:
			a.voice.Note("%s was there already, as %s", path, name)
		}
	}
	return nil
}

// storeKeys puts a document of keys into the user's store under a name that is
// its content's, so that the same is there once.
func storeKeys(content []byte) (name string, fresh bool, err error) {
	store, err := trail.UserKeys()
	if err != nil {
		return "", false, err
	}
	sum := sha256.Sum256(content)
	name = filepath.Join(store.Dir, "keys-"+hex.EncodeToString(sum[:8])+".json")
	if held, err := os.ReadFile(name); err == nil && string(held) == string(content) {
		return name, false, nil
	}
	if err := os.MkdirAll(store.Dir, 0o700); err != nil {
		return name, false, err
	}
	return name, true, writeWhole(name, content)
}

// writeWhole writes a file in one piece: there is never half of it under its
// name, not even after a power cut.
func writeWhole(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+strings.TrimPrefix(filepath.Base(path), ".")+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
