package event

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ctlog/parse"
)

// Object is what a call was about: whose key was made, what was shared with
// whom, what was opened to where.
type Object struct {
	Kind   string // user, role, bucket, security group, …
	Name   string // its name, its ID or its ARN, as the event gives it
	Detail string // what it was given: a policy, an account, a CIDR and a port
}

// String writes it in words.
func (o Object) String() string {
	text := strings.TrimSpace(o.Kind + " " + o.Name)
	if o.Detail == "" || text == "" {
		return text + o.Detail
	}
	return text + ", " + o.Detail
}

// hidden is what CloudTrail puts in the place of what is secret.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// ObjectOf finds what a call, service:Name, was about, from the raw
// requestParameters and responseElements. What nothing tells is "".
func ObjectOf(call string, params, response []byte) Object {
	return objectOf(call, params, response, false)
}

// ObjectInBrief is ObjectOf without long policies, which it only gives the size of:
// reading them costs more than all else.
func ObjectInBrief(call string, params, response []byte) Object {
	return objectOf(call, params, response, true)
}

func objectOf(call string, params, response []byte, brief bool) Object {
	service, name, _ := strings.Cut(call, ":")
	r := request{service: service, noun: nounOf(name), params: unwrapped(params), response: unwrapped(response), brief: brief}
	var room [12]member
	r.got = room[:0]
	r.gather()
	kind, at := r.primary()
	return Object{kind, at, r.details(name)}
}

// request is a call in parts.
type request struct {
	service, noun    string
	params, response []byte
	got              []member // of the params, those that say something
	used             string   // the parameter that names the object
	brief            bool
}

// member is a parameter by its place in members.
type member struct {
	slot  int
	value []byte
}

// spot is a path below a parameter.
type spot struct {
	slot int
	rest string
}

// slots are the parameters that say something. So a request is gone through once,
// whatever all is looked for.
var slots = map[string]int{}

func spotOf(path string) spot {
	key, rest, _ := strings.Cut(path, ".")
	slot, ok := slots[key]
	if !ok {
		slot = len(slots)
		slots[key] = slot
	}
	return spot{slot, rest}
}

// gather notes the parameters; of duplicate keys the last one counts.
func (r *request) gather() {
	for c := parse.Inside(r.params); ; {
		key, value, ok := c.Member()
		if !ok {
			return
		}
		slot, known := slots[string(key[1:len(key)-1])]
		if !known {
			continue
		}
		i := slices.IndexFunc(r.got, func(m member) bool { return m.slot == slot })
		if i < 0 {
			i, r.got = len(r.got), append(r.got, member{slot: slot})
		}
		r.got[i].value = value
	}
}

// texts are those at a spot of the params.
func (r *request) texts(at spot) []string {
	for i := range r.got {
		if r.got[i].slot == at.slot {
			return textsAt(r.got[i].value, at.rest)
		}
	}
	return nil
}

// unwrapped goes into the one member that newer calls of EC2 have:
// {"DeleteFlowLogsRequest":{…}}.
func unwrapped(raw []byte) []byte {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	c := parse.Inside(raw)
	key, value, ok := c.Member()
	if !ok || len(value) == 0 || value[0] != '{' {
		return raw
	}
	if text := string(parse.Text(nil, key)); strings.HasSuffix(text, "Request") || strings.HasSuffix(text, "Response") {
		return value
	}
	return raw
}

// named are the parameters that name an object, those first that say most of it.
// A kind of "" is the noun in the name of the call.
var named = naming([]name{
	{"ec2", "security group", "groupId"}, {"ec2", "security group", "groupName"},
	{"", "user", "userName"}, {"", "role", "roleName"}, {"iam", "group", "groupName"},
	{"", "instance profile", "instanceProfileName"}, {"iam", "policy", "policyArn"}, {"iam", "policy", "policyName"},
	{"iam", "key", "accessKeyId"}, {"iam", "identity provider", "sAMLProviderArn"}, {"iam", "identity provider", "openIDConnectProviderArn"},
	{"iam", "identity provider", "url"}, {"iam", "MFA device", "serialNumber"}, {"iam", "MFA device", "virtualMFADeviceName"},
	{"", "bucket", "bucketName"}, {"cloudtrail", "trail", "trailName"}, {"cloudtrail", "trail", "name"}, {"cloudtrail", "event data store", "eventDataStore"},
	{"", "snapshot", "snapshotId"}, {"", "snapshot", "dBSnapshotIdentifier"}, {"", "snapshot", "dBClusterSnapshotIdentifier"},
	{"ec2", "image", "imageId"}, {"", "secret", "secretId"}, {"", "secret", "secretIdList.*"}, {"lambda", "function", "functionName"},
	{"bedrock", "model", "modelId"}, {"kms", "key", "keyId"}, {"organizations", "account", "accountId"}, {"organizations", "policy", "policyId"},
	{"logs", "log group", "logGroupName"}, {"ssm", "parameter", "names.*"}, {"ssm", "target", "target"}, {"ssm", "parameter", "path"},
	{"", "instance", "instanceId"}, {"", "instance", "instanceIds.*"}, {"", "instance", "instancesSet.items.*.instanceId"},
	{"dynamodb", "table", "tableName"}, {"rds", "database", "dBInstanceIdentifier"}, {"rds", "database", "dBClusterIdentifier"},
	{"", "flow log", "FlowLogId.content"}, {"guardduty", "detector", "detectorId"}, {"eks", "cluster", "name"}, {"", "", "name"},
})

