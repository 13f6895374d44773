// Package event knows what a CloudTrail event says: the paths of its fields, its
// time, its ID, who acted, what was called, and whether that changed anything.
// Whoever reads a field of an event asks here, on the original bytes.
//
// Order of reading: fields.go (names and paths), columns.go (fields that a user
// names, looked up in one pass), identity.go (who, what, which), time.go (when),
// json.go (values written down), spelling.go (which field was meant).
package event
