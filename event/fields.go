package event

import (
	"slices"
	"strings"
)

// The fields that the program itself looks at, by their paths.
const (
	FieldTime         = "eventTime"
	FieldName         = "eventName"
	FieldSource       = "eventSource"
	FieldID           = "eventID"
	FieldLakeID       = "eventId" // as CloudTrail Lake writes it
	FieldRegion       = "awsRegion"
	FieldAddress      = "sourceIPAddress"
	FieldAgent        = "userAgent"
	FieldErrorCode    = "errorCode"
	FieldErrorMessage = "errorMessage"
	FieldLogin        = "responseElements.ConsoleLogin"
	FieldReadOnly     = "readOnly"
	FieldRecipient    = "recipientAccountId"
	FieldIdentity     = "userIdentity"
	FieldType         = "userIdentity.type"
	FieldAccount      = "userIdentity.accountId"
	FieldKey          = "userIdentity.accessKeyId"
	FieldPrincipalID  = "userIdentity.principalId"
	FieldIssuer       = "userIdentity.sessionContext.sessionIssuer.arn"
	FieldSession      = "userIdentity.sessionContext.attributes.creationDate"
	FieldPerson       = "userIdentity.sessionContext.sourceIdentity"
	FieldBehalf       = "userIdentity.onBehalfOf.userId"
	FieldResponse     = "responseElements"
	FieldMinted       = "responseElements.credentials.accessKeyId" // a session's key that the event gave out
	FieldCreated      = "responseElements.accessKey.accessKeyId"   // a lasting key
)

var (
	// NamePaths are where the best name of a principal stands, best first: an ARN
	// tells the session too.
	NamePaths = []string{
		"userIdentity.arn", "userIdentity.userName", FieldBehalf, FieldPrincipalID,
		"userIdentity.invokedBy", FieldAccount, FieldType,
	}
	// IdentityPaths are where a user may be named, beside the name that is printed.
	IdentityPaths = []string{
		"userIdentity.arn", "userIdentity.userName", FieldPrincipalID,
		FieldIssuer, "userIdentity.sessionContext.sessionIssuer.userName", FieldBehalf,
	}
	// KeyPaths are where an access key is named that was used, or that something was
	// done to. Where it was given out, a member of FieldResponse has it.
	KeyPaths = []string{FieldKey, "requestParameters.accessKeyId"}
	// AccountPaths are where the account of an event may be named.
	AccountPaths = []string{FieldRecipient, FieldAccount}
	// IDPaths are where the ID of an event stands.
	IDPaths = []string{FieldID, FieldLakeID}
)

// fields are the fields that people ask for, by their names in the CloudTrail
// record reference; what requests and responses hold is up to the service. user
// is the best name of the principal.
var fields = strings.Fields(`eventVersion eventTime eventSource eventName eventID eventType eventCategory
	awsRegion sourceIPAddress userAgent errorCode errorMessage requestParameters responseElements additionalEventData
	requestID apiVersion managementEvent readOnly resources recipientAccountId sharedEventID serviceEventDetails
	vpcEndpointId vpcEndpointAccountId addendum sessionCredentialFromConsole edgeDeviceDetails tlsDetails eventContext user
	userIdentity userIdentity.type userIdentity.userName userIdentity.principalId userIdentity.arn userIdentity.accountId
	userIdentity.accessKeyId userIdentity.invokedBy userIdentity.identityProvider userIdentity.credentialId
	userIdentity.onBehalfOf userIdentity.onBehalfOf.userId userIdentity.sessionContext
	userIdentity.sessionContext.sessionIssuer userIdentity.sessionContext.sessionIssuer.arn
	userIdentity.sessionContext.sessionIssuer.userName userIdentity.sessionContext.attributes
	userIdentity.sessionContext.attributes.mfaAuthenticated userIdentity.sessionContext.attributes.creationDate
	userIdentity.sessionContext.sourceIdentity userIdentity.sessionContext.ec2RoleDelivery
	tlsDetails.tlsVersion tlsDetails.cipherSuite tlsDetails.clientProvidedHostHeader`)

// rarely are members beside them that filters name: of exports, of Insights, and
// of identities that few trails have.
var rarely = strings.Fields(`Records insightDetails userIdentity.inScopeOf userIdentity.sessionContext.webIdFederationData`)

// Fields are the paths of the fields that people ask for.
func Fields() []string { return slices.Clone(fields) }
