package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/digest"
	"ctlog/event"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/report"
	"ctlog/trail"
)

// verifyFlags are the flags of verify as the user gave them.
type verifyFlags struct {
	trust        trustFlags
	since, until string
	options      digest.Options
	json         bool
	caseFile     caseFlags
	verbose      bool
	versions     bool
}

const verifyHelp = `Proves, offline, that a copy of CloudTrail logs is what CloudTrail delivered:
nothing altered, deleted, added or cut off. It checks the signature of every
digest, the chain between digests, and the SHA-256 of every log, for all
accounts, regions and trails that it finds under PATH, in whatever folders they
lie.

Public keys come from --keys, from the user's own store
($XDG_CONFIG_HOME/ctlog/keys/*.json) or, with --fetch-keys, from CloudTrail;
never from the evidence. Signatures come from the S3 metadata of the digests,
where the copy kept it (ctlog-metadata.jsonl, DIGEST.metadata.json, --metadata),
and from the digest that follows; for an s3:// PATH, from the objects
themselves. Without keys the links between digests are checked all the same, but
nothing is then better than unverified.

For an s3:// PATH the versions of what is altered or missing are shown, if the
bucket keeps them. With --versions every object is looked at in all its
versions, including those hidden by a delete marker, and the earliest that
matches its digest is verified. A bucket whose current object is not that
version is tampered; originals that are still there are counted as restored.`

const verifyExit = `Exit status:
  0  proven: everything is valid, without a gap
  1  tampered: something is altered, missing, unreadable or unreferenced, an
     event has a twin with other content, or --versions found that the current
     object is not the one that was signed
  3  incomplete: something is unverified, uncovered, outside or unread; a gap,
     a chain that ends early, begins again or changes its bucket; a key used
     outside its validity or region; or no digest at all
  2  wrong usage, or a path that could not be opened; 130 interrupted`

const verifyExample = `  ctlog verify --keys keys.json AWSLogs/
  ctlog verify --keys keys.json --json evidence.tar.gz
  ctlog verify --expect-region us-east-1 --report case-17.txt \
    --report-json case-17.json --examiner "J. Doe" copy/
  ctlog verify --since 2024-01-09 --until 2024-01-10 copy/
  ctlog verify --fetch-keys --since 7d s3://bucket/AWSLogs/111122223333`

func (a *app) verifyCommand() *cobra.Command {
	v := &verifyFlags{}
	cmd := &cobra.Command{
		Use: "verify [flags] PATH...", Short: "prove that logs are what CloudTrail delivered",
		Long: verifyHelp + "\n\n" + verifyExit, Example: verifyExample,
		DisableFlagsInUseLine: true,
		RunE:                  func(_ *cobra.Command, args []string) error { return a.verify(v, args) },
	}
	o := &v.options
	section(cmd, "Keys and signatures", func(*pflag.FlagSet) { v.trust.add(a, cmd) })
	section(cmd, "What is verified", func(f *pflag.FlagSet) {
		list := func(to *[]string, name, usage string) { f.StringSliceVar(to, name, nil, usage) }
		f.StringVar(&v.since, "since", "", "only digests from `TIME` on (2024-01-09, 2024-01-09T14:00, RFC 3339, 24h, 7d); what is older must then be there")
		f.StringVar(&v.until, "until", "", "only digests before `TIME`; the chains must then last until there")
		list(&o.Accounts, "account", "only these accounts, by `ID`")
		list(&o.Regions, "region", "only these `REGION`s")
		list(&o.Trails, "trail", "only the trails of this `NAME`")
		f.BoolVar(&o.UnvalidatedTrail, "unvalidated-trail", false, "a trail without validation delivers here too: what no digest lists is uncovered, not unreferenced")
	})
	section(cmd, "What must be there", func(f *pflag.FlagSet) {
		f.StringSliceVar(&o.ExpectAccounts, "expect-account", nil, "accounts that must have digests, by `ID`")
		f.StringSliceVar(&o.ExpectRegions, "expect-region", nil, "`REGION`s that must have digests, in every expected account")
		f.StringVar(&o.ExpectBucket, "expect-bucket", "", "`BUCKET` that the digests must be signed for; default: for s3:// paths, the one that is read")
	})
	section(cmd, "Amazon S3", func(f *pflag.FlagSet) {
		f.BoolVar(&v.versions, "versions", false, "look at all versions of every object, and verify the earliest that matches its digest")
		a.remote.add(cmd)
	})
	section(cmd, "Output", func(f *pflag.FlagSet) {
		f.BoolVar(&v.json, "json", false, "one JSON object a line: digests and logs, findings, summary")
		f.BoolVar(&v.verbose, "verbose", false, "name every file, valid ones too")
	})
	section(cmd, "Case file", func(*pflag.FlagSet) { v.caseFile.add(cmd) })
	return cmd
}

