// Package s3 is the source.Backend of s3://bucket/prefix: it lists a bucket in
// the byte order of keys, ahead of who reads, and opens objects.
//
// Read s3.go (the client), list.go and levels.go (what is listed), versions.go
// (versioned buckets), object.go (one object) and errors.go (what AWS's errors mean to people). Credentials,
// profile, region, endpoint and retries follow the AWS SDK's defaults; nothing
// of the SDK is made before the first s3:// path is listed.
//
// What is asked of AWS: one ListObjectsV2 a thousand keys, one GetObject an
// object. Where source.Scope bounds what is wanted and the keys follow
// CloudTrail's convention, the folders of accounts, kinds and regions are
// listed first, one request each, and then only the days that matter.
package s3

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
)

const (
	dialTimeout   = 2500 * time.Millisecond // three attempts end before firstAnswer
	imdsTimeout   = time.Second             // a laptop has no instance metadata
	firstAnswer   = 9 * time.Second         // to the first request to a bucket
	headerTimeout = 30 * time.Second
	stallTimeout  = 30 * time.Second // between bytes of an object
	defaultRegion = "us-east-1"      // it tells of any bucket where it is
)

// Options of a Backend.
type Options struct {
	RequestPayer bool // who asks pays, where the bucket's owner wants it so
	Connections  int  // that are kept open for reading

	// Versions lists all versions of all objects, and hands over each where
	// there are several. History hears of those, and of objects that are hidden
	// by a delete marker.
	Versions bool
	History  func(path string, all []Version)
}

// Backend reads S3. Its methods may be called from any goroutine.
type Backend struct {
	o    Options
	once func() (aws.Config, error)
	mu   sync.Mutex
	held map[string]*Bucket
	dead atomic.Pointer[Error] // why no further request can succeed
}

// New makes a backend that has asked nothing yet, and made nothing of the SDK.
func New(ctx context.Context, o Options) *Backend {
	return &Backend{o: o, held: map[string]*Bucket{}, once: sync.OnceValues(func() (aws.Config, error) { return load(ctx, o.Connections) })}
}

// load finds credentials, region and endpoint as the SDK does by default.
func load(ctx context.Context, connections int) (aws.Config, error) {
	client := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(transport(connections))
	metadata := imds.New(imds.Options{HTTPClient: awshttp.NewBuildableClient().WithTimeout(imdsTimeout), Retryer: aws.NopRetryer{}})
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client), config.WithLogger(logging.Nop{}),
		config.WithEC2RoleCredentialOptions(func(o *ec2rolecreds.Options) { o.Client = metadata }))
	if err != nil {
		return cfg, &Error{What: "AWS configuration: " + oneLine(err), Hint: "'aws configure list' shows what is set", Fatal: true, Err: err}
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return cfg, noCredentials(err)
	}
	return cfg, nil
}

func (b *Backend) payer() types.RequestPayer {
	if b.o.RequestPayer {
		return types.RequestPayerRequester
	}
	return ""
}

// Config is the SDK's configuration, which other clients may share. The error
// is an *Error.
func (b *Backend) Config() (aws.Config, error) { return b.once() }

// Bucket is one bucket, wherever it is.
type Bucket struct {
	Name   string
	b      *Backend
	cfg    aws.Config
	mu     sync.Mutex
	client *s3.Client
	region string
}

// Bucket gives a bucket, without asking it anything. The error is an *Error.
func (b *Backend) Bucket(name string) (*Bucket, error) {
	cfg, err := b.once()
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held[name] == nil {
		u := &Bucket{Name: name, b: b, cfg: cfg}
		u.move(cfg.Region)
		b.held[name] = u
	}
	return b.held[name], nil
}

// move makes the client for a region; false when it is there already.
func (u *Bucket) move(region string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.region == region {
		return false
	}
	u.region = region
	u.client = s3.NewFromConfig(u.cfg, func(o *s3.Options) {
		o.Region, o.Retryer = region, Patient(o.Retryer)
		o.UsePathStyle = o.BaseEndpoint != nil // such a server has no name for every bucket
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	return true
}

func (u *Bucket) current() *s3.Client {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.client
}

// ask makes a request, a second time when AWS says that the bucket is in
// another region.
func (u *Bucket) ask(do func(*s3.Client) error) error {
	if dead := u.b.dead.Load(); dead != nil {
		return dead
	}
	client := u.current()
	err := do(client)
	if region := regionOf(err); region != "" && (u.move(region) || u.current() != client) {
		err = do(u.current())
	}
	if err == nil {
		return nil
	}
	e := explain(err)
	if e.Fatal {
		u.b.dead.Store(e)
	}
	return e
}

// regionOf is where a bucket is, when that is why a request failed.
func regionOf(err error) string {
	var re *awshttp.ResponseError
	if !errors.As(err, &re) || re.HTTPResponse() == nil {
		return ""
	}
	return re.HTTPResponse().Header.Get("X-Amz-Bucket-Region")
}

// Split takes s3://bucket/prefix apart.
func Split(path string) (bucket, prefix string, err error) {
	bucket, prefix, _ = strings.Cut(strings.TrimPrefix(path, "s3://"), "/")
	if !strings.HasPrefix(path, "s3://") || bucket == "" || strings.ContainsAny(bucket, "*? :") {
		return "", "", &Error{What: "no bucket is named", Hint: "s3://bucket/prefix"}
	}
	return bucket, prefix, nil
}
