package coverage

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ctlog/event"
	"ctlog/parse"
)

// A trail that came to record every region makes no region new: what was before is
// not known.
func TestRegionsThatATrailCameToRecord(t *testing.T) {
	found := func(multi string, quiet time.Duration) []Finding {
		c, r := New(), NewReader()
		add := func(hours time.Duration, region, source, name, params string) {
			r.Add(parse.Event{Raw: fmt.Appendf(nil, `{"eventTime":%q,"eventSource":%q,"eventName":%q,"awsRegion":%q,"recipientAccountId":"1","userIdentity":{"arn":"a"},"requestParameters":%s}`,
				day0.Add(hours*time.Hour).Format(time.RFC3339), source+".amazonaws.com", name, region, params)})
		}
		for h := range time.Duration(100) {
			add(h, "us-east-1", "ec2", "DescribeInstances", "{}")
		}
		add(50, "us-east-1", "cloudtrail", "CreateTrail", `{"name":"all","isMultiRegionTrail":`+multi+`}`)
		for _, region := range []string{"eu-west-1", "eu-west-2", "sa-east-1"} {
			add(51+quiet, region, "ec2", "RunInstances", "{}")
		}
		add(60, "us-east-1", "s3", "GetObject", "{}")
		c.Absorb(r.Take())
		c.Settle(event.NoTime, event.NoTime)
		return c.Findings(event.NoTime)
	}
	count := func(list []Finding, k FindingKind) (n int) {
		for _, f := range list {
			if f.Kind == k {
				n++
			}
		}
		return n
	}
	list := found("true", 0)
	i := slices.IndexFunc(list, func(f Finding) bool { return f.Kind == NewlyKnown })
	if i < 0 || count(list, NewRegion) != 0 || count(list, NewlyKnown) != 1 {
		t.Fatalf("%+v", list)
	}
	if f := list[i]; !slices.Equal(f.Regions, []string{"eu-west-1", "eu-west-2", "sa-east-1"}) || f.Trail != "all" || f.Hours != 50 || f.API != "cloudtrail:CreateTrail" {
		t.Errorf("%+v", f)
	}
	if list := found("false", 0); count(list, NewRegion) != 3 || count(list, NewlyKnown) != 0 {
		t.Errorf("a trail of one region: %+v", list)
	}
	if list := found("true", 40); count(list, NewRegion) != 3 {
		t.Errorf("idle long after the trail: %+v", list)
	}
	last := list[len(list)-1]
	var kinds []string
	for _, k := range last.Kinds {
		kinds = append(kinds, fmt.Sprint(k.Text, "×", k.Count))
	}
	if last.Kind != Recorded || !slices.Equal(kinds, []string{"management read×100", "management write×4", "data s3×1"}) || len(last.Calls) != 1 {
		t.Errorf("%q %+v", kinds, last)
	}
}
