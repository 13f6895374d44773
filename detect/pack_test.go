package detect

import (
	"slices"
	"testing"

	"ctlog/detect/pack"
	"ctlog/detect/sigma"
	"ctlog/parse"
)

// Every rule of the packs is met by an event that is made of it, or by one that
// is given here.
var metBy = map[string]string{
	"Instances for mining or training asked for":     `{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances","requestParameters":{"instanceType":"p3.16xlarge"}}`,
	"Credentials of an instance used from elsewhere": `{"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/web/i-0123456789abcdef0","sessionContext":{"ec2RoleDelivery":"2.0"}},"sourceIPAddress":"203.0.113.9","userAgent":"curl/8"}`,
	"Rights to do everything written into a policy":  `{"eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","requestParameters":{"policyDocument":"{\"Action\":\"*\",\"Resource\":\"*\"}"}}`,
}

func TestEveryRuleOfThePacksIsMet(t *testing.T) {
	for _, name := range pack.Names {
		files, err := pack.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var l sigma.Loader
		if err := l.FS(files, name); err != nil {
			t.Fatal(err)
		}
		s := l.Set()
		m := NewEngine(s.Rules).Matcher()
		for i, r := range s.Rules {
			events := made(r, false)
			if given, ok := metBy[r.Title]; ok {
				events = []string{given}
			}
			if !slices.ContainsFunc(events, func(e string) bool { return slices.Contains(m.Match(&parse.Event{Raw: []byte(e)}), int32(i)) }) {
				t.Errorf("%s: %q is not met by %s", name, r.Title, events)
			}
		}
	}
}
