package s3_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
	"ctlog/source"
	"ctlog/source/s3"
)

const bucket = "example-trail-logs"

// bucketOf makes a server that holds objects, whose content is their key, and
// folders, which have none.
func bucketOf(t *testing.T, keys ...string) *cloudtest.Server {
	c := &trailgen.Copy{Bucket: bucket, Objects: map[string]*trailgen.Stored{}}
	for _, key := range keys {
		c.Objects[key] = &trailgen.Stored{Bytes: []byte(key)}
		if strings.HasSuffix(key, "/") {
			c.Objects[key].Bytes = nil // as consoles keep the place of a folder
		}
	}
	s := cloudtest.New(t)
	s.Hold(c)
	s.Env(t)
	return s
}

// names lists everything, and reads nothing.
func names(t *testing.T, scope source.Scope, path string) (got []string, errs []error) {
	t.Helper()
	b := s3.New(t.Context(), s3.Options{})
	for o, err := range b.List(t.Context(), path, source.Options{Scope: scope}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		got = append(got, o.Name)
	}
	return got, errs
}

// walk lists everything and reads it, and gives the names of what could be read.
func walk(t *testing.T, scope source.Scope, paths ...string) (got []string, errs []error) {
	t.Helper()
	o := source.Options{Scope: scope, Backends: map[string]source.Backend{"s3": s3.New(t.Context(), s3.Options{})}}
	for o, err := range source.Walk(t.Context(), paths, o) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		content, err := read(t, o)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !strings.HasSuffix(o.Path, content) {
			t.Errorf("%s has the content of %s", o.Path, content)
		}
		got = append(got, o.Name)
	}
	return got, errs
}

