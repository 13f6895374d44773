package detect

import (
	"fmt"
	"slices"
	"strings"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
)

// known are the members of CloudTrail's events whose members are known too, and
// those that may have any.
var known = map[string][]string{
	"eventTime": nil, "eventVersion": nil, "eventSource": nil, "eventName": nil, "awsRegion": nil, "sourceIPAddress": nil, "userAgent": nil, "errorCode": nil, "errorMessage": nil,
	"requestID": nil, "eventID": nil, "apiVersion": nil, "readOnly": nil, "eventType": nil, "recipientAccountId": nil, "sharedEventID": nil, "vpcEndpointId": nil, "managementEvent": nil,
	"eventCategory": nil, "sessionCredentialFromConsole": nil, "vpcEndpointAccountId": nil,
	"requestParameters": {"*"}, "responseElements": {"*"}, "additionalEventData": {"*"}, "serviceEventDetails": {"*"}, "resources": {"ARN", "accountId", "type", "ARNPrefix"},
	"addendum": {"*"}, "edgeDeviceDetails": {"*"}, "tlsDetails": {"tlsVersion", "cipherSuite", "clientProvidedHostHeader", "keyExchange"}, "eventContext": {"*"}, "insightDetails": {"*"},
	"userIdentity": {"type", "userName", "principalId", "arn", "accountId", "accessKeyId", "invokedBy", "identityProvider", "credentialId", "onBehalfOf", "inScopeOf", "sessionContext"},
}

// unknownField says of a field that CloudTrail does not have it, and what is near.
func unknownField(p *expr.Path) string {
	if p == nil || p.Strict && len(p.Steps) > 0 && p.Steps[0].Kind != expr.Member || len(p.Steps) == 0 {
		return ""
	}
	members, ok := known[p.Steps[0].Name]
	if !ok {
		for name := range known {
			if strings.EqualFold(name, p.Steps[0].Name) {
				return fmt.Sprintf("%s: CloudTrail has no such field; did you mean %s", p.Text, name)
			}
		}
		return p.Text + ": CloudTrail has no such field"
	}
	if len(p.Steps) < 2 || p.Steps[1].Kind != expr.Member || slices.Contains(members, "*") {
		return ""
	}
	if len(members) == 0 {
		return fmt.Sprintf("%s: %s has no members", p.Text, p.Steps[0].Name)
	}
	if !slices.Contains(members, p.Steps[1].Name) {
		return fmt.Sprintf("%s: %s has no such member", p.Text, p.Steps[0].Name)
	}
	return ""
}

// Check says what is probably wrong with a rule that could be loaded.
func Check(r *rule.Rule) (remarks []string) {
	add := func(text string) {
		if text != "" && !slices.Contains(remarks, text) {
			remarks = append(remarks, text)
		}
	}
	for _, h := range r.Hints {
		add(h)
	}
	r.Condition.Tests(func(t *expr.Test) {
		add(unknownField(t.Path))
		if t.Kind == expr.Same {
			add(unknownField(t.Other))
			add(unequal(t))
		}
	})
	if contradicts(r.Condition) {
		add("it can never hold: a field would need two values at once")
	}
	if clues, ok := cluesOf(r.Condition); !ok || costOf(clues) >= broadClue {
		add("it asks for no eventName, eventSource or the like and may hold for much of everything")
	}
	return remarks
}

// broadClue is the cost of clues that a good part of all events has.
const broadClue = 200

// unequal: an ARN and a name are never the same.
func unequal(t *expr.Test) string {
	arn := func(p *expr.Path) bool { return strings.HasSuffix(strings.ToLower(p.Text), "arn") }
	name := func(p *expr.Path) bool { return strings.HasSuffix(strings.ToLower(p.Text), "name") }
	if t.Side == expr.Whole && (arn(t.Path) && name(t.Other) || name(t.Path) && arn(t.Other)) {
		return fmt.Sprintf("%s and %s are never equal: one is an ARN, the other a name; endswith compares the ends", t.Path.Text, t.Other.Text)
	}
	return ""
}

// contradicts reports whether n asks of one field for texts that exclude each
// other, as far as that is plain to be seen.
func contradicts(n *expr.Node) bool {
	switch n.Op {
	case expr.OpAny:
		for _, s := range n.Subs {
			if !contradicts(s) {
				return false
			}
		}
		return len(n.Subs) > 0
	case expr.OpAll:
		texts := map[string][]string{}
		for _, s := range n.Subs {
			if contradicts(s) {
				return true
			}
			path, list := textsOf(s)
			if list == nil || !single(path) {
				continue
			}
			before, asked := texts[path]
			if asked {
				list = slices.DeleteFunc(list, func(t string) bool { return !slices.Contains(before, t) })
			}
			if texts[path] = list; len(list) == 0 {
				return true
			}
		}
	}
	return false
}

// single: fields that have one text, whatever the event.
func single(path string) bool {
	return slices.Contains([]string{"eventName", "eventSource", "eventType", "awsRegion", "userIdentity.type"}, path)
}

// textsOf gives the texts of which a field must be one for n to hold, if that is
// all that n asks.
func textsOf(n *expr.Node) (path string, texts []string) {
	switch n.Op {
	case expr.OpTest:
		if t := n.Test; t.Kind == expr.Like && t.Path != nil && t.Pattern.Exact() {
			return t.Path.Text, []string{expr.Fold(t.Pattern.Literal())}
		}
	case expr.OpAny:
		for i, s := range n.Subs {
			p, list := textsOf(s)
			if list == nil || i > 0 && p != path {
				return "", nil
			}
			path, texts = p, append(texts, list...)
		}
	}
	return path, texts
}

// CheckCorrelation says what is probably wrong with a correlation.
func CheckCorrelation(c *rule.Correlation) (remarks []string) {
	remarks = append(remarks, c.Hints...)
	for i, b := range c.Bases {
		if b.Rule == nil {
			continue
		}
		for _, f := range slices.Concat(c.GroupBy, c.Threshold.Fields) {
			if text := unknownField(expr.NewPath(c.Field(f, i))); text != "" && !slices.Contains(remarks, text) {
				remarks = append(remarks, text)
			}
		}
	}
	return remarks
}
