// Package sigma reads detection rules in the language of Sigma 2.1: rules,
// correlations and filters, any number of documents in a file.
//
// Rules come from the internet, so they are as hostile as evidence: the size of
// a file, the depth of a document and what its aliases make of it are bounded,
// and so are conditions. A document that cannot be loaded is a rule.Refusal with
// file, line and reason, and never ends the loading of the others.
//
// Order of reading: load.go (files, documents, references between them), yaml.go
// (bounded YAML), document.go (what a document says of itself), detection.go,
// value.go and modifier.go (what it looks for), condition.go, correlation.go.
package sigma
