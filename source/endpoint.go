package source

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// partitions are the domains of AWS's partitions, with and without IPv6.
var partitions = []string{
	"amazonaws.com", "api.aws", // aws, aws-us-gov
	"amazonaws.com.cn", "api.amazonwebservices.com.cn", // aws-cn
	"amazonaws.eu", "api.amazonwebservices.eu", // aws-eusc
	"c2s.ic.gov", "api.aws.ic.gov", // aws-iso
	"sc2s.sgov.gov", "api.aws.scloud", // aws-iso-b
	"cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", // aws-iso-e
	"csp.hci.ic.gov", "api.aws.hci.ic.gov", // aws-iso-f
}

var regionName = regexp.MustCompile(`^[a-z]{2,10}(-[a-z]{1,20}){1,4}-[0-9]{1,3}$`)

// IsRegion reports whether a name is formed as those of AWS's regions are. It
// has no dot, so that it cannot lead to another host.
func IsRegion(name string) bool { return regionName.MatchString(name) }

// IsCloudTrail reports whether an endpoint is AWS's own of CloudTrail in a
// region: https, and a host in the domain of a partition of AWS. Customers'
// hosts in those domains have other names.
func IsCloudTrail(endpoint, region string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || !IsRegion(region) {
		return false
	}
	for _, service := range []string{"cloudtrail.", "cloudtrail-fips."} {
		if domain, ok := strings.CutPrefix(u.Host, service+region+"."); ok {
			return slices.Contains(partitions, domain)
		}
	}
	return false
}
