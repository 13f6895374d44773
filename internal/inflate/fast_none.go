//go:build purego || !(amd64 || arm64)

package inflate

// fast does nothing here: careful does all the work.
func (s *stream) fast(*tables) int { return fastMargin }
