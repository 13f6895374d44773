package main

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/internal/term"
	"ctlog/source"
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
				return misuse(meant(cmd.SuggestionsFor(args[0]), "see 'ctlog keys --help'"), "unknown command %q of keys", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.keysFetchCommand(), a.keysListCommand(), a.keysAddCommand())
	return cmd
}

// keysFetch are the flags of keys fetch.
type keysFetch struct {
	regions []string
	span    spanFlag
	file    string
}

func (a *app) keysFetchCommand() *cobra.Command {
	k := &keysFetch{}
	cmd := &cobra.Command{
		Use: "fetch --region R --since T [flags]", Short: "get the public keys of regions from AWS",
		Long: `Asks CloudTrail (ListPublicKeys) for the keys that were valid at some time of
the span, all pages, and prints them as 'aws cloudtrail list-public-keys' does.
It needs the permission cloudtrail:ListPublicKeys and makes one request a page.
It asks AWS's own endpoint of the region, whatever AWS_ENDPOINT_URL says, and
writes down with every key which endpoint that was, when, and the request's ID.
Proxies are those of HTTPS_PROXY, certificates those of the system or of
AWS_CA_BUNDLE: who sets these can stand between you and AWS.

Exit status: 0, or 2 when a region's keys were not to be had.`,
		Example:               "  ctlog keys fetch --region us-east-1,eu-west-1 --since 2024-01-01 -o keys.json",
		DisableFlagsInUseLine: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.keysFetch(k) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringSliceVar(&k.regions, "region", nil, "regions whose keys are wanted")
	k.span.add(f, "valid then or later: 2024-01-09, 2024-01-09T14:00, RFC 3339, 24h, 7d", "valid before then (default now)")
	f.StringVarP(&k.file, "output", "o", "", "write to a file, not to standard output")
	a.remote.addKeysEndpoint(f)
	return cmd
}

func (a *app) keysFetch(k *keysFetch) error {
	now := time.Now()
	switch {
	case len(k.regions) == 0:
		return misuse("a trail's digests name their region: --region us-east-1", "no --region")
	case k.span.since == "":
		return misuse("when the oldest digest was signed: --since 2024-01-01", "no --since")
	}
	if k.span.until == "" {
		k.span.until = now.Format(time.RFC3339Nano)
	}
	span, err := k.span.parse(now)
	if err != nil {
		return err
	}
	keys := a.ofRegions(k.regions, span.From, span.To)
	if a.ctx.Err() != nil {
		return errInterrupted
	}
	if len(keys) == 0 {
		a.status = exitTrouble
		return nil
	}
	if k.file == "" {
		_, err = a.stdout.Write(trail.KeyDocument(keys))
		return err
	}
	if err := trail.WriteFile(k.file, trail.KeyDocument(keys), 0o644); err != nil {
		return fmt.Errorf("-o %s: %w", k.file, plainPathError(err))
	}
	return nil
}

func (a *app) ofRegions(regions []string, from, to time.Time) (all []trail.PublishedKey) {
	for _, region := range regions {
		all = append(all, a.ofRegion(region, from, to)...)
	}
	return all
}

// ofRegion tells of a region whose keys are not to be had.
func (a *app) ofRegion(region string, from, to time.Time) []trail.PublishedKey {
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
	format := "table"
	cmd := &cobra.Command{
		Use: "list [-o table|json] [FILE...]", Short: "show keys, validity, origin, and whether fingerprints are right",
		Long: `Shows the keys in files, or those in the user's own store. A fingerprint is the
MD5 of the key as it is published; one that is not is named, and verify says so
where it matters.

Exit status: 0, or 2 when a file could not be read.`,
		DisableFlagsInUseLine: true,
		RunE:                  func(_ *cobra.Command, args []string) error { return a.keysList(format, args) },
	}
	cmd.Flags().StringVarP(&format, "output", "o", format, "table, or json: an array with the SHA-256 of each key")
	return cmd
}

func (a *app) keysList(format string, names []string) error {
	if format != "table" && format != "json" {
		return misuse("", "-o takes table or json, not %q", format)
	}
	files, err := a.listedFiles(names)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Err != nil {
			a.status = exitTrouble
		}
	}
	switch {
	case format == "json":
		return a.keysJSON(files)
	case len(files) == 0:
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FINGERPRINT\tVALID FROM\tVALID UNTIL\tBITS\tREGION\tFINGERPRINT OK\tFILE\tORIGIN")
	for _, f := range files {
		for _, k := range f.Keys {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", term.Escape(k.Fingerprint), validity(k.Start), validity(k.End), k.RSA.N.BitLen(),
				term.Escape(cmp.Or(k.Origin.Region, "-")), fingerprintOK(k), term.Escape(f.Path), term.Escape(k.Origin.Record()))
		}
	}
	return w.Flush()
}

