// Package aws asks AWS for what is not evidence: CloudTrail's public keys.
//
// They are the root of trust, so it is not settings that say whom to ask: it is
// CloudTrail's own https endpoint of the region, as the SDK knows it, whatever
// AWS_ENDPOINT_URL and the endpoint_url of profiles say, and no redirect is
// followed. Credentials, proxy and AWS_CA_BUNDLE are as for everything else.
package aws

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"ctlog/source"
	"ctlog/source/s3"
)

// PublicKey is a key as CloudTrail gave it, and who gave it when.
type PublicKey struct {
	Value       []byte // DER
	Start, End  time.Time
	Fingerprint string

	Region, Endpoint, RequestID string
	Asked                       time.Time
}

// Publisher is who publishes keys.
type Publisher struct {
	Config func() (sdk.Config, error)
	// Endpoint is asked in the place of AWS's own, "" for that.
	Endpoint string
}

// answerTime is how long CloudTrail may take for one page.
const answerTime = 9 * time.Second

// PublicKeys gives the keys of a region that were valid at some time of a span:
// one request a page. The error is an *s3.Error.
func (p Publisher) PublicKeys(ctx context.Context, region string, from, to time.Time) (keys []PublicKey, err error) {
	if !source.IsRegion(region) { // it can come from evidence, and becomes part of a host's name
		return nil, &s3.Error{What: "not the name of a region"}
	}
	cfg, err := p.Config()
	if err != nil {
		return nil, err
	}
	asked := &guard{client: plainClient(cfg), region: region, any: p.Endpoint != ""}
	pages := cloudtrail.NewListPublicKeysPaginator(p.client(cfg, region, asked), &cloudtrail.ListPublicKeysInput{StartTime: &from, EndTime: &to})
	for pages.HasMorePages() {
		page, err := nextPage(ctx, pages)
		if err != nil {
			return keys, err
		}
		id, _ := awsmiddleware.GetRequestIDMetadata(page.ResultMetadata)
		now := time.Now().UTC().Truncate(time.Second)
		for _, k := range page.PublicKeyList {
			keys = append(keys, PublicKey{
				Value: k.Value, Start: sdk.ToTime(k.ValidityStartTime).UTC(), End: sdk.ToTime(k.ValidityEndTime).UTC(), Fingerprint: sdk.ToString(k.Fingerprint),
				Region: region, Endpoint: asked.endpoint, RequestID: id, Asked: now,
			})
		}
	}
	return keys, nil
}

// client takes from the configuration what is not about whom to ask.
func (p Publisher) client(cfg sdk.Config, region string, by *guard) *cloudtrail.Client {
	return cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) {
		o.Region, o.Retryer, o.HTTPClient = region, s3.Patient(o.Retryer), by
		o.EndpointResolverV2, o.BaseEndpoint = cloudtrail.NewDefaultEndpointResolverV2(), nil
		if p.Endpoint != "" {
			o.BaseEndpoint = &p.Endpoint
		}
	})
}

func nextPage(ctx context.Context, pages *cloudtrail.ListPublicKeysPaginator) (*cloudtrail.ListPublicKeysOutput, error) {
	timed, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	page, err := pages.NextPage(timed)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, explain(err)
	}
	return page, nil
}

const hintNetwork = "check the network and the proxy (HTTPS_PROXY)"

// explain is s3.Explain without the advice to look at a setting that is not
// heeded here.
func explain(err error) error {
	e := s3.Explain(err)
	if known, ok := e.(*s3.Error); ok && strings.Contains(known.Hint, "AWS_ENDPOINT_URL") {
		other := *known
		other.Hint = hintNetwork
		return &other
	}
	return e
}

// plainClient is the configured HTTP client without its redirects.
func plainClient(cfg sdk.Config) *http.Client {
	built, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		built = awshttp.NewBuildableClient()
	}
	return &http.Client{Transport: built.GetTransport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// guard lets requests through to AWS's own endpoint of a region only, whatever
// has made them, and notes who was asked.
type guard struct {
	client   *http.Client
	region   string
	any      bool // the user has named the endpoint
	endpoint string
}

// Do implements the SDK's HTTPClient.
func (g *guard) Do(r *http.Request) (*http.Response, error) {
	g.endpoint = r.URL.Scheme + "://" + r.URL.Host
	if !g.any && !source.IsCloudTrail(g.endpoint, g.region) {
		return nil, final{&s3.Error{What: g.endpoint + " is not AWS's own endpoint of CloudTrail in " + g.region}}
	}
	answer, err := g.client.Do(r)
	if err == nil && answer.StatusCode/100 == 3 {
		answer.Body.Close()
		return nil, final{&s3.Error{What: fmt.Sprintf("%s redirects to %q, which is not followed", g.endpoint, answer.Header.Get("Location"))}}
	}
	return answer, err
}

// final is an error that is the same however often one asks.
type final struct{ why *s3.Error }

func (f final) Error() string { return f.why.Error() }
func (f final) Unwrap() error { return f.why }

// RetryableError is asked by the SDK.
func (f final) RetryableError() bool { return false }
