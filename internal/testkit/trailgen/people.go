package trailgen

import "fmt"

// session is a principal at work: the userIdentity of its events.
type session struct {
	identity string // JSON, "" when the events have none
	address  string
	agent    string
	key      string
}

var agents = []string{
	"aws-cli/2.15.10 Python/3.11.6 Linux/5.10.205-195.804.amzn2.x86_64 exe/x86_64.amzn.2 prompt/off command/s3api.list-objects-v2",
	"Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10.0 md/arch#x86_64 lang/python#3.11.4 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.11",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
	"[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10.186-157.751.amzn2int.x86_64]",
	"APN/1.0 HashiCorp/1.0 Terraform/1.6.6 (+https://www.terraform.io) terraform-provider-aws/5.31.0",
	"aws-sdk-go-v2/1.24.0 os/linux lang/go#1.21.5 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.141.0",
	"console.amazonaws.com", "AWS Internal",
}

// services call on somebody's behalf: their name stands for the address too.
var services = []string{"cloudtrail.amazonaws.com", "config.amazonaws.com", "autoscaling.amazonaws.com", "lambda.amazonaws.com"}

func (m *maker) keyID(prefix string) string {
	return prefix + m.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
}

func (m *maker) address() string {
	switch m.rng.IntN(5) {
	case 0:
		return fmt.Sprintf("2001:db8:%x::%x", m.rng.IntN(1<<16), m.rng.IntN(1<<16))
	case 1:
		return fmt.Sprintf("198.51.100.%d", 1+m.rng.IntN(254))
	}
	return fmt.Sprintf("203.0.113.%d", 1+m.rng.IntN(254))
}

// people makes the principals that a trail is about: every type of identity.
func (m *maker) people() (out []session) {
	add := func(identity, key string) {
		out = append(out, session{identity, m.address(), agents[m.rng.IntN(len(agents))], key})
	}
	for _, name := range []string{"alice", "bob", "deploy-bot", "zoë"} {
		key := m.keyID("AKIA")
		add(fmt.Sprintf(`{"type":"IAMUser","principalId":"%s","arn":"arn:aws:iam::%s:user/%s","accountId":"%s","accessKeyId":"%s","userName":"%s"}`,
			m.keyID("AIDA"), m.account, name, m.account, key, name), key)
	}
	for _, role := range []string{"Admin", "ci-runner", "ReadOnly", "lambda-exec", "Data=Pipeline"} {
		for range 3 {
			key := m.keyID("ASIA")
			add(m.assumedRole(role, key), key)
		}
	}
	add(fmt.Sprintf(`{"type":"Root","principalId":"%s","arn":"arn:aws:iam::%s:root","accountId":"%s","accessKeyId":""}`, m.account, m.account, m.account), "")
	key := m.keyID("ASIA")
	add(fmt.Sprintf(`{"type":"FederatedUser","principalId":"%s:carol","arn":"arn:aws:sts::%s:federated-user/carol","accountId":"%s","accessKeyId":"%s"}`, m.account, m.account, m.account, key), key)
	add(`{"type":"AWSAccount","principalId":"AIDAEXAMPLEEXAMPLE000","accountId":"999988887777"}`, "")
	add(`{"type":"IdentityCenterUser","accountId":"`+m.account+`","onBehalfOf":{"userId":"94482488-3041-7000-a0c5-example00001","identityStoreArn":"arn:aws:identitystore::`+m.account+`:identitystore/d-9067642ac7"},"credentialId":"EXAMPLE0"}`, "")
	add(`{"type":"WebIdentityUser","principalId":"accounts.google.com:example.apps:1234567890","userName":"1234567890","identityProvider":"accounts.google.com"}`, "")
	add(`{"type":"SAMLUser","principalId":"SAMLEXAMPLE:dave","userName":"dave","identityProvider":"SAMLEXAMPLE"}`, "")
	add(`{"type":"Unknown","principalId":"","accountId":"`+m.account+`","arn":null}`, "")
	add("", "")
	for _, s := range services {
		out = append(out, session{`{"type":"AWSService","invokedBy":"` + s + `"}`, s, s, ""})
	}
	return out
}

func (m *maker) assumedRole(role, key string) string {
	id := m.keyID("AROA")
	name := []string{"alice", "i-0abc1234def567890", "botocore-session-1704790800", "GitHubActions"}[m.rng.IntN(4)]
	escaped := role
	if role == "Data=Pipeline" {
		escaped = `Data\u003dPipeline`
	}
	return fmt.Sprintf(`{"type":"AssumedRole","principalId":"%s:%s","arn":"arn:aws:sts::%s:assumed-role/%s/%s","accountId":"%s","accessKeyId":"%s",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"%s","arn":"arn:aws:iam::%s:role/%s","accountId":"%s","userName":"%s"},`+
		`"webIdFederationData":{},"attributes":{"creationDate":"%s","mfaAuthenticated":"%s"}}}`,
		id, name, m.account, escaped, name, m.account, key, id, m.account, escaped, m.account, escaped,
		m.Start.Format("2006-01-02T15:04:05Z"), []string{"false", "true"}[m.rng.IntN(2)])
}
