package triage

import (
	"regexp"
	"strings"
)

// tell is why a call deserves a look, whoever makes it.
type tell struct {
	weight int // 10: worth a look, 60: rarely anything else than an attack or an emergency
	why    string
}

// telling are the calls that attackers need and administrators seldom make, by
// what they are for.
var telling = map[string]tell{
	// Blinding the defenders.
	"cloudtrail:StopLogging":                             {60, "stops the trail"},
	"cloudtrail:DeleteTrail":                             {60, "deletes the trail"},
	"cloudtrail:UpdateTrail":                             {45, "changes where and what the trail records"},
	"cloudtrail:PutEventSelectors":                       {50, "changes what the trail records"},
	"cloudtrail:PutInsightSelectors":                     {35, "changes what the trail records"},
	"cloudtrail:DeleteEventDataStore":                    {55, "deletes recorded events"},
	"ec2:DeleteFlowLogs":                                 {50, "stops the recording of network traffic"},
	"route53resolver:DeleteResolverQueryLogConfig":       {50, "stops the recording of DNS queries"},
	"route53resolver:DisassociateResolverQueryLogConfig": {45, "stops the recording of DNS queries"},
	"guardduty:DeleteDetector":                           {60, "switches GuardDuty off"},
	"guardduty:UpdateDetector":                           {35, "changes GuardDuty"},
	"guardduty:CreateIPSet":                              {35, "exempts addresses from GuardDuty"},
	"guardduty:DisassociateFromMasterAccount":            {50, "takes the account out of GuardDuty's view"},
	"guardduty:DisassociateFromAdministratorAccount":     {50, "takes the account out of GuardDuty's view"},
	"securityhub:DisableSecurityHub":                     {50, "switches Security Hub off"},
	"config:StopConfigurationRecorder":                   {50, "stops AWS Config"},
	"config:DeleteConfigurationRecorder":                 {50, "stops AWS Config"},
	"config:DeleteDeliveryChannel":                       {45, "stops AWS Config"},
	"access-analyzer:DeleteAnalyzer":                     {40, "switches the access analyzer off"},
	"logs:DeleteLogGroup":                                {35, "deletes logs"},
	"logs:DeleteLogStream":                               {30, "deletes logs"},
	"s3:PutBucketLogging":                                {25, "changes the access log of a bucket"},
	"s3:PutBucketLifecycle":                              {30, "may let objects expire"},
	"wafv2:DeleteWebACL":                                 {35, "takes a firewall away"},
	"organizations:LeaveOrganization":                    {60, "takes the account out of its organisation"},

	// Staying.
	"iam:CreateUser":                                     {35, "makes a user"},
	"iam:CreateAccessKey":                                {40, "makes a lasting access key"},
	"iam:CreateLoginProfile":                             {45, "gives a user a console password"},
	"iam:UpdateLoginProfile":                             {45, "changes a user's console password"},
	"iam:UpdateAssumeRolePolicy":                         {45, "changes who may assume a role"},
	"iam:CreateRole":                                     {20, "makes a role"},
	"iam:CreateSAMLProvider":                             {45, "lets a foreign identity provider in"},
	"iam:UpdateSAMLProvider":                             {45, "lets a foreign identity provider in"},
	"iam:CreateOpenIDConnectProvider":                    {40, "lets a foreign identity provider in"},
	"iam:CreateVirtualMFADevice":                         {20, "makes an MFA device"},
	"iam:DeactivateMFADevice":                            {40, "takes MFA away"},
	"iam:DeleteVirtualMFADevice":                         {35, "takes MFA away"},
	"rolesanywhere:CreateTrustAnchor":                    {50, "lets holders of foreign certificates in"},
	"rolesanywhere:CreateProfile":                        {35, "gives roles to holders of certificates"},
	"sts:GetFederationToken":                             {35, "makes credentials that outlive the key's deletion"},
	"lambda:CreateFunction":                              {15, "brings code"},
	"lambda:UpdateFunctionCode":                          {30, "replaces the code of a function"},
	"lambda:UpdateFunctionConfiguration":                 {30, "changes a function, its layers and its role"},
	"lambda:AddPermission":                               {30, "lets others call a function"},
	"lambda:CreateFunctionUrlConfig":                     {35, "puts a function on the internet"},
	"lambda:CreateEventSourceMapping":                    {15, "lets events run a function"},
	"events:PutRule":                                     {15, "lets time or events run something"},
	"ec2:CreateKeyPair":                                  {15, "makes an SSH key"},
	"ec2:ImportKeyPair":                                  {25, "brings an SSH key"},
	"codebuild:CreateProject":                            {20, "makes a place to run code"},
	"sso-directory:CreateUser":                           {40, "makes a user of the Identity Center"},
	"sso:CreateAccountAssignment":                        {35, "gives access to an account"},
	"identitystore:CreateUser":                           {40, "makes a user of the Identity Center"},
	"ec2-instance-connect:SendSSHPublicKey":              {35, "opens a way in by SSH"},
	"ec2-instance-connect:SendSerialConsoleSSHPublicKey": {45, "opens a way in by the serial console"},

	// Getting more rights.
	"iam:AttachUserPolicy":                     {40, "gives a user rights"},
	"iam:AttachRolePolicy":                     {30, "gives a role rights"},
	"iam:AttachGroupPolicy":                    {35, "gives a group rights"},
	"iam:PutUserPolicy":                        {40, "gives a user rights"},
	"iam:PutRolePolicy":                        {30, "gives a role rights"},
	"iam:PutGroupPolicy":                       {35, "gives a group rights"},
	"iam:CreatePolicyVersion":                  {35, "changes rights"},
	"iam:SetDefaultPolicyVersion":              {35, "changes rights"},
	"iam:AddUserToGroup":                       {30, "gives a user rights"},
	"iam:AddRoleToInstanceProfile":             {30, "gives instances a role"},
	"iam:DeleteRolePermissionsBoundary":        {40, "lifts the bounds of a role"},
	"iam:DeleteUserPermissionsBoundary":        {40, "lifts the bounds of a user"},
	"ec2:AssociateIamInstanceProfile":          {30, "gives an instance a role"},
	"ec2:ReplaceIamInstanceProfileAssociation": {30, "gives an instance another role"},
	"sts:AssumeRoot":                           {50, "acts as root of a member account"},

	// Getting at secrets.
	"ec2:GetPasswordData":                        {40, "asks for the administrator password of an instance"},
	"secretsmanager:GetSecretValue":              {20, "reads a secret"},
	"secretsmanager:BatchGetSecretValue":         {40, "reads secrets by the dozen"},
	"secretsmanager:PutResourcePolicy":           {40, "lets others read a secret"},
	"ssm:GetParameters":                          {20, "reads parameters, secret ones perhaps"},
	"ssm:GetParametersByPath":                    {20, "reads parameters, secret ones perhaps"},
	"ssm:GetParameter":                           {12, "reads a parameter, a secret one perhaps"},
	"ec2:DescribeInstanceAttribute":              {15, "reads user data of an instance, perhaps"},
	"lambda:GetFunction":                         {12, "reads the code of a function"},
	"codebuild:ListSourceCredentials":            {20, "looks for credentials"},
	"cognito-identity:GetCredentialsForIdentity": {15, "takes the credentials of an identity pool"},
	"ecr:GetAuthorizationToken":                  {10, "may pull images"},

	// Running things.
	"ec2:RunInstances":                             {25, "starts instances"},
	"ssm:SendCommand":                              {40, "runs commands on instances"},
	"ssm:StartSession":                             {35, "opens a shell on an instance"},
	"ssm:ResumeSession":                            {30, "opens a shell on an instance"},
	"ec2:ModifyInstanceAttribute":                  {30, "may replace what an instance runs at its start"},
	"ecs:RunTask":                                  {20, "runs a container"},
	"ecs:ExecuteCommand":                           {35, "opens a shell in a container"},
	"ecs:RegisterTaskDefinition":                   {15, "says what containers run"},
	"cloudformation:CreateStack":                   {15, "makes whatever a template says"},
	"glue:CreateDevEndpoint":                       {40, "makes a machine that has a role"},
	"sagemaker:CreateNotebookInstance":             {30, "makes a machine that has a role"},
	"sagemaker:CreatePresignedNotebookInstanceUrl": {35, "opens a shell on a notebook"},
	"bedrock:InvokeModel":                          {30, "uses a model at the account's expense"},
	"bedrock:InvokeModelWithResponseStream":        {30, "uses a model at the account's expense"},
	"bedrock:PutUseCaseForModelAccess":             {28, "asks for access to a model"},
	"bedrock:CreateFoundationModelAgreement":       {28, "asks for access to a model"},
	"bedrock:PutFoundationModelEntitlement":        {28, "asks for access to a model"},
	"servicequotas:RequestServiceQuotaIncrease":    {25, "asks for room for more machines"},

	// Taking data out.
	"ec2:ModifySnapshotAttribute":          {40, "may share a disk with other accounts"},
	"ec2:ModifyImageAttribute":             {40, "may share an image with other accounts"},
	"ec2:SharedSnapshotCopyInitiated":      {45, "a shared disk was copied"},
	"ec2:CreateSnapshot":                   {15, "copies a disk"},
	"ec2:CreateImage":                      {15, "copies a machine"},
	"ec2:AuthorizeSecurityGroupIngress":    {30, "opens a way in through the network"},
	"ec2:AuthorizeSecurityGroupEgress":     {20, "opens a way out through the network"},
	"ec2:CreateTrafficMirrorSession":       {40, "copies network traffic"},
	"rds:ModifyDBSnapshotAttribute":        {40, "may share a database with other accounts"},
	"rds:ModifyDBClusterSnapshotAttribute": {40, "may share a database with other accounts"},
	"rds:CreateDBSnapshot":                 {15, "copies a database"},
	"rds:StartExportTask":                  {35, "exports a database"},
	"rds:ModifyDBInstance":                 {20, "changes a database, its password perhaps"},
	"s3:PutBucketPolicy":                   {35, "changes who may use a bucket"},
	"s3:PutBucketAcl":                      {35, "changes who may use a bucket"},
	"s3:DeleteBucketPublicAccessBlock":     {45, "lets a bucket become public"},
	"s3:PutBucketPublicAccessBlock":        {25, "changes whether buckets may become public"},
	"s3:PutAccountPublicAccessBlock":       {30, "changes whether buckets may become public"},
	"s3:PutBucketReplication":              {40, "copies a bucket to another place"},
	"ecr:SetRepositoryPolicy":              {30, "changes who may pull images"},
	"ram:CreateResourceShare":              {30, "shares resources with others"},

	// Destroying.
	"s3:DeleteBucket":            {30, "deletes a bucket"},
	"s3:PutBucketVersioning":     {30, "may end the keeping of old versions"},
	"s3:PutBucketEncryption":     {25, "changes under which key objects are kept"},
	"kms:ScheduleKeyDeletion":    {45, "will make what the key protects unreadable"},
	"kms:DisableKey":             {40, "makes what the key protects unreadable"},
	"kms:PutKeyPolicy":           {35, "changes who may use a key"},
	"rds:DeleteDBInstance":       {30, "deletes a database"},
	"rds:DeleteDBCluster":        {30, "deletes a database"},
	"dynamodb:DeleteTable":       {25, "deletes a table"},
	"ec2:TerminateInstances":     {15, "deletes instances"},
	"ec2:DeleteSnapshot":         {20, "deletes the copy of a disk"},
	"ec2:DeleteVolume":           {20, "deletes a disk"},
	"backup:DeleteRecoveryPoint": {45, "deletes a backup"},
	"backup:DeleteBackupVault":   {45, "deletes backups"},

	// Sending mail and looking around.
	"ses:SendEmail":                      {15, "sends mail"},
	"ses:GetSendQuota":                   {20, "asks how much mail could be sent"},
	"ses:UpdateAccountSendingEnabled":    {35, "lets the account send mail"},
	"ses:VerifyEmailIdentity":            {25, "prepares to send mail"},
	"iam:GetAccountAuthorizationDetails": {30, "reads all users, roles and rights"},
	"iam:SimulatePrincipalPolicy":        {20, "asks what it may do"},
	"organizations:ListAccounts":         {12, "looks for other accounts"},
}

// lambdaDate is what Lambda and CloudFront put behind the names of their calls:
// UpdateFunctionCode20150331v2.
var lambdaDate = regexp.MustCompile(`(20\d{6}|20\d{2}_\d{2}_\d{2})(v\d+)?$`)

// tellOf gives what is known of a call, service:Name.
func tellOf(api string) tell {
	if t, ok := telling[api]; ok {
		return t
	}
	if service, name, ok := strings.Cut(api, ":"); ok {
		return telling[service+":"+lambdaDate.ReplaceAllString(name, "")]
	}
	return tell{}
}

// attackTools are parts of user agents that few but attackers and testers have.
var attackTools = []string{"kali", "parrot", "pentoo", "pacu", "cloudfox", "scoutsuite", "trufflehog", "stratus-red-team", "cloudgoat", "weirdaal", "s3browser", "s3 browser"}

// toolOf names the tool in a user agent, "" when there is none.
func toolOf(agent string) string {
	agent = strings.ToLower(agent)
	for _, t := range attackTools {
		if strings.Contains(agent, t) {
			return t
		}
	}
	return ""
}
