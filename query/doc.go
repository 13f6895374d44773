// Package query is a search as a whole: what programs (package jq) and conditions
// (package match) ask of bytes before they are asked of an event (package need),
// and what a filter was probably meant to be.
//
// Order of reading: plan.go (the plan), infer.go, infervalues.go, inferbuiltins.go
// and inferregex.go (what a program can do, found without an event), hints.go.
package query