// keyRow is a key in the JSON of keys list.
type keyRow struct {
	Fingerprint   string  `json:"fingerprint"`
	FingerprintOK bool    `json:"fingerprintOK"`
	MD5           string  `json:"md5"`
	SHA256        string  `json:"sha256"` // of the DER
	Start         *string `json:"start"`
	End           *string `json:"end"`
	Bits          int     `json:"bits"`
	Region        *string `json:"region"`
	Endpoint      *string `json:"endpoint"`
	Fetched       *string `json:"fetched"`
	RequestID     *string `json:"requestID"`
	Origin        string  `json:"origin"`
	File          string  `json:"file"`
}

func (a *app) keysJSON(files []trail.KeyFile) error {
	rows := []keyRow{}
	for _, f := range files {
		for _, k := range f.Keys {
			o := k.Origin
			rows = append(rows, keyRow{
				k.Fingerprint, k.Fingerprint == k.MD5, k.MD5, hex.EncodeToString(k.DER[:]), orNull(stampOf(k.Start)), orNull(stampOf(k.End)), k.RSA.N.BitLen(),
				orNull(o.Region), orNull(o.Endpoint), orNull(stampOf(o.Fetched)), orNull(o.RequestID), o.String(), f.Path,
			})
		}
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(rows)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// listedFiles are the files that were named, or those of the user's own store.
func (a *app) listedFiles(names []string) (files []trail.KeyFile, err error) {
	for _, name := range names {
		f := trail.LoadKeys(name, "file "+filepath.Base(name))
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

func validity(t time.Time) string { return cmp.Or(stampOf(t), "-") }

func fingerprintOK(k digest.PublicKey) string {
	if k.Fingerprint == k.MD5 {
		return "yes"
	}
	return "no: " + k.MD5
}

// keysAdd are the flags of keys add.
type keysAdd struct{ region string }

func (a *app) keysAddCommand() *cobra.Command {
	k := &keysAdd{}
	cmd := &cobra.Command{
		Use: "add [--region R] FILE...", Short: "put keys into the user's own store",
		Long: `Puts files of public keys into $XDG_CONFIG_HOME/ctlog/keys/, where verify and
grep find them. Add only keys that you got from AWS yourself: what is in the
store is trusted.

What 'ctlog keys fetch' has written says of every key which endpoint of AWS gave
it for which region, and when; that goes along. Of other files it is recorded
that you added them, with their SHA-256, and every verdict that rests on such a
key says so. Keys from an endpoint that is not AWS's, and those of ctlog's own
tests, are refused.

Exit status: 0, or 2 when a file has no usable key.`,
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misuse("ctlog keys add keys.json", "no FILE")
			}
			return a.keysAdd(k, args)
		},
	}
	cmd.Flags().StringVar(&k.region, "region", "", "the region whose keys these are, of files that do not say it")
	return cmd
}

func (a *app) keysAdd(k *keysAdd, files []string) error {
	if k.region != "" && !source.IsRegion(k.region) {
		return misuse("--region us-east-1", "--region %q: not the name of a region", k.region)
	}
	store, err := trail.UserKeys()
	if err != nil {
		return misuse(hintNoStore, "%s", err)
	}
	for _, path := range files {
		keys, err := k.read(path)
		if err != nil {
			return err
		}
		name, added, err := store.Add(keys)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", path, plainPathError(err))
		case added == 0:
			a.voice.Note("the keys of %s were there already", path)
		default:
			a.voice.Note("%s of %s now in %s", term.Plural(added, "key"), path, name)
		}
	}
	return nil
}

// read reads a file whose keys are to be added.
func (k *keysAdd) read(path string) ([]trail.PublishedKey, error) {
	keys, err := trail.Added(path, k.region, time.Now())
	if err != nil {
		return nil, misuse("'aws cloudtrail list-public-keys' and 'ctlog keys fetch' print such files", "%s: %s", path, err)
	}
	for _, key := range keys {
		if k.region != "" && key.Origin.Region != k.region {
			return nil, misuse("without --region keys are kept for the region that the file names", "%s: key %s is of %s, not of %s", path, key.Fingerprint, key.Origin.Region, k.region)
		}
	}
	return keys, nil
}
