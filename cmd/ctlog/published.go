package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/spf13/pflag"

	"ctlog/digest"
	"ctlog/source/s3"
	"ctlog/trail"
)

// answerTime is how long CloudTrail may take for one page.
const answerTime = 9 * time.Second

// addKeysEndpoint adds the one way by which public keys come from elsewhere.
func (r *remote) addKeysEndpoint(f *pflag.FlagSet) {
	f.StringVar(&r.keysEndpoint, "keys-endpoint", "", "ask this URL for public keys, not AWS's own; they count for this run and are never stored")
}

// checkKeysEndpoint refuses what is not a URL.
func (r *remote) checkKeysEndpoint() error {
	if r.keysEndpoint == "" {
		return nil
	}
	if u, err := url.Parse(r.keysEndpoint); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return misuse("--keys-endpoint https://host", "--keys-endpoint %q: not a URL", r.keysEndpoint)
	}
	return nil
}

// published asks CloudTrail for the keys of a region that were valid at some
// time of a span: one request a page. No variable and no profile says whom to
// ask: keys are what all else is judged by.
func (a *app) published(ctx context.Context, region string, from, to time.Time) (keys []trail.PublishedKey, err error) {
	if !trail.IsRegion(region) {
		return nil, fmt.Errorf("%q is not the name of a region", region)
	}
	cfg, err := a.s3().Config()
	if err != nil {
		return nil, err
	}
	client := cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) { a.remote.onlyAWS(o, region) })
	pages := cloudtrail.NewListPublicKeysPaginator(client, &cloudtrail.ListPublicKeysInput{StartTime: &from, EndTime: &to})
	for pages.HasMorePages() {
		page, err := nextPage(ctx, pages)
		if err != nil {
			return keys, err
		}
		endpoint, _ := page.ResultMetadata.Get(endpointKey{}).(string)
		id, _ := awsmiddleware.GetRequestIDMetadata(page.ResultMetadata)
		for _, k := range page.PublicKeyList {
			keys = append(keys, trail.PublishedKey{
				Value: k.Value, ValidityStartTime: aws.ToTime(k.ValidityStartTime).UTC(), ValidityEndTime: aws.ToTime(k.ValidityEndTime).UTC(),
				Fingerprint: aws.ToString(k.Fingerprint), Origin: trail.FromAWS(k.Value, region, endpoint, id, time.Now()),
			})
		}
	}
	return keys, nil
}

// onlyAWS undoes what the environment and profiles say of endpoints, and holds
// the address that is asked against those that AWS has.
func (r *remote) onlyAWS(o *cloudtrail.Options, region string) {
	o.Region, o.Retryer = region, s3.Patient(o.Retryer)
	o.BaseEndpoint, o.EndpointResolverV2 = nil, cloudtrail.NewDefaultEndpointResolverV2()
	if r.keysEndpoint != "" {
		o.BaseEndpoint = &r.keysEndpoint
	}
	if b, ok := o.HTTPClient.(*awshttp.BuildableClient); ok { // which follows some redirects
		o.HTTPClient = &http.Client{
			Transport: b.GetTransport(), Timeout: b.GetTimeout(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Finalize.Add(middleware.FinalizeMiddlewareFunc("ctlogEndpoint", r.holdEndpoint(region)), middleware.After)
	})
}

// endpointKey is where an answer's metadata has the endpoint that was asked.
type endpointKey struct{}

func (r *remote) holdEndpoint(region string) func(context.Context, middleware.FinalizeInput, middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	return func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		request, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, errors.New("the request is not one of HTTP")
		}
		endpoint := request.URL.Scheme + "://" + request.URL.Host
		if r.keysEndpoint == "" && !trail.IsAWS(endpoint, region) {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("%s is not an endpoint of CloudTrail's: not asked for public keys", endpoint)
		}
		out, metadata, err := next.HandleFinalize(ctx, in)
		metadata.Set(endpointKey{}, endpoint)
		return out, metadata, err
	}
}

func nextPage(ctx context.Context, pages *cloudtrail.ListPublicKeysPaginator) (*cloudtrail.ListPublicKeysOutput, error) {
	timed, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	page, err := pages.NextPage(timed)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, s3.Explain(err)
	}
	return page, nil
}

// moreKeys fetches keys that are lacking, for this run; files learns where they
// are from.
func (a *app) moreKeys(files *keyFiles) func(context.Context, []digest.KeyNeed) []digest.PublicKey {
	return func(ctx context.Context, lacking []digest.KeyNeed) (all []digest.PublicKey) {
		for _, n := range lacking {
			list, err := a.fetchedKeys(ctx, n)
			if err != nil {
				a.keysFailed("--fetch-keys", n.Region, err)
				continue
			}
			keys, err := trail.Usable(list, "--fetch-keys")
			if err != nil {
				a.voice.Error("--fetch-keys: %s: %s", n.Region, err)
			}
			sum := sha256.Sum256(trail.KeyDocument(list))
			files.add(trail.KeyFile{Path: "CloudTrail in " + n.Region, SHA256: hex.EncodeToString(sum[:]), Keys: keys}, "--fetch-keys")
			all = append(all, keys...)
		}
		return all
	}
}

func (a *app) fetchedKeys(ctx context.Context, n digest.KeyNeed) ([]trail.PublishedKey, error) {
	keys, err := a.published(ctx, n.Region, n.From, n.To.Add(time.Hour))
	if err == nil && len(keys) == 0 {
		err = errors.New("CloudTrail publishes no key for " + strings.Join(n.Fingerprints, ", "))
	}
	return keys, err
}

// keysFailed says why a region's keys are not to be had.
func (a *app) keysFailed(who, region string, err error) {
	if a.ctx.Err() == nil {
		a.voice.Error("%s: %s: %s", who, region, err)
		a.remote.hint(a.voice, err)
	}
}
