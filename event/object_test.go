package event

import (
	"strings"
	"testing"
)

// What a call was about, as the requests of real calls say it.
func TestObjectOf(t *testing.T) {
	for _, c := range []struct{ call, params, response, want string }{
		{"iam:CreateAccessKey", `{"userName":"eve"}`, `{"accessKey":{"accessKeyId":"AKIAEVE","userName":"eve"}}`, "user eve, key AKIAEVE"},
		{"iam:CreateAccessKey", `null`, `{"accessKey":{"accessKeyId":"AKIAEVE","userName":"eve"}}`, "user eve"},
		{"iam:AttachUserPolicy", `{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, "", "user eve, policy arn:aws:iam::aws:policy/AdministratorAccess"},
		{"iam:AddUserToGroup", `{"groupName":"admins","userName":"eve"}`, "", "user eve, group admins"},
		{"iam:UpdateAssumeRolePolicy", `{"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::193672423079:root\",\"Service\":[\"ec2.amazonaws.com\"]},\"Action\":\"sts:AssumeRole\"},{\"Effect\":\"Deny\",\"Principal\":\"*\"}]}","roleName":"r"}`, "",
			"role r, trusts arn:aws:iam::193672423079:root, ec2.amazonaws.com"},
		{"iam:PutUserPolicy", `{"userName":"eve","policyName":"p","policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"iam:*\",\"s3:Get*\"],\"Resource\":\"*\"}}"}`, "", "user eve, policy p, allows iam:*, s3:Get*"},
		{"iam:PutUserPolicy", `{"userName":"eve","policyName":"p","policyDocument":"{\"Statement\":"}`, "", "user eve, policy p"},
		{"ec2:ModifySnapshotAttribute", `{"attributeType":"CREATE_VOLUME_PERMISSION","createVolumePermission":{"add":{"items":[{"userId":"098797384747"}]}},"snapshotId":"snap-04"}`, "", "snapshot snap-04, shared with 098797384747"},
		{"ec2:ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"group":"all"}]}}}`, "", "image ami-1, shared with group all"},
		{"rds:ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"db-1","attributeName":"restore","valuesToAdd":["098797384747","all"]}`, "", "snapshot db-1, shared with 098797384747, all"},
		{"ec2:AuthorizeSecurityGroupIngress", `{"cidrIp":"0.0.0.0/0","fromPort":22,"groupId":"sg-1","ipPermissions":{},"ipProtocol":"tcp","toPort":22}`, "", "security group sg-1, tcp 22 from 0.0.0.0/0"},
		{"ec2:AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":0,"toPort":65535,"ipRanges":{"items":[{"cidrIp":"198.51.100.0/24"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}},{"ipProtocol":"-1","groups":{"items":[{"groupId":"sg-2"}]}}]}}`, "",
			"security group sg-1, tcp 0-65535 from 198.51.100.0/24, ::/0, all traffic from sg-2"},
		{"ec2:AuthorizeSecurityGroupEgress", `{"cidrIp":"0.0.0.0/0","groupId":"sg-1","ipProtocol":"-1"}`, "", "security group sg-1, all traffic to 0.0.0.0/0"},
		{"s3:PutBucketPolicy", `{"bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]},"bucketName":"b","Host":"b.s3"}`, "", "bucket b, trusts *, allows s3:GetObject"},
		{"cloudtrail:StopLogging", `{"name":"arn:aws:cloudtrail:us-east-1:1:trail/main"}`, "", "trail arn:aws:cloudtrail:us-east-1:1:trail/main"},
		{"cloudtrail:PutEventSelectors", `{"eventSelectors":[{"dataResources":[{"type":"AWS::S3::Object"}],"includeManagementEvents":false,"readWriteType":"ReadOnly"}],"trailName":"t"}`, "", "trail t, records ReadOnly, management events false, data events AWS::S3::Object"},
		{"lambda:UpdateFunctionConfiguration20150331v2", `{"functionName":"f","layers":["arn:aws:lambda:x:1:layer:l:1"]}`, "", "function f, layer arn:aws:lambda:x:1:layer:l:1"},
		{"rolesanywhere:CreateTrustAnchor", `{"enabled":true,"name":"anchor"}`, "", "trust anchor anchor"},
		{"ec2:DeleteFlowLogs", `{"DeleteFlowLogsRequest":{"FlowLogId":{"content":"fl-0e","tag":1}}}`, "", "flow log fl-0e"},
		{"ec2:CreateSubnet", `{"vpcId":"vpc-1","cidrBlock":"10.0.1.0/24"}`, `{"requestId":"x","subnet":{"subnetId":"subnet-1"}}`, "subnet subnet-1"},
		{"ec2:AttachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`, "", "internet gateway igw-1"},
		{"ec2:RunInstances", `{"instanceType":"p2.xlarge","instancesSet":{"items":[{"imageId":"ami-1","maxCount":10,"minCount":1}]}}`, "", "type p2.xlarge, number 10"},
		{"ec2:RunInstances", `{"instanceType":"p2.xlarge"}`, `{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}`, "instance i-1, i-2, type p2.xlarge"},
		{"secretsmanager:GetSecretValue", `{"secretId":"prod/db"}`, "", "secret prod/db"},
		{"ssm:GetParameters", `{"names":["/a","/b"],"withDecryption":true}`, "", "parameter /a, /b"},
		{"ssm:SendCommand", `{"documentName":"AWS-RunShellScript","instanceIds":["i-1","i-2"],"parameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, "", "instance i-1, i-2, document AWS-RunShellScript"},
		{"organizations:LeaveOrganization", "null", "null", ""},
		{"x:Y", "[1,2]", `"z"`, ""},
	} {
		if got := ObjectOf(c.call, []byte(c.params), []byte(c.response)).String(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.call, got, c.want)
		}
	}
}

// Long lists are cut, and said to be.
func TestObjectOfMany(t *testing.T) {
	got := ObjectOf("ssm:GetParameters", []byte(`{"names":["a","b","c","d","e","f","g","h","i","`+strings.Repeat(`x","`, 5000)+`x"]}`), nil).Name
	if want := "a, b, c, d, e, f, g, h and more"; got != want {
		t.Errorf("got %s", got)
	}
}

// A long policy is read where all is asked for, and else its size is said.
func TestObjectInBrief(t *testing.T) {
	params := []byte(`{"bucketName":"b","bucketPolicy":{"Statement":[{"Sid":"` + strings.Repeat("x", 4000) + `","Effect":"Allow","Principal":"*","Action":"s3:*"}]}}`)
	if got, want := ObjectOf("s3:PutBucketPolicy", params, nil).Detail, "trusts *, allows s3:*"; got != want {
		t.Errorf("in full %s", got)
	}
	if got, want := ObjectInBrief("s3:PutBucketPolicy", params, nil).Detail, "a policy of 4075 bytes, which trace reads"; got != want {
		t.Errorf("in brief %s", got)
	}
}

func FuzzObjectOf(f *testing.F) {
	f.Add("ec2:AuthorizeSecurityGroupIngress", []byte(`{"ipPermissions":{"items":[{"ipProtocol":"tcp"}]}}`), []byte(`{}`))
	f.Add("iam:PutRolePolicy", []byte(`{"policyDocument":"{\"Statement\":[{}]}"}`), []byte(`{"accessKey":`))
	f.Fuzz(func(t *testing.T, call string, params, response []byte) {
		ObjectOf(call, params, response)
	})
}