func read(t *testing.T, o *source.Object) (string, error) {
	r, err := o.Open(t.Context())
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// Keys are listed in byte order, whatever they are made of, page after page.
func TestListsInOrder(t *testing.T) {
	keys := []string{"p/a b+c", "p/a/b", "p/ü/%2F", "p/\x01", "p/a-b", "q", "p", "p/a//c", "p/=&?"}
	for i := range 2500 {
		keys = append(keys, fmt.Sprintf("p/many/%d", i))
	}
	bucketOf(t, append(keys, "p/folder/")...)
	got, errs := names(t, source.Scope{}, "s3://"+bucket+"/p/")
	var want []string
	for _, key := range keys {
		if name, ok := strings.CutPrefix(key, "p/"); ok {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if len(errs) > 0 || !slices.Equal(got, want) {
		t.Errorf("got %d, %v; want %d", len(got), errs, len(want))
	}
}

// Keys with anything in them can be read.
func TestReadsAnyKey(t *testing.T) {
	keys := []string{"a b+c", "a/%2F", "a//b", "a/=&?", "a/ü"}
	slices.Sort(keys)
	bucketOf(t, keys...)
	if got, errs := walk(t, source.Scope{}, "s3://"+bucket); !slices.Equal(got, keys) || len(errs) > 0 {
		t.Errorf("got %q, %v; want %q", got, errs, keys)
	}
}

// A PATH is an object, or a folder with or without its slash; what only begins
// alike is something else.
func TestPaths(t *testing.T) {
	bucketOf(t, "a/x", "a-b/y", "a.json", "b", "b/c")
	for path, want := range map[string]string{
		"s3://" + bucket:             "a-b/y a.json a/x b b/c",
		"s3://" + bucket + "/":       "a-b/y a.json a/x b b/c",
		"s3://" + bucket + "/a":      "x",
		"s3://" + bucket + "/a/":     "x",
		"s3://" + bucket + "/a.json": "a.json",
		"s3://" + bucket + "/b":      "b",
	} {
		if got, errs := walk(t, source.Scope{}, path); strings.Join(got, " ") != want || len(errs) > 0 {
			t.Errorf("%s: got %q, %v; want %q", path, got, errs, want)
		}
	}
}

func trailKeys(prefix string) (keys []string) {
	for _, account := range []string{"111122223333", "o-abc/444455556666"} {
		base := account[strings.LastIndexByte(account, '/')+1:]
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			for d := range 36 {
				day := time.Date(2024, 1, 1+d, 12, 0, 0, 0, time.UTC)
				at := region + day.Format("/2006/01/02/")
				keys = append(keys,
					prefix+"AWSLogs/"+account+"/CloudTrail/"+at+base+"_CloudTrail_"+region+day.Format("_20060102T1504Z_")+"AAAAAAAAAAAAAAAA.json.gz",
					prefix+"AWSLogs/"+account+"/CloudTrail-Digest/"+at+base+"_CloudTrail-Digest_"+region+"_main_"+region+day.Format("_20060102T150405Z")+".json.gz",
					prefix+"AWSLogs/"+account+"/elasticloadbalancing/"+at+"x.log")
			}
		}
	}
	return append(keys, prefix+"other/x", prefix+"AWSLogs/"+"111122223333/vpcflowlogs/y", prefix+"ctlog-metadata.jsonl")
}

// What is listed within a scope is what the scope has of the whole, from
// whatever folder, and far less is asked for.
func TestScope(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2024, 1, d, 0, 0, 0, 0, time.UTC) }
	for _, prefix := range []string{"", "audit/logs/"} {
		keys := trailKeys(prefix)
		slices.Sort(keys)
		server := bucketOf(t, keys...)
		for name, scope := range map[string]source.Scope{
			"days":    {Logs: source.Span{From: day(9), To: day(10)}, Digests: source.Span{From: day(8), To: day(11)}, Backfills: source.Span{From: day(8), To: day(12)}},
			"since":   {Logs: source.Span{From: day(30)}, Digests: source.Span{From: day(30)}, Backfills: source.Span{From: day(30)}},
			"account": {Accounts: []string{"444455556666"}},
			"region":  {Region: func(k source.Kind, r string) bool { return k == source.KindDigest || r == "eu-west-1" }},
			"kinds":   {Kinds: []source.Kind{source.KindDigest}, Digests: source.Span{To: day(3)}, Backfills: source.Span{To: day(3)}},
		} {
			for _, folder := range []string{"", prefix, prefix + "AWSLogs/", prefix + "AWSLogs", prefix + "AWSLogs/o-abc/444455556666", prefix + "AWSLogs/111122223333/CloudTrail/", prefix + "AWSLogs/111122223333/CloudTrail/us-east-1", prefix + "AWSLogs/111122223333/CloudTrail/us-east-1/2024/"} {
				var want []string
				for _, key := range keys {
					if k := source.ParseKey(key); k.Kind != source.KindUnknown && scope.HasKey(k) && strings.HasPrefix(key, folder) {
						want = append(want, strings.TrimPrefix(strings.TrimPrefix(key, folder), "/"))
					}
				}
				server.Asked()
				got, errs := names(t, scope, "s3://"+bucket+"/"+folder)
				if !slices.Equal(got, want) || len(errs) > 0 {
					t.Errorf("%s below %q: got %d, %v; want %d", name, folder, len(got), errs, len(want))
				}
				lists := 0
				for _, a := range server.Asked() {
					if strings.HasPrefix(a, "LIST") {
						lists++
					}
				}
				if lists > 25 {
					t.Errorf("%s below %q: %d listings", name, folder, lists)
				}
			}
		}
	}
}

// Where there is no AWSLogs all is looked at, and what says nothing is kept.
func TestScopeWithoutLayout(t *testing.T) {
	bucketOf(t, "flat/x.json", "flat/y/z.json", "flat/111122223333_CloudTrail_us-east-1_20200109T1005Z_AAAAAAAAAAAAAAAA.json.gz")
	since := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	got, errs := walk(t, source.Scope{Logs: source.Span{From: since}}, "s3://"+bucket+"/flat")
	if strings.Join(got, " ") != "x.json y/z.json" || len(errs) > 0 {
		t.Errorf("got %q, %v", got, errs)
	}
}

// One object that cannot be read is named; the others are read.
func TestOneObjectFails(t *testing.T) {
	server := bucketOf(t, "a", "b", "c", "d", "e.zip")
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/b"):
			cloudtest.Refuse(w, http.StatusForbidden, "AccessDenied")
		case strings.HasSuffix(r.URL.Path, "/c"):
			cloudtest.Refuse(w, http.StatusNotFound, "NoSuchKey")
		default:
			return false
		}
		return true
	})
	got, errs := walk(t, source.Scope{}, "s3://"+bucket)
	if strings.Join(got, " ") != "a d" || len(errs) != 3 {
		t.Fatalf("got %q, %v", got, errs)
	}
	for i, want := range []string{"/b: access denied", "/c: it is not there", "/e.zip: it is an archive"} {
		var at *source.Error
		if !strings.HasPrefix(errs[i].Error(), "s3://"+bucket+want) || !errors.As(errs[i], &at) || at.Arg {
			t.Errorf("got %v, want %q", errs[i], want)
		}
	}
}

