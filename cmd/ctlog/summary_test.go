package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// tellingEvents are what each technique of Stratus Red Team is known by.
var tellingEvents = map[string]string{
	"aws.credential-access.ec2-get-password-data":                 "GetPasswordData",
	"aws.credential-access.secretsmanager-batch-retrieve-secrets": "BatchGetSecretValue",
	"aws.credential-access.ssm-retrieve-securestring-parameters":  "GetParameters",
	"aws.defense-evasion.cloudtrail-event-selectors":              "PutEventSelectors",
	"aws.defense-evasion.dns-delete-logs":                         "DeleteResolverQueryLogConfig",
	"aws.defense-evasion.vpc-remove-flow-logs":                    "DeleteFlowLogs",
	"aws.execution.ec2-launch-unusual-instances":                  "RunInstances",
	"aws.execution.ssm-send-command":                              "SendCommand",
	"aws.exfiltration.ec2-security-group-open-port-22-ingress":    "AuthorizeSecurityGroupIngress",
	"aws.exfiltration.ec2-share-ebs-snapshot":                     "ModifySnapshotAttribute",
	"aws.impact.bedrock-invoke-model":                             "InvokeModel",
	"aws.lateral-movement.ec2-instance-connect":                   "SendSSHPublicKey",
	"aws.persistence.iam-backdoor-role":                           "UpdateAssumeRolePolicy",
	"aws.persistence.iam-create-admin-user":                       "AttachUserPolicy",
	"aws.persistence.iam-create-user-login-profile":               "CreateLoginProfile",
	"aws.persistence.lambda-layer-extension":                      "UpdateFunctionConfiguration",
	"aws.persistence.rolesanywhere-create-trust-anchor":           "CreateTrustAnchor",
	"aws.privilege-escalation.iam-update-user-login-profile":      "UpdateLoginProfile",
}

// firstLines is how far a reader looks.
const firstLines = 6

// What an attack is known by stands in the first lines of its summary.
func TestSummaryNamesTheTechnique(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(realData(t), "stratus-red-team", "*.json"))
	if len(files) == 0 {
		t.Skip("the logs of Stratus Red Team are not here")
	}
	named := 0
	for _, f := range files {
		technique := strings.TrimSuffix(filepath.Base(f), ".json")
		_, out, _ := in(t, "", "summary", "-q", f)
		lines := strings.Split(out, "\n")
		want, known := tellingEvents[technique]
		if !known {
			t.Errorf("what is %s known by", technique)
		}
		if head := strings.Join(lines[:min(len(lines), firstLines)], "\n"); strings.Contains(head, want) {
			named++
		} else {
			t.Logf("%s: no %s in\n%s", technique, want, head)
		}
	}
	t.Logf("named in the first %d lines: %d of %d techniques", firstLines, named, len(files))
	if 10*named < 9*len(files) {
		t.Errorf("only %d of %d techniques are named", named, len(files))
	}
}

// The entries of a summary have all events, and those of each principal are
// what grep finds of it.
func TestSummaryIsComplete(t *testing.T) {
	data := realData(t)
	all := events(t, data)
	want := map[string]int{}
	for _, e := range all {
		want[at(e, "sourceIPAddress")]++
	}
	_, out, _ := in(t, "", "summary", "-q", "--by", "ip", "-o", "json", data)
	for _, row := range decode(t, out) {
		who, _ := json.Marshal(row["sourceIPAddress"])
		n, _ := row["count"].(json.Number).Int64()
		if want[string(who)] != int(n) {
			t.Errorf("%s: %d events, want %d", who, n, want[string(who)])
		}
		delete(want, string(who))
	}
	for who := range want {
		t.Errorf("%s is missing", who)
	}
}
