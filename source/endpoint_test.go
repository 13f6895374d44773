package source

import "testing"

// Nothing but CloudTrail's own endpoint of that very region is one: not what a
// customer can have below AWS's domains, not what only looks like it.
func TestIsCloudTrail(t *testing.T) {
	for _, c := range []struct {
		endpoint, region string
		want             bool
	}{
		{"https://cloudtrail.us-east-1.amazonaws.com", "us-east-1", true},
		{"https://cloudtrail.us-east-1.amazonaws.com/", "us-east-1", true},
		{"https://cloudtrail-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1", true},
		{"https://cloudtrail.cn-north-1.amazonaws.com.cn", "cn-north-1", true},
		{"https://cloudtrail.eu-west-1.api.aws", "eu-west-1", true},
		{"http://cloudtrail.us-east-1.amazonaws.com", "us-east-1", false},
		{"https://cloudtrail.us-east-1.amazonaws.com", "us-east-2", false},
		{"https://cloudtrail.us-east-1.amazonaws.com:8443", "us-east-1", false},
		{"https://cloudtrail.us-east-1.amazonaws.com@evil.example", "us-east-1", false},
		{"https://evil@cloudtrail.us-east-1.amazonaws.com", "us-east-1", false},
		{"https://cloudtrail.us-east-1.amazonaws.com/keys", "us-east-1", false},
		{"https://cloudtrail.us-east-1.amazonaws.com.evil.example", "us-east-1", false},
		{"https://cloudtrail.evil.us-east-1.elb.amazonaws.com", "evil.us-east-1.elb", false},
		{"https://cloudtrail.us-east-1.elb.amazonaws.com", "us-east-1", false},
		{"https://cloudtrail.s3.amazonaws.com", "s3", false},
		{"https://evil.us-east-1.amazonaws.com", "us-east-1", false},
		{"https://CloudTrail.us-east-1.amazonaws.com", "us-east-1", false},
		{"cloudtrail.us-east-1.amazonaws.com", "us-east-1", false},
		{"", "us-east-1", false}, {"https://", "us-east-1", false},
	} {
		if got := IsCloudTrail(c.endpoint, c.region); got != c.want {
			t.Errorf("%s in %s: %v", c.endpoint, c.region, got)
		}
	}
}