// verify is the command: it checks everything before the first file is opened.
func (a *app) verify(v *verifyFlags, args []string) error {
	start := time.Now()
	if err := v.times(start); err != nil {
		return err
	}
	if err := v.bucket(); err != nil {
		return err
	}
	paths, err := a.paths(args)
	if err != nil {
		return err
	}
	o := v.options
	keyFiles, err := v.trust.fill(a, paths, &o)
	if err != nil {
		return err
	}
	if err := v.caseFile.check(paths); err != nil {
		return err
	}
	s, err := v.evidence(a, paths, o.Signatures)
	if err != nil {
		return err
	}
	r, err := s.verify(paths, o, v.caseFile.wanted())
	if err != nil {
		return err
	}
	a.status = verifyStatus(r.Verdict, s.Unread)
	if v.caseFile.wanted() {
		if err := v.caseFile.write(r, a.about(s, *keyFiles, v.trust.metadata, a.status, start)); err != nil {
			return err
		}
	}
	if s.Unopened > 0 && s.Unopened == len(r.Beside) && r.Digests.Total()+r.Logs.Total() == 0 {
		return nil // there is nothing to be said of what could not be opened
	}
	return v.show(a, r)
}

// evidence is the copy that a run of verify is about.
type evidence struct {
	*trail.Copy
	app      *app
	archives []string      // on disk, that were entered; for a report
	piped    *hashedStream // standard input, for a report
}

// evidence is that of this run.
func (v *verifyFlags) evidence(a *app, paths []string, signatures *digest.Signatures) (*evidence, error) {
	unload := func() { a.ballast = nil }
	e := &evidence{app: a, Copy: &trail.Copy{Signatures: signatures, Reporter: &unreadReporter{app: a}, Manifest: true, Hold: true, Unload: unload, Ask: a.askForVersions}}
	if !v.versions {
		return e, nil
	}
	if err := noVersions(paths); err != nil {
		return nil, err
	}
	e.Versions = a.followVersions()
	return e, nil
}

// verify reads everything, with progress.
func (e *evidence) verify(paths []string, o digest.Options, report bool) (r *digest.Report, err error) {
	defer e.Release()
	err = e.app.reading(paths, func(config scan.Config) error {
		config.Source.Scope = trail.Scope(o)
		e.Scan = config
		if report {
			e.forReport()
		}
		r, err = digest.Verify(e.app.ctx, e.Copy, o)
		return err
	})
	e.Reporter.(*unreadReporter).close()
	return r, err
}

func (v *verifyFlags) times(now time.Time) (err error) {
	for _, f := range []struct {
		name, text string
		to         *time.Time
	}{{"since", v.since, &v.options.Since}, {"until", v.until, &v.options.Until}} {
		if f.text == "" {
			continue
		}
		if *f.to, err = event.ParseTime(f.text, now); err != nil {
			return misuse("", "--%s: %s", f.name, err)
		}
	}
	if o := v.options; !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until) {
		return misuse("", "--since is not before --until")
	}
	return nil
}

// bucket reads --expect-bucket, which may also be written as a PATH.
func (v *verifyFlags) bucket() error {
	name := strings.TrimSuffix(strings.TrimPrefix(v.options.ExpectBucket, "s3://"), "/")
	if strings.Contains(name, "/") {
		return misuse("--expect-bucket "+name[:strings.IndexByte(name, '/')], "--expect-bucket %s: a bucket's name has no slash", v.options.ExpectBucket)
	}
	v.options.ExpectBucket = name
	return nil
}

// verifyStatus is the exit status: what could not be opened outweighs the
// verdict, which is then not about all of the evidence.
func verifyStatus(v digest.Verdict, unread int) int {
	if unread > 0 {
		return exitTrouble
	}
	return map[digest.Verdict]int{digest.Proven: exitOK, digest.Tampered: exitTampered, digest.Incomplete: exitIncomplete}[v]
}

// show prints the result, and says how more could be known.
func (v *verifyFlags) show(a *app, r *digest.Report) error {
	err := v.print(a, r)
	if err == nil && !v.versions {
		a.versionsHint(r)
	}
	return err
}

func (v *verifyFlags) print(a *app, r *digest.Report) error {
	if !v.json {
		return report.WriteSummary(a.stdout, r, report.Options{Style: a.style(), Verbose: v.verbose})
	}
	for _, c := range report.Commands(r) {
		a.voice.Hint("%s", c)
	}
	return report.WriteJSON(a.stdout, r, term.IsTerminal(a.stdout))
}
