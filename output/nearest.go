package output

import (
	"slices"
	"strings"
)

// fieldPaths are the fields that people ask for, by their names in the
// CloudTrail record reference; what requests and responses hold is up to the
// service.
var fieldPaths = strings.Fields(`eventVersion eventTime eventSource eventName eventID eventType eventCategory
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

// FieldPaths are the fields that people ask for, for completion.
func FieldPaths() []string { return slices.Clone(fieldPaths) }

// Nearest gives the field that a path which no event has was probably meant to
// be, "" when none is near: one with another case, with a letter or two wrong,
// or one that ends in the path.
func Nearest(path string) string {
	if slices.Contains(fieldPaths, path) {
		return ""
	}
	lower := strings.ToLower(path)
	for _, f := range fieldPaths {
		if name := strings.ToLower(f); name == lower || strings.HasSuffix(name, "."+lower) {
			return f
		}
	}
	best, least := "", 1+min(len(path)/4, 3)
	for _, f := range fieldPaths {
		if d := distance(lower, strings.ToLower(f)); d < least {
			best, least = f, d
		}
	}
	return best
}

// distance is how many letters must be changed, added or left out to make b of
// a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // of the row above, one to the left
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
