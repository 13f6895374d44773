//go:build race

package inflate

// raceEnabled: sync.Pool drops things at random then.
const raceEnabled = true
