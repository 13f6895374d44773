package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/internal/term"
	"ctlog/source"
	"ctlog/source/s3"
)

// remote is how a run reaches S3.
type remote struct {
	requestPayer bool
	jobsGiven    bool
	versions     bool // list them all
	history      func(path string, all []s3.Version)
	unlisted     bool // it was said that versions cannot be listed
	backend      *s3.Backend
	hinted       map[string]bool
	keysEndpoint string // "": AWS's own
}

// remoteJobs is how many objects are read at a time where waiting, not
// computing, takes the time.
const remoteJobs = 32

func (r *remote) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&r.requestPayer, "request-payer", false, "for s3:// paths: accept charges for requester-pays buckets")
}

// s3 is the one backend of a run. Making it makes nothing of the AWS SDK.
func (a *app) s3() *s3.Backend {
	if a.remote.backend == nil {
		a.remote.backend = s3.New(a.ctx, s3.Options{
			RequestPayer: a.remote.requestPayer, Connections: max(a.jobs, remoteJobs),
			Versions: a.remote.versions, History: a.remote.history,
		})
	}
	return a.remote.backend
}

func (a *app) backends() map[string]source.Backend {
	return map[string]source.Backend{"s3": a.s3()}
}

func isRemote(path string) bool { return strings.HasPrefix(path, "s3://") }

func (a *app) jobsFor(paths []string) int {
	if !a.remote.jobsGiven && slices.ContainsFunc(paths, isRemote) {
		return max(a.jobs, remoteJobs)
	}
	return a.jobs
}

// hint says, once, what can be done about an error of AWS's.
func (r *remote) hint(v *term.Voice, err error) {
	var e *s3.Error
	if errors.As(err, &e) && e.Hint != "" {
		r.hintOnce(v, e.Hint)
	}
}

// hintOnce says a hint that has not been said in this run.
func (r *remote) hintOnce(v *term.Voice, hint string) {
	if r.hinted[hint] {
		return
	}
	if r.hinted == nil {
		r.hinted = map[string]bool{}
	}
	r.hinted[hint] = true
	v.Hint("%s", hint)
}

// How far from the time that is asked for there may be something that matters.
const (
	oneDay  = 24 * time.Hour      // logs that were delivered late, digests that come after them
	oneHour = time.Hour           // a digest, once its window has ended
	aMonth  = 31 * 24 * time.Hour // digests of logs that were delivered very late
)

// spanAround widens a span; what is open stays open.
func spanAround(since, until time.Time, before, after time.Duration) source.Span {
	return source.Span{From: since, To: until}.Widened(before, after)
}

// verifyScope is what a verification need not list: the digests and logs that
// are far from the time that was asked for, and accounts and logs of regions
// that were not.
func verifyScope(o digest.Options) source.Scope {
	s := source.Scope{
		Logs:      spanAround(o.Since, o.Until, oneDay, oneDay),
		Digests:   spanAround(o.Since, o.Until, oneDay, oneDay+oneHour),
		Backfills: spanAround(o.Since, o.Until, oneDay, aMonth),
		Accounts:  o.Accounts,
	}
	if len(o.Regions) > 0 { // a chain is held against those of other regions
		s.Region = func(k source.Kind, r string) bool {
			return k == source.KindDigest || slices.ContainsFunc(o.Regions, func(asked string) bool { return strings.EqualFold(asked, r) })
		}
	}
	return s
}
