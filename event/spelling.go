package event

import (
	"slices"
	"strings"
)

// Nearest gives the field that a path which no event has was probably meant to
// be, "" when none is near: one with another case, one that ends in the path or
// begins with it, what other tools call it, or one with a letter or two wrong.
func Nearest(path string) string {
	if slices.Contains(fields, path) {
		return ""
	}
	lower := strings.ToLower(path)
	for _, f := range fields {
		if name := strings.ToLower(f); name == lower || strings.HasSuffix(name, "."+lower) {
			return f
		}
	}
	if f := elsewhere[strings.ReplaceAll(lower, "_", "")]; f != "" {
		return f
	}
	for _, f := range fields {
		if len(lower) > 4 && strings.HasPrefix(strings.ToLower(f), lower) {
			return f
		}
	}
	return nearest(lower, fields, min(len(path)/4, 3))
}

// Known reports whether events may have a path: whether it begins with the name of
// a field.
func Known(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	name, _, _ = strings.Cut(name, "[")
	return slices.ContainsFunc(fields, func(f string) bool { return f == name || strings.HasPrefix(f, name+".") })
}

// elsewhere is what people and other tools call fields.
var elsewhere = map[string]string{
	"ip": FieldAddress, "ipaddress": FieldAddress, "address": FieldAddress, "srcip": FieldAddress, "clientip": FieldAddress, "sourceaddress": FieldAddress,
	"region": FieldRegion, "time": FieldTime, "timestamp": FieldTime, "date": FieldTime, "datetime": FieldTime, "@timestamp": FieldTime,
	"name": FieldName, "event": FieldName, "action": FieldName, "api": FieldName, "call": FieldName, "operation": FieldName,
	"service": FieldSource, "source": FieldSource, "id": FieldID, "agent": FieldAgent, "ua": FieldAgent, "account": FieldRecipient,
	"principal": "user", "actor": "user", "who": "user", "identity": FieldIdentity, "error": FieldErrorCode, "code": FieldErrorCode,
	"message": FieldErrorMessage, "key": FieldKey, "accesskey": FieldKey, "role": FieldIssuer, "request": "requestParameters", "response": FieldResponse,
}

// members are the names that stand between the dots of paths.
var members = func() (names []string) {
	for _, path := range slices.Concat(fields, rarely) {
		for name := range strings.SplitSeq(path, ".") {
			if name != "user" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}()

// NearestMember gives the member, of an event or of what is in it, whose name a
// name was probably meant to be, "" when it is one itself and where none is near:
// with another case, or one letter wrong.
func NearestMember(name string) string {
	if slices.Contains(members, name) {
		return ""
	}
	most := 0
	if len(name) > 5 {
		most = 1
	}
	return nearest(strings.ToLower(name), members, most)
}

// NearestOf gives the one of some names, of whatever is in the evidence, that a
// name was probably meant to be, "" when none is near.
func NearestOf(name string, names []string) string {
	most := min(len(name)/4, 3)
	lower := strings.ToLower(name)
	var near []string
	for _, n := range names {
		if d := len(n) - len(name); d <= most && -d <= most {
			near = append(near, n)
		}
	}
	return nearest(lower, near, most)
}

// nearest gives the first of the names that are fewest slips away, and no more
// than most.
func nearest(lower string, names []string, most int) (best string) {
	for _, name := range names {
		if d := distance(lower, strings.ToLower(name)); d <= most {
			best, most = name, d-1
		}
	}
	return best
}

// distance is how many letters must be changed, added, left out or swapped with
// their neighbours to make b of a (Damerau and Levenshtein, each letter once).
func distance(a, b string) int {
	above, row, before := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(b) {
			change := above[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
