package main

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

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
	unlisted     sync.Once // it is said once that versions cannot be listed
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