// Connections that break, answers that are cut off and servers that are busy
// change nothing.
func TestFaultsAtRandom(t *testing.T) {
	var keys []string
	for i := range 16 {
		keys = append(keys, fmt.Sprintf("%02d-%s", i, strings.Repeat("x", 900)))
	}
	server := bucketOf(t, keys...)
	var n atomic.Uint64
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch rand.New(rand.NewPCG(3, n.Add(1))).IntN(12) {
		case 0:
			cloudtest.Refuse(w, http.StatusServiceUnavailable, "SlowDown")
		case 1:
			hangUp(w)
		case 2, 3, 4, 5:
			return cutOff(w, r)
		default:
			return false
		}
		return true
	})
	got, errs := walk(t, source.Scope{}, "s3://"+bucket)
	if !slices.Equal(got, keys) || len(errs) > 0 {
		t.Errorf("got %d, %v", len(got), errs)
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

// cutOff sends half of what is left of an object.
func cutOff(w http.ResponseWriter, r *http.Request) bool {
	key := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if key == "" || key == bucket {
		return false
	}
	from := 0
	fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
	w.Header().Set("ETag", cloudtest.ETag([]byte(key)))
	w.Header().Set("Content-Length", fmt.Sprint(len(key)-from))
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(key)-1, len(key)))
		w.WriteHeader(http.StatusPartialContent)
	}
	io.WriteString(w, key[from:from+(len(key)-from)/2])
	http.NewResponseController(w).Flush()
	hangUp(w)
	return true
}

// What is wrong with everything is one error, soon, and says what to do.
func TestErrorsOfThePath(t *testing.T) {
	refuse := func(status int, code string) func(*testing.T, *cloudtest.Server) {
		return func(_ *testing.T, s *cloudtest.Server) {
			s.Intercept(func(w http.ResponseWriter, _ *http.Request) bool { cloudtest.Refuse(w, status, code); return true })
		}
	}
	env := func(name, value string) func(*testing.T, *cloudtest.Server) {
		return func(t *testing.T, _ *cloudtest.Server) { t.Setenv(name, value) }
	}
	for _, c := range []struct {
		name, path, want string
		arrange          func(*testing.T, *cloudtest.Server)
	}{
		{"no such bucket", "s3://nosuch/x", "there is no such bucket", nil},
		{"nothing there", "s3://" + bucket + "/nothing", "there is no object of this name", nil},
		{"no bucket", "s3:///x", "no bucket is named", nil},
		{"wrong key", "", "AWS does not know the access key", refuse(403, "InvalidAccessKeyId")},
		{"wrong secret", "", "the secret key does not belong", refuse(403, "SignatureDoesNotMatch")},
		{"expired", "", "the credentials have expired", refuse(400, "ExpiredToken")},
		{"denied", "", "access denied", refuse(403, "AccessDenied")},
		{"elsewhere", "", "the bucket is in another region", refuse(400, "AuthorizationHeaderMalformed")},
		{"unknown", "", "AWS answers Odd: as the test wants it", refuse(400, "Odd")},
		{"none", "", "no usable AWS credentials", env("AWS_ACCESS_KEY_ID", "")},
		{"profile", "", "AWS configuration: ", env("AWS_PROFILE", "nosuch")},
		{"refused", "", "cannot reach 127.0.0.1:1: connect: connection refused", func(t *testing.T, _ *cloudtest.Server) {
			t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
			t.Setenv("AWS_MAX_ATTEMPTS", "2")
		}},
		{"no name", "", "cannot reach nosuch.invalid: ", env("AWS_ENDPOINT_URL", "http://nosuch.invalid")},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := bucketOf(t, "a")
			if c.arrange != nil {
				c.arrange(t, server)
			}
			if c.path == "" {
				c.path = "s3://" + bucket
			}
			start := time.Now()
			got, errs := walk(t, source.Scope{}, c.path)
			var at *source.Error
			var e *s3.Error
			if len(got) > 0 || len(errs) != 1 || !errors.As(errs[0], &at) || !at.Arg || !errors.As(errs[0], &e) || (e.Hint == "") != (c.name == "unknown") {
				t.Fatalf("got %q, %v; want one error about the PATH, with a hint if something can be done", got, errs)
			}
			if !strings.Contains(e.What, c.want) || strings.Contains(e.What, "\n") || time.Since(start) > 10*time.Second {
				t.Errorf("after %s: %q, want %q", time.Since(start), e.What, c.want)
			}
		})
	}
}

