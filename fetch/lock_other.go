//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package fetch

import "os"

// lock does nothing where there is no flock.
func lock(*os.File) error { return nil }
