package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The stories of real attacks as a responder asks for them, with nothing but the
// triage commands: who, from where, what was made for whom, what was opened, what
// was taken. The evidence is not a part of this repository.
var stories = []struct {
	set, asked string
	args       []string
	want       []string // in this order
}{
	{"invictus", "who stands out, and why", []string{"summary", "--top", "1"}, []string{
		`^arn:aws:iam::123837392027:user/bert-jan `, `cloudtrail:PutEventSelectors once: .*trail stratus-red-team-ctes-trail-qyxyekjbtk, records ReadOnly, management events false`,
		`cloudtrail:DeleteTrail once, all failed`, `from 192\.168\.10\.20 ×612`,
	}},
	{"invictus", "whose credentials were stolen", []string{"summary", "--user", "*steal-credentials-role*"}, []string{
		`credentials of instance i-0dbc91f429e48eeed were used from 192\.168\.0\.0/16 with aws-sdk-go-v2, before from 3\.225\.0\.0/16 with aws-sdk-go`,
	}},
	{"invictus", "which of the instance's two keys the thief has, and what for", []string{"trace", "ASIATFQR7NSC36DZQP7P"}, []string{
		`^ec2\.amazonaws\.com `, `\* ASIATFQR7NSC36DZQP7P `, `event 55e25aa9-7165-446e-aef6-815c7a79a961`, `from 192\.168\.10\.20 ×2`, `ec2:DescribeInstances ×1, sts:GetCallerIdentity ×1`,
	}},
	{"invictus", "what was made, started, taken and destroyed", []string{"trace", "--all", "bert-jan"}, []string{
		`iam:CreateRole ×1: makes a role \(role stratus-red-team-ec2-get-password-data-role, trusts 123837392027`,
		`iam:AttachRolePolicy ×1: .*role stratus-red-team-ec2-steal-credentials-role, policy arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore`,
		`ec2:RunInstances ×1: .*instance i-0dbc91f429e48eeed`, `ssm:SendCommand ×1: runs commands on instances \(instance i-0dbc91f429e48eeed, document AWS-RunShellScript`,
		`secretsmanager:GetSecretValue ×\d+: reads a secret \(secret arn:.*stratus-red-team-retrieve-secret-`, `ssm:GetParameters ×1: .*/credentials/stratus-red-team/credentials-0`,
		`cloudtrail:DeleteTrail ×1, failed: .*trail stratus-red-team-cloudtraild-trail-aueolsaccp`,
		`s3:PutBucketLifecycle ×1: .*bucket stratus-red-team-ctlr-bucket-zqfsvooxqj, expires after days 1`,
		`cloudtrail:StopLogging ×3, failed: .*trail stratus-red-team-ct-stop-trail-qzbgnfqisx`, `ec2:DeleteFlowLogs ×1: .*flow log fl-064ed3a785e4a37ef`,
		`forward access sessions: AWS services in its name`,
	}},
	{"invictus", "who tried to leave the organisation", []string{"trace", "ASIATFQR7NSCVW2R4OHT"}, []string{
		`^AKIATFQR7NSC8Q4X20BJ .*user/bert-jan`, `issued by sts:AssumeRole of arn:aws:iam::123837392027:role/stratus-red-team-leave-org-role`, `organizations:LeaveOrganization ×1, failed`,
	}},
	{"stratus-red-team", "who made an administrator, and what that got", []string{"trace", "malicious-iam-user"}, []string{
		`^AKIAOZUDECYXYM4ONAN4 .*user/christophe`, `from 075\.050\.255\.67`, `to it: .*iam:AttachUserPolicy`, `iam:CreateAccessKey`, `iam:CreateUser`,
		`\* AKIAXAFZN8JEPF6L682H arn:aws:iam::229654561268:user/malicious-iam-user`, `never used in these logs`,
	}},
	{"stratus-red-team", "to whom a disk was given", []string{"trace", "snap-041993b54a9b3af6f"}, []string{`253\.76\.43\.253`, `to it: .*ec2:ModifySnapshotAttribute ×1.*shared with 098797384747`}},
	{"stratus-red-team", "what was opened to where", []string{"trace", "sg-003dc7f1f1c686164"}, []string{`ec2:AuthorizeSecurityGroupIngress ×1: .*tcp 22 from 208\.236\.235\.254/0`}},
	{"stratus-red-team", "whom roles trust now", []string{"summary", "--event-name", "UpdateAssumeRolePolicy"}, []string{`iam:UpdateAssumeRolePolicy once: .*trusts ec2\.amazonaws\.com, arn:aws:iam::19\d+:root`}},
	{"stratus-red-team", "who can log in", []string{"trace", "stratus-red-team-login-profile-user"}, []string{`user/christophe`, `issued by iam:CreateLoginProfile for arn:aws:iam::070411556318:user/stratus-red-team-login-profile-user`}},
	{"stratus-red-team", "which code was brought", []string{"summary", "--event-name", "UpdateFunctionConfiguration*"}, []string{`stratus-red-team-lambda-layer-simpleLambda, layer arn:.*my-lambda-extension:1`}},
	{"stratus-red-team", "which secrets and parameters were read", []string{"summary", "--event-name", "GetParameters"}, []string{`ssm:GetParameters 5 times: .*parameter /`}},
}

func TestStories(t *testing.T) {
	for _, s := range stories {
		t.Run(s.set+"/"+s.asked, func(t *testing.T) {
			data := filepath.Join(realData(t), s.set)
			if _, err := os.Stat(data); err != nil {
				t.Skip("the evidence is not here")
			}
			_, out, _ := in(t, "", append(append([]string{}, s.args...), "-q", data)...)
			text := "\n" + joinLines(out)
			for _, want := range s.want {
				want = strings.ReplaceAll(strings.Replace(want, "^", `(?:^|\s)`, 1), ".*", ".*?")
				at := regexp.MustCompile(want).FindStringIndex(text)
				if at == nil {
					t.Fatalf("nothing of %s in what is left of\n%s", want, text)
				}
				text = text[at[1]:]
			}
		})
	}
}

// joinLines undoes the breaking of lines and the drawing of trees.
func joinLines(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "├─", " ", "└─", " ").Replace(out)), " ")
}
