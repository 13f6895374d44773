package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/fetch"
	"ctlog/internal/term"
	"ctlog/parse"
	"ctlog/source"
	"ctlog/source/s3"
	"ctlog/trail"
)

// fetchFlags are the flags of fetch as the user gave them.
type fetchFlags struct {
	span      spanFlag
	options   fetch.Options
	fetchKeys bool
}

const fetchHelp = `Copies logs and digests from a bucket to DIR, their keys as paths, so that they
can be searched and verified offline. Beside them it writes
ctlog-metadata.jsonl, the S3 metadata of every digest, which has its signature,
and ctlog-manifest.jsonl: key, version, ETag, size, date and SHA-256 of what was
fetched. With --fetch-keys the public keys of the regions, as AWS's own endpoint
gives them, go into your own store ($XDG_CONFIG_HOME/ctlog/keys/), apart from
the evidence.

With --since and --until it copies what was delivered then, and what a proof of
that needs: the digests of the hours after, digests of logs that came late, and
the logs that all these list.

Files are written atomically; none is ever replaced. A
run that was interrupted or killed is taken up by the same command, and one that
was complete fetches what is new.`

const fetchExit = `Exit status: 0 all is there, 2 wrong usage or an object that could not be
fetched (it is named, the others are fetched), 130 interrupted.`

const fetchExample = `  ctlog fetch --since 2024-01-09 --until 2024-01-12 s3://bucket/AWSLogs copy/
  ctlog fetch --dry-run --region us-east-1 s3://bucket copy/
  ctlog verify copy/`

func (a *app) fetchCommand() *cobra.Command {
	g := &fetchFlags{}
	cmd := &cobra.Command{
		Use: "fetch [flags] s3://bucket/prefix DIR", Short: "copy a trail from S3, provable offline",
		Long: fetchHelp + "\n\n" + fetchExit, Example: fetchExample,
		DisableFlagsInUseLine: true,
		RunE:                  func(_ *cobra.Command, args []string) error { return a.fetch(g, args) },
	}
	f, o := cmd.Flags(), &g.options
	f.SortFlags = false
	g.span.add(f, "delivered from then on: 2024-01-09, 2024-01-09T14:00, RFC 3339, 24h, 7d", "delivered before then")
	f.StringSliceVar(&o.Accounts, "account", nil, "only these accounts")
	f.StringSliceVar(&o.Regions, "region", nil, "only these regions")
	f.BoolVar(&o.DryRun, "dry-run", false, "print the keys that would be fetched, and fetch nothing")
	f.BoolVar(&g.fetchKeys, "fetch-keys", false, "get the public keys from CloudTrail too, into your own key store")
	a.remote.addKeysEndpoint(f)
	f.MarkHidden("keys-endpoint") // it is known to be refused
	a.remote.add(cmd)
	return cmd
}

func (a *app) fetch(g *fetchFlags, args []string) error {
	o := &g.options
	if err := cmp.Or(g.check(args), a.notStored()); err != nil {
		return err
	}
	progress := term.StartProgress(a.voice, term.When(a.progress.value), term.IsTerminal(a.stderr))
	defer progress.Stop()
	o.Path, o.Dir, o.Jobs, o.Meter, o.Listed = args[0], args[1], a.jobsFor(args[:1]), progress, listedBy
	o.Say = func(f fetch.Finding) {
		a.voice.Error("%s: %s", f.Key, f.Err)
		a.remote.hint(a.voice, f.Err)
	}
	o.Would = func(e s3.Entry) { fmt.Fprintf(a.stdout, "%s\t%d\n", term.Escape(e.Key), e.Size) }
	r, err := fetch.Run(a.ctx, a.s3(), *o)
	progress.Stop()
	switch {
	case a.ctx.Err() != nil:
		a.voice.Error("interrupted; %s fetched, the same command fetches the rest", term.Plural(r.Fetched, "object"))
		return errInterrupted
	case err != nil:
		return a.fetchFailed(err, r)
	}
	if r.Findings > 0 {
		a.status = exitTrouble
	}
	a.fetchSummary(o, r)
	if !o.DryRun {
		a.keysOf(g, r.Digests)
	}
	return nil
}

// check refuses what is wrong before anything is asked or made.
func (g *fetchFlags) check(args []string) error {
	switch {
	case len(args) != 2 || !isRemote(args[0]):
		return misuse("ctlog fetch s3://bucket/prefix DIR", "fetch takes an s3:// path and a folder")
	case isRemote(args[1]):
		return misuse("ctlog fetch s3://bucket/prefix DIR", "%s is not a local folder", args[1])
	}
	span, err := g.span.parse(time.Now())
	g.options.Since, g.options.Until = span.From, span.To
	return err
}

