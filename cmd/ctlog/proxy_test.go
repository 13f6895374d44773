package main

import (
	"context"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// proxy stands between ctlog and an S3 server, and makes the trouble that a
// test wants of it.
type proxy struct {
	*httptest.Server
	asked atomic.Int64                            // for objects
	fault atomic.Pointer[func(path string) fault] // what becomes of a request for bucket/key
	n     [troubles]atomic.Int64                  // how often there was which
}

// fault is what becomes of a request.
type fault int

const (
	none     fault = iota
	busy           // 503
	reset          // the connection is reset at once
	cut            // the body ends early
	slow           // the body comes in pieces
	denied         // 403
	vanished       // 404, between the listing and now
	troubles
)

// newProxy starts a proxy for the time of a test.
func newProxy(t *testing.T, to string) *proxy {
	at, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{}
	forward := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(at); r.Out.Host = r.In.Host }, // which is signed
		ModifyResponse: spoil,
		ErrorLog:       discard,
	}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, forward) }))
	p.Config.ErrorLog = discard
	p.Start()
	t.Cleanup(p.Close)
	return p
}

// makes sets what becomes of requests from now on.
func (p *proxy) makes(trouble func(path string) fault) { p.fault.Store(&trouble) }

func (p *proxy) serve(w http.ResponseWriter, r *http.Request, forward http.Handler) {
	path := strings.TrimPrefix(r.URL.Path, "/") // of which the first part is the bucket
	_, key, _ := strings.Cut(path, "/")
	if key != "" {
		p.asked.Add(1)
	}
	f := none
	if trouble := p.fault.Load(); trouble != nil {
		f = (*trouble)(path)
	}
	p.n[f].Add(1)
	switch f {
	case busy:
		cloudtest.Refuse(w, http.StatusServiceUnavailable, "SlowDown")
	case denied:
		cloudtest.Refuse(w, http.StatusForbidden, "AccessDenied")
	case vanished:
		cloudtest.Refuse(w, http.StatusNotFound, "NoSuchKey")
	case reset:
		hangUp(w)
	default:
		forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), faultOf{}, f)))
	}
}

func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		conn.Close()
	}
}

var discard = log.New(io.Discard, "", 0)

type faultOf struct{}

// spoil does to a body what its request's fault says.
func spoil(r *http.Response) error {
	switch r.Request.Context().Value(faultOf{}) {
	case cut:
		r.Body = &cutBody{r.Body, r.ContentLength / 2}
	case slow:
		r.Body = &slowBody{r.Body}
	}
	return nil
}

type cutBody struct {
	io.ReadCloser
	left int64
}

func (c *cutBody) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.ReadCloser.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

type slowBody struct{ io.ReadCloser }

func (s *slowBody) Read(p []byte) (int, error) {
	time.Sleep(2 * time.Millisecond)
	return s.ReadCloser.Read(p[:min(len(p), 100)])
}

// atRandom makes trouble of all kinds with one request of so many, never that
// an object cannot be had: those are chosen by their keys.
func atRandom(seed uint64, one int, chosen map[string]fault) func(path string) fault {
	var n atomic.Uint64
	return func(path string) fault {
		if f, ok := chosen[path]; ok {
			return f
		}
		r := rand.New(rand.NewPCG(seed, n.Add(1)))
		if r.IntN(one) > 0 {
			return none
		}
		return busy + fault(r.IntN(int(slow)))
	}
}

// Whatever is between ctlog and a bucket: nothing is lost, nothing comes twice,
// each object that cannot be had is named once, and the rest is as it is.
func TestProxyTrouble(t *testing.T) {
	c, held, dir, keys := inCloud(t, lasting)
	proxyTrouble(t, c.URL, held, dir, keys, uint64(number("CTLOG_SEED", 1)), number("CTLOG_FAULTS", 12))
}

// The same with a real server.
func TestProxyTroubleVersity(t *testing.T) {
	nightly(t)
	v := newVersity(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	made := *lasting()
	v.hold(t, &made, false)
	dir, keys := onDisk(t, &made)
	proxyTrouble(t, v.url, &made, dir, keys, uint64(number("CTLOG_SEED", 2)), number("CTLOG_FAULTS", 6))
}

func proxyTrouble(t *testing.T, to string, held *trailgen.Copy, dir, keys string, seed uint64, one int) {
	p := newProxy(t, to)
	t.Setenv("AWS_ENDPOINT_URL_S3", p.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "12")
	refused, gone := held.Logs()[7], held.Logs()[33]
	fetched := filepath.Join(t.TempDir(), "copy")
	if err := errors.Join(os.Remove(filepath.Join(dir, refused)), os.Remove(filepath.Join(dir, gone))); err != nil {
		t.Fatal(err)
	}
	at := "s3://" + held.Bucket
	for _, args := range [][]string{{"grep", "-r", ".eventID", at}, {"verify", "--json", "--verbose", "--keys", keys, at}, {"fetch", at, fetched}} {
		p.makes(atRandom(seed, one, map[string]fault{held.Bucket + "/" + refused: denied, held.Bucket + "/" + gone: vanished}))
		status, got, stderr := in(t, "", args...)
		if status != exitTrouble || strings.Count(stderr, refused+": access denied") != 1 || strings.Count(stderr, gone+": it is not there (any more)") != 1 || strings.Count(stderr, ".gz: ") != 2 {
			t.Errorf("%s: status %d\n%s", args[0], status, stderr)
		}
		if args[0] == "fetch" {
			continue
		}
		_, want, _ := in(t, "", append(args[:len(args)-1:len(args)-1], dir)...)
		got, want = without(strings.ReplaceAll(got, at, dir), refused, gone), without(want, refused, gone)
		if got != want || strings.Count(want, "\n") < 100 {
			t.Errorf("%s: %d lines, want %d", args[0], strings.Count(got, "\n"), strings.Count(want, "\n"))
		}
	}
	whole(t, held, fetched)
	p.makes(atRandom(seed+1, one, nil))
	if status, _, stderr := in(t, "", "fetch", at, fetched); status != exitOK || !strings.Contains(stderr, "2 objects fetched") {
		t.Errorf("the second run: status %d\n%s", status, stderr)
	}
	whole(t, held, fetched)
	for f := busy; f < troubles; f++ {
		if p.n[f].Load() == 0 {
			t.Errorf("fault %d did not happen", f)
		}
	}
}

// without drops the lines about some objects, and the summary that counts them.
func without(out string, keys ...string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if !strings.Contains(line, `{"kind":"summary"`) && !slices.ContainsFunc(keys, func(key string) bool { return strings.Contains(line, key) }) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// nightly skips what takes too long for every day.
func nightly(t *testing.T) {
	t.Helper()
	if os.Getenv("CTLOG_NIGHTLY") == "" {
		t.Skip("takes long; CTLOG_NIGHTLY=1 runs it, as `make nightly` and `make test-s3` do")
	}
}
