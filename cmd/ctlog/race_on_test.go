//go:build race

package main

// underRace says that the race detector is on: what only compares answers, and
// takes minutes then, runs without it.
const underRace = true
