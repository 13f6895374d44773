//go:build !amd64 || purego

package lanes

// Other processors that matter have instructions for SHA-256.
const hasSHA = true

func steps(int) step { return nil }
