package pack_test

import (
	"testing"

	"ctlog/detect"
	"ctlog/detect/pack"
	"ctlog/detect/rule"
	"ctlog/detect/sigma"
	"ctlog/parse"
)

func load(t testing.TB, name string) *rule.Set {
	t.Helper()
	files, err := pack.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	var l sigma.Loader
	if err := l.FS(files, name); err != nil {
		t.Fatal(err)
	}
	return l.Set()
}

func TestPacks(t *testing.T) {
	titles, ids := map[string]bool{}, map[string]bool{}
	for _, name := range pack.Names {
		s := load(t, name)
		for _, r := range s.Refused {
			t.Errorf("%s: refused: %s", name, r)
		}
		for _, m := range s.Metas() {
			if titles[m.Title] || ids[m.ID] || m.ID == "" {
				t.Errorf("%s: %q (%s) is there twice, or has no ID", name, m.Title, m.ID)
			}
			titles[m.Title], ids[m.ID] = true, true
			if m.Author == "" || m.Reason == "" || len(m.Techniques()) == 0 || m.Tactic() == "" || m.Pack != name {
				t.Errorf("%s: %q lacks author, reason, technique or tactic", name, m.Title)
			}
			for _, h := range m.Hints {
				t.Errorf("%s: %q: %s", name, m.Title, h)
			}
		}
		rules, correlations := map[string]int{"core": 80, "cis": 15}[name], map[string]int{"core": 10}[name]
		if len(s.Rules) < rules || len(s.Correlations) < correlations {
			t.Errorf("%s: %d rules and %d correlations", name, len(s.Rules), len(s.Correlations))
		}
		t.Logf("%s: %d rules and %d correlations", name, len(s.Rules), len(s.Correlations))
	}
}

// Every rule of the packs is met by an event, which is made from its clue.
var met = map[string]string{
	"Trail stopped":                                         `{"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"}`,
	"CIS 4.3: root was used":                                `{"userIdentity":{"type":"Root"},"eventType":"AwsApiCall"}`,
	"Bucket opened to everybody":                            `{"eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","requestParameters":{"bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*"}]}}}`,
	"Block of public access lifted":                         `{"eventSource":"s3.amazonaws.com","eventName":"PutBucketPublicAccessBlock","requestParameters":{"PublicAccessBlockConfiguration":{"BlockPublicAcls":false}}}`,
	"Way in by SSH, RDP or a database opened to everywhere": `{"eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","requestParameters":{"ipPermissions":{"items":[{"fromPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}}`,
	"Rights to do everything written into a policy":         `{"eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","requestParameters":{"policyDocument":"{\"Action\": \"*\", \"Resource\": [\"*\"]}"}}`,
	"Instances for mining or training asked for":            `{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances","errorCode":"Client.UnauthorizedOperation","requestParameters":{"instanceType":"p2.xlarge"}}`,
	"Access key created for another user":                   `{"eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","userIdentity":{"type":"IAMUser","userName":"a"},"requestParameters":{"userName":"b"}}`,
	"Function code replaced":                                `{"eventSource":"lambda.amazonaws.com","eventName":"UpdateFunctionCode20150331v2"}`,
	"Access refused":                                        `{"errorCode":"Client.UnauthorizedOperation"}`,
}

func TestMet(t *testing.T) {
	for _, name := range pack.Names {
		s := load(t, name)
		e := detect.NewEngine(s.Rules)
		m := e.Matcher()
		for i, r := range s.Rules {
			raw, ok := met[r.Title]
			if !ok {
				continue
			}
			hit := false
			for _, k := range m.Match(&parse.Event{Raw: []byte(raw)}) {
				hit = hit || int(k) == i
			}
			if !hit {
				t.Errorf("%q is not met by %s", r.Title, raw)
			}
		}
	}
}
