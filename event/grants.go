package event

import (
	"fmt"
	"slices"
	"strings"

	"ctlog/parse"
)

// given are the parameters that say what an object was given, each with the
// words that stand before it.
var given = giving([]gift{
	{"policy", "policyArn"}, {"policy", "policyName"}, {"group", "groupName"}, {"instance profile", "instanceProfileName"},
	{"instance profile", "IamInstanceProfile.Name"}, {"instance profile", "iamInstanceProfile.name"}, {"instance profile", "iamInstanceProfile.arn"},
	{"permissions boundary", "permissionsBoundary"}, {"key", "accessKeyId"}, {"status", "status"},
	{"shared with", "createVolumePermission.add.items.*.userId"}, {"shared with group", "createVolumePermission.add.items.*.group"},
	{"shared with", "launchPermission.add.items.*.userId"}, {"shared with group", "launchPermission.add.items.*.group"},
	{"shared with organisation", "launchPermission.add.items.*.organizationArn"},
	{"shared with", "valuesToAdd.*"}, {"shared with", "accountIdsToAdd.*"}, {"shared with", "principals.*"},
	{"no longer shared with", "createVolumePermission.remove.items.*.userId"}, {"no longer shared with", "launchPermission.remove.items.*.userId"},
	{"no longer shared with group", "createVolumePermission.remove.items.*.group"}, {"no longer shared with group", "launchPermission.remove.items.*.group"},
	{"no longer shared with", "valuesToRemove.*"}, {"no longer shared with", "accountIdsToRemove.*"},
	{"layer", "layers.*"}, {"for", "principal"}, {"for", "principalArn"}, {"role", "roleArns.*"}, {"role", "role"}, {"login type", "authType"},
	{"as", "instanceOSUser"}, {"document", "documentName"}, {"type", "instanceType"}, {"number", "instancesSet.items.*.maxCount"},
	{"to bucket", "s3BucketName"}, {"to bucket", "exportToS3.s3Bucket"}, {"ACL", "x-amz-acl"}, {"versioning", "VersioningConfiguration.Status"},
	{"expires after days", "LifecycleConfiguration.Rule.*.Expiration.Days"}, {"copied to", "ReplicationConfiguration.Rule.*.Destination.Bucket"},
	{"block public ACLs", "PublicAccessBlockConfiguration.BlockPublicAcls"}, {"block public policies", "PublicAccessBlockConfiguration.BlockPublicPolicy"},
	{"multi-region", "isMultiRegionTrail"}, {"records", "eventSelectors.*.readWriteType"}, {"management events", "eventSelectors.*.includeManagementEvents"},
	{"data events", "eventSelectors.*.dataResources.*.type"}, {"insights", "insightSelectors.*.insightType"},
	{"public", "publiclyAccessible"}, {"list at", "location"}, {"route to", "destinationCidrBlock"}, {"as default", "setAsDefault"}, {"pending days", "pendingWindowInDays"},
})

type gift struct{ words, path string }

type giver struct {
	gift
	spot
}

// giving finds the spots of paths.
func giving(gifts []gift) (all []giver) {
	for _, g := range gifts {
		all = append(all, giver{g, spotOf(g.path)})
	}
	return all
}

// answers are what an answer says that was given.
var answers = []struct{ words, path string }{{"key", "accessKey.accessKeyId"}}

// documents are the parameters that hold policies, as texts or as objects.
var documents = []spot{
	spotOf("assumeRolePolicyDocument"), spotOf("policyDocument"), spotOf("bucketPolicy"), spotOf("policy"), spotOf("policyText"), spotOf("resourcePolicy"),
}

// briefPolicy is how long a policy may be to be read for an object in brief. Whom a
// role trusts is said in less.
const briefPolicy = 2 << 10

// details says in words what the object was given.
func (r *request) details(name string) string {
	if r.params == nil {
		return ""
	}
	var parts []string
	for _, g := range given {
		if g.path != r.used {
			parts = appendGiven(parts, g.words, r.texts(g.spot))
		}
	}
	for _, g := range answers {
		parts = appendGiven(parts, g.words, textsAt(r.response, g.path))
	}
	if strings.Contains(name, "SecurityGroup") {
		parts = append(parts, openings(r.params, strings.Contains(name, "Egress"))...)
	}
	for _, m := range r.got {
		if slices.Contains(documents, spot{m.slot, ""}) {
			if r.brief && len(m.value) > briefPolicy {
				parts = append(parts, fmt.Sprintf("a policy of %d bytes, which trace reads", len(m.value)))
				continue
			}
			parts = append(parts, policyOf(m.value)...)
		}
	}
	return strings.Join(parts, ", ")
}