type name struct{ service, kind, path string }

// naming finds the spots of paths.
func naming(names []name) (all []namer) {
	for _, n := range names {
		all = append(all, namer{n, spotOf(n.path)})
	}
	return all
}

type namer struct {
	name
	spot
}

// answered are where an answer names an object that the request does not.
var answered = []struct{ kind, path string }{
	{"user", "accessKey.userName"}, {"instance", "instancesSet.items.*.instanceId"},
}

// primary finds the object.
func (r *request) primary() (kind, name string) {
	for _, n := range named {
		if n.service == "" || n.service == r.service {
			if text := listed(r.texts(n.spot)); text != "" {
				if r.used = n.path; n.kind == "" {
					n.kind = r.noun
				}
				return n.kind, text
			}
		}
	}
	for _, n := range answered {
		if text := listed(textsAt(r.response, n.path)); text != "" {
			return n.kind, text
		}
	}
	if text := r.made(); text != "" {
		return r.noun, text
	}
	return r.suffixed()
}

// made is the ID of what a call has made, which is in its answer:
// {"subnet":{"subnetId":…}}.
func (r *request) made() string {
	member := camel(r.noun)
	if member == "" {
		return ""
	}
	for _, path := range []string{member + "." + member + "Id", member + "Id", member + ".arn"} {
		if text := listed(textsAt(r.response, path)); text != "" {
			return text
		}
	}
	return ""
}

// suffixes end the names of parameters that name something.
var suffixes = []string{"Name", "Id", "ARN", "Arn", "Identifier"}

// suffixed takes the first parameter that names something by the looks of it.
func (r *request) suffixed() (kind, name string) {
	for c := parse.Inside(r.params); ; {
		key, value, ok := c.Member()
		if !ok {
			return "", ""
		}
		text := string(parse.Text(nil, key))
		for _, s := range suffixes {
			what, found := strings.CutSuffix(text, s)
			if !found || what == "" {
				continue
			}
			if of := listed(append(textsAt(value, ""), textsAt(value, "content")...)); of != "" {
				r.used = text
				return words(what), of
			}
		}
	}
}

// mostTexts is how many members of a list are named, mostWalked how many are
// looked at.
const mostTexts, mostWalked = 8, 1000

// textsAt gives the texts at a path of keys below raw, where * stands for every
// element of a list, and for the value itself where it is none.
func textsAt(raw []byte, path string) (texts []string) {
	left := mostWalked
	var walk func(raw []byte, path string)
	walk = func(raw []byte, path string) {
		if left--; left < 0 || len(raw) == 0 {
			return
		}
		key, rest, _ := strings.Cut(path, ".")
		switch {
		case key == "":
			if text := scalar(raw); text != "" && text != hidden {
				texts = append(texts, text)
			}
		case key != "*":
			if v, ok := parse.Field(raw, key); ok {
				walk(v, rest)
			}
		case raw[0] != '[':
			walk(raw, rest)
		default:
			for c := parse.Inside(raw); left >= 0; {
				v, ok := c.Element()
				if !ok {
					return
				}
				walk(v, rest)
			}
		}
	}
	walk(raw, path)
	return texts
}

// scalar is the text of a string, a number, true or false.
func scalar(raw []byte) string {
	switch raw[0] {
	case '"':
		return string(parse.Text(nil, raw))
	case '{', '[', 'n':
		return ""
	}
	return string(raw)
}

// listed names the first few.
func listed(texts []string) string {
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	var some []string
	for _, t := range texts {
		switch {
		case slices.Contains(some, t):
		case len(some) == mostTexts:
			return strings.Join(some, ", ") + " and more"
		default:
			some = append(some, t)
		}
	}
	return strings.Join(some, ", ")
}

// nounOf gives what a call is about by its name: CreateTrustAnchor is about a
// trust anchor.
func nounOf(name string) string {
	for i, c := range name {
		if i > 0 && unicode.IsUpper(c) {
			return words(strings.TrimRight(name[i:], "0123456789v_"))
		}
	}
	return ""
}

// words splits a name at its capitals.
func words(name string) string {
	var b strings.Builder
	lower := false
	for _, c := range name {
		if unicode.IsUpper(c) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(c)
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// camel is the inverse of words.
func camel(text string) string {
	var b strings.Builder
	for i, word := range strings.Fields(text) {
		c, size := utf8.DecodeRuneInString(word)
		if i > 0 {
			c = unicode.ToUpper(c)
		}
		b.WriteRune(c)
		b.WriteString(word[size:])
	}
	return b.String()
}