// A folder is read by who may list it and nothing beside it.
func TestNarrowPermission(t *testing.T) {
	server := bucketOf(t, "a/x", "a/y", "b")
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if q := r.URL.Query(); !q.Has("prefix") || strings.HasPrefix(q.Get("prefix"), "a/") {
			return false
		}
		cloudtest.Refuse(w, http.StatusForbidden, "AccessDenied")
		return true
	})
	if got, errs := walk(t, source.Scope{}, "s3://"+bucket+"/a"); strings.Join(got, " ") != "x y" || len(errs) > 0 {
		t.Errorf("got %q, %v", got, errs)
	}
	if got, errs := walk(t, source.Scope{}, "s3://"+bucket); len(got) > 0 || len(errs) != 1 {
		t.Errorf("got %q, %v", got, errs)
	}
}

// Every request says who pays, if it is so.
func TestRequestPayer(t *testing.T) {
	server := bucketOf(t, "a")
	var said atomic.Int64
	server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Amz-Request-Payer") == "requester" {
			said.Add(1)
		}
		return false
	})
	for o, err := range s3.New(t.Context(), s3.Options{RequestPayer: true}).List(t.Context(), "s3://"+bucket, source.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if content, err := read(t, o); content != "a" || err != nil {
			t.Errorf("%q, %v", content, err)
		}
	}
	if n := len(server.Asked()); n != 3 || said.Load() != 3 {
		t.Errorf("%d of %d requests say it", said.Load(), n)
	}
}

// A bucket in another region is found there.
func TestRegionIsFound(t *testing.T) {
	server := bucketOf(t, "a", "b")
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/") {
			return false
		}
		w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
		cloudtest.Refuse(w, http.StatusMovedPermanently, "PermanentRedirect")
		return true
	})
	if got, errs := walk(t, source.Scope{}, "s3://"+bucket); len(got) != 2 || len(errs) > 0 {
		t.Errorf("got %q, %v", got, errs)
	}
	if n := len(server.Asked()); n != 5 {
		t.Errorf("%d requests, want 5: one too many", n)
	}
}

// Credentials that expire on the way end the run, not each object of it.
func TestExpiresOnTheWay(t *testing.T) {
	var keys []string
	for i := range 3000 {
		keys = append(keys, fmt.Sprintf("%04d", i))
	}
	server := bucketOf(t, keys...)
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/0007") {
			return false
		}
		cloudtest.Refuse(w, http.StatusBadRequest, "ExpiredToken")
		return true
	})
	if got, errs := walk(t, source.Scope{}, "s3://"+bucket); len(got) != 7 || len(errs) > 2 {
		t.Errorf("got %d, %v", len(got), errs)
	}
}

// A listing that is cut off is asked for again, and named where that does not
// help: it is never taken for the whole.
func TestListingIsCutOff(t *testing.T) {
	var keys []string
	for i := range 2500 {
		keys = append(keys, fmt.Sprintf("%04d", i))
	}
	server := bucketOf(t, keys...)
	for _, c := range []struct{ cuts, want int64 }{{2, 2500}, {1000, 0}} {
		var n atomic.Int64
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if n.Add(1) > c.cuts {
				return false
			}
			w.Header().Set("Content-Length", "100000")
			fmt.Fprint(w, `<?xml version="1.0"?><ListBucketResult><Contents><Key>0000</Key></Contents>`)
			http.NewResponseController(w).Flush()
			hangUp(w)
			return true
		})
		got, errs := names(t, source.Scope{}, "s3://"+bucket)
		if int64(len(got)) != c.want || (len(errs) == 0) != (c.want > 0) || len(errs) > 0 && !strings.HasSuffix(errs[0].Error(), "the answer was cut off") {
			t.Errorf("%d cuts: %d keys, %v", c.cuts, len(got), errs)
		}
	}
}