func appendGiven(parts []string, words string, texts []string) []string {
	if text := listed(texts); text != "" && text != hidden {
		if part := words + " " + text; !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return parts
}

// mostOpenings is how many openings of a security group are told.
const mostOpenings = 16

// openings tells which ports were opened to where: tcp 22 from 0.0.0.0/0.
func openings(params []byte, egress bool) (parts []string) {
	parts = opening(params, egress)
	if items, ok := parse.Field(params, "ipPermissions", "items"); ok {
		for c := parse.Inside(items); len(parts) < mostOpenings; {
			one, ok := c.Element()
			if !ok {
				return parts
			}
			parts = append(parts, opening(one, egress)...)
		}
		parts = append(parts, "and more")
	}
	return parts
}

// peers are who is let through.
var peers = []string{
	"cidrIp", "cidrIpv6", "ipRanges.items.*.cidrIp", "ipv6Ranges.items.*.cidrIpv6", "prefixListIds.items.*.prefixListId",
	"groups.items.*.groupId", "sourceSecurityGroupName",
}

func opening(one []byte, egress bool) []string {
	var to []string
	for _, p := range peers {
		to = append(to, textsAt(one, p)...)
	}
	if len(to) == 0 {
		return nil
	}
	way := " from "
	if egress {
		way = " to "
	}
	return []string{ports(one) + way + listed(to)}
}

// ports writes the protocol and the ports: tcp 22, tcp 0-65535, all traffic.
func ports(one []byte) string {
	at := func(name string) string { return listed(textsAt(one, name)) }
	from, to, protocol := at("fromPort"), at("toPort"), at("ipProtocol")
	switch {
	case protocol == "-1":
		return "all traffic"
	case from == "" || from == "-1":
		return strings.TrimSpace(protocol + " all ports")
	case from != to && to != "":
		from += "-" + to
	}
	return strings.TrimSpace(protocol + " " + from)
}

// policyOf says whom a policy trusts and what it allows.
func policyOf(raw []byte) (parts []string) {
	if len(raw) > 0 && raw[0] == '"' {
		raw = parse.Text(nil, raw)
	}
	statements, _ := parse.Field(raw, "Statement")
	trusted, allowed := allowedBy(statements)
	if text := listed(trusted); text != "" {
		parts = append(parts, "trusts "+text)
	}
	if text := listed(allowed); text != "" && text != "sts:AssumeRole" {
		parts = append(parts, "allows "+text)
	}
	return parts
}

// allowedBy gives the principals and the actions that a policy's statements allow.
func allowedBy(statements []byte) (trusted, allowed []string) {
	for _, raw := range elements(statements) {
		s := statementOf(raw)
		if string(parse.Text(nil, s.effect)) != "Allow" {
			continue
		}
		if s.who != nil {
			trusted = append(trusted, principals(s.who)...)
		}
		if s.notWho != nil {
			trusted = append(trusted, "everyone but "+listed(principals(s.notWho)))
		}
		allowed = append(allowed, textsAt(s.action, "*")...)
		if but := listed(textsAt(s.notAction, "*")); but != "" {
			allowed = append(allowed, "everything but "+but)
		}
	}
	return trusted, allowed
}

// statement is one of a policy, in raw values.
type statement struct{ effect, who, notWho, action, notAction []byte }

// statementOf goes through a statement once: some are long.
func statementOf(raw []byte) (s statement) {
	for c := parse.Inside(raw); ; {
		key, value, ok := c.Member()
		if !ok {
			return s
		}
		switch string(key) {
		case `"Effect"`:
			s.effect = value
		case `"Principal"`:
			s.who = value
		case `"NotPrincipal"`:
			s.notWho = value
		case `"Action"`:
			s.action = value
		case `"NotAction"`:
			s.notAction = value
		}
	}
}

// principals reads "*", {"AWS":"…"} and {"Service":["…"]}.
func principals(raw []byte) []string {
	if len(raw) == 0 || raw[0] != '{' {
		return textsAt(raw, "*")
	}
	var all []string
	for c := parse.Inside(raw); ; {
		_, value, ok := c.Member()
		if !ok || len(all) > mostWalked {
			return all
		}
		all = append(all, textsAt(value, "*")...)
	}
}

// elements are those of a list, or the value itself where it is none.
func elements(raw []byte) (all [][]byte) {
	if len(raw) == 0 || raw[0] != '[' {
		return [][]byte{raw}
	}
	for c := parse.Inside(raw); len(all) < mostWalked; {
		v, ok := c.Element()
		if !ok {
			break
		}
		all = append(all, v)
	}
	return all
}
