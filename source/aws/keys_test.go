package aws

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"ctlog/source"
)

// The endpoints that the SDK knows are those that are let through, in every
// partition, with all its variants.
func TestEndpointsOfTheSDK(t *testing.T) {
	resolver := cloudtrail.NewDefaultEndpointResolverV2()
	for _, region := range []string{
		"us-east-1", "eu-west-1", "ap-southeast-7", "il-central-1", "mx-central-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1", "cn-northwest-1",
		"eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "xx-new-1",
	} {
		for _, p := range []cloudtrail.EndpointParameters{{}, {UseFIPS: sdk.Bool(true)}, {UseDualStack: sdk.Bool(true)}, {UseFIPS: sdk.Bool(true), UseDualStack: sdk.Bool(true)}} {
			p.Region = &region
			e, err := resolver.ResolveEndpoint(t.Context(), p)
			if err != nil {
				continue // there is no such variant
			}
			if !source.IsCloudTrail(e.URI.String(), region) {
				t.Errorf("%s is not taken for AWS's own in %s", &e.URI, region)
			}
		}
	}
}

// dialled is the configuration of a user whose every setting leads elsewhere;
// it notes who is called, and lets nobody answer.
func dialled(t *testing.T, called *[]string) func() (sdk.Config, error) {
	profile := filepath.Join(t.TempDir(), "config")
	text := "[default]\nendpoint_url = https://forger.example\nservices = s\n[services s]\ncloudtrail =\n  endpoint_url = https://forger.example\n"
	if err := os.WriteFile(profile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": profile, "AWS_ENDPOINT_URL": "https://forger.example", "AWS_ENDPOINT_URL_CLOUDTRAIL": "https://forger.example", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.Proxy = nil
		tr.DialContext = func(_ context.Context, _, address string) (net.Conn, error) {
			*called = append(*called, address)
			return nil, errors.New("nobody answers")
		}
	})
	return func() (sdk.Config, error) {
		return config.LoadDefaultConfig(t.Context(), config.WithHTTPClient(client), config.WithRegion("eu-west-1"), config.WithRetryer(func() sdk.Retryer { return sdk.NopRetryer{} }),
			config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("a", "b", "")))
	}
}

// No setting says who is asked for keys; what is named for them is.
func TestSettingsAreNotHeeded(t *testing.T) {
	for _, c := range []struct{ endpoint, region, want string }{
		{"", "us-east-1", "cloudtrail.us-east-1.amazonaws.com:443"},
		{"", "cn-north-1", "cloudtrail.cn-north-1.amazonaws.com.cn:443"},
		{"https://keys.example", "us-east-1", "keys.example:443"},
		{"", "us-east-1.forger.example/", ""},
		{"", "x", ""},
		{"https://keys.example", "a/b", ""},
	} {
		var called []string
		_, err := Publisher{Config: dialled(t, &called), Endpoint: c.endpoint}.PublicKeys(t.Context(), c.region, time.Unix(0, 0), time.Unix(1, 0))
		if got := strings.Join(called, " "); err == nil || got != c.want {
			t.Errorf("%+v: called %q, %v", c, got, err)
		}
		if c.want == "" && (err == nil || err.Error() != "not the name of a region") {
			t.Errorf("%+v: %v", c, err)
		}
		if err != nil && strings.Contains(err.Error(), "AWS_ENDPOINT_URL") {
			t.Errorf("%v", err)
		}
	}
}

// Whatever the SDK makes of a request, it goes to AWS's own endpoint or not at
// all.
func TestGuard(t *testing.T) {
	g := &guard{client: &http.Client{}, region: "us-east-1"}
	r, _ := http.NewRequest(http.MethodPost, "https://forger.example/", nil)
	if _, err := g.Do(r); err == nil || err.Error() != "https://forger.example is not AWS's own endpoint of CloudTrail in us-east-1" {
		t.Error(err)
	}
}

// No redirect is followed, of any status, nor asked for again.
func TestRedirects(t *testing.T) {
	asked := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer elsewhere.Close()
	status, answered := 0, 0
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answered++
		http.Redirect(w, r, elsewhere.URL, status)
	}))
	defer here.Close()
	load := func() (sdk.Config, error) {
		return sdk.Config{Region: "us-east-1", HTTPClient: awshttp.NewBuildableClient(), Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}, nil
	}
	for _, status = range []int{301, 302, 303, 307, 308} {
		answered = 0
		_, err := Publisher{Config: load, Endpoint: here.URL}.PublicKeys(t.Context(), "us-east-1", time.Unix(0, 0), time.Unix(1, 0))
		if want := here.URL + " redirects to \"" + elsewhere.URL + "\", which is not followed"; err == nil || err.Error() != want || answered != 1 || asked != 0 {
			t.Errorf("%d: %v; answered %d times, asked elsewhere %d times", status, err, answered, asked)
		}
	}
}
