package event

import (
	"bytes"
	"strings"

	"ctlog/parse"
)

// ID gives the raw ID of an event, nil when it has none.
func ID(raw []byte) []byte { return idColumn.find(raw) }

// User gives the raw string that names the principal best, nil when nothing
// does.
func User(raw []byte) []byte { return userColumn.find(raw) }

// AppendPrincipal appends, as JSON, who acted: the best name, but of a role's
// session the role, which has sessions of ever new names. The values are those of
// userIdentity.type, of User, and of the session's issuer.
func AppendPrincipal(dst, kind, user, issuer []byte) []byte {
	switch {
	case string(parse.Text(nil, kind)) != "AssumedRole":
		return AppendValue(dst, user)
	case HasText(issuer):
		return AppendValue(dst, issuer)
	}
	role, _ := SplitSession(string(parse.Text(nil, user)))
	return AppendString(dst, role)
}

// SplitSession splits arn:aws:sts::1:assumed-role/ROLE/SESSION at the last
// slash.
func SplitSession(arn string) (role, session string) {
	if at := strings.Index(arn, ":assumed-role/"); at >= 0 {
		if i := strings.LastIndexByte(arn, '/'); i > at+len(":assumed-role") {
			return arn[:i], arn[i+1:]
		}
	}
	return arn, ""
}

// AppendCall appends a call as service:Name, from the texts of eventSource and
// eventName.
func AppendCall(dst, source, name []byte) []byte {
	dst = append(append(dst, bytes.TrimSuffix(source, []byte(domain))...), ':')
	return append(dst, name...)
}

// domain ends an eventSource.
const domain = ".amazonaws.com"

// SourceOf gives the eventSource of a service.
func SourceOf(service string) string { return service + domain }

// IsService reports whether the text of a sourceIPAddress is the name under which
// AWS itself calls.
func IsService(address string) bool {
	return address == "AWS Internal" || strings.HasSuffix(address, domain) || strings.HasSuffix(address, domain+".cn")
}