// notStored refuses to fetch keys that would have to be stored and never are.
func (a *app) notStored() error {
	if a.remote.keysEndpoint == "" {
		return nil
	}
	return misuse("ctlog keys fetch --keys-endpoint "+a.remote.keysEndpoint+" --region R --since T -o keys.json", "--fetch-keys stores keys, and those of --keys-endpoint are never stored")
}

// fetchFailed says what ended all.
func (a *app) fetchFailed(err error, r fetch.Result) error {
	hint := ""
	var e *s3.Error
	if errors.As(err, &e) {
		hint = e.Hint
	}
	if r.Fetched > 0 {
		a.voice.Note("%s fetched until then; the same command fetches the rest", term.Plural(r.Fetched, "object"))
	}
	return misuse(hint, "%s", err)
}

func (a *app) fetchSummary(o *fetch.Options, r fetch.Result) {
	verb := "fetched"
	if o.DryRun {
		verb = "to be fetched"
	}
	a.voice.Note("%s %s, %s; %s there already; %s", term.Plural(r.Fetched, "object"), verb, term.Bytes(r.Bytes), term.Count(r.Held), term.Plural(r.Findings, "finding"))
	switch {
	case r.Fetched+r.Held == 0:
		a.voice.Hint("nothing of a trail is there for that time; 'aws s3 ls %s' shows what is", o.Path)
	case len(r.Digests) == 0:
		a.voice.Hint("there is no digest, so the copy cannot be verified; name the folder of the account, or the bucket")
	case o.DryRun && !(o.Since.IsZero() && o.Until.IsZero()):
		a.voice.Hint("logs from outside that time which the digests list come to that")
	}
}

// listedBy reads the keys of the logs that a digest lists.
func listedBy(r io.Reader) (keys []string, err error) {
	body, err := parse.NewDecoder(parse.Limits{Inflated: digest.MaxSize}).Open(r, -1, false)
	if err != nil {
		return nil, err
	}
	d, err := trail.ParseDigest(body, -1)
	if err != nil {
		return nil, err
	}
	for _, l := range d.Logs {
		keys = append(keys, l.Object)
	}
	return keys, nil
}

// keysOf puts the public keys of regions into the user's own store, if that was
// asked for, or says how they are got.
func (a *app) keysOf(g *fetchFlags, regions map[string]source.Span) {
	if len(regions) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(regions))
	if !g.fetchKeys {
		a.keysHint(names, regions)
		return
	}
	var keys []trail.PublishedKey
	for _, region := range names {
		keys = append(keys, a.ofRegion(region, regions[region].From, regions[region].To.Add(time.Hour))...)
	}
	if len(keys) == 0 {
		return
	}
	store, err := trail.UserKeys()
	if err != nil {
		a.voice.Error("--fetch-keys: %s", err)
		a.voice.Hint(hintNoStore)
		a.status = exitTrouble
		return
	}
	path, added, err := store.Add(keys)
	if err != nil {
		a.voice.Error("the key store: %s", plainPathError(err))
		a.status = exitTrouble
	}
	if added > 0 {
		a.voice.Note("%s now in %s", term.Plural(added, "public key"), path)
	}
}

// keysHint says how the keys of regions are got, unless the store has some of
// all of them, valid when they begin and when they end.
func (a *app) keysHint(regions []string, spans map[string]source.Span) {
	var keys []digest.PublicKey
	for _, f := range a.storedKeys() {
		keys = append(keys, f.Keys...)
	}
	var lacking []string
	var since time.Time
	for _, r := range regions {
		from, to := spans[r].From, spans[r].To
		if !source.IsRegion(r) || validAt(keys, r, from) && validAt(keys, r, to) {
			continue
		}
		if lacking = append(lacking, r); since.IsZero() || from.Before(since) {
			since = from
		}
	}
	if len(lacking) > 0 {
		a.voice.Hint("the public keys: 'ctlog keys fetch --region %s --since %s -o keys.json', or --fetch-keys to keep them", strings.Join(lacking, ","), since.UTC().Format(time.DateOnly))
	}
}

// validAt: one of the keys is of that region and time.
func validAt(keys []digest.PublicKey, region string, t time.Time) bool {
	return slices.ContainsFunc(keys, func(k digest.PublicKey) bool {
		return k.Origin.Region == region && !t.Before(k.Start) && !t.After(k.End)
	})
}
