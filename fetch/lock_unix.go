//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fetch

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps others out of a folder for as long as it is open. The system lets
// go of it when the process ends, however it ends, and nothing is left in the
// folder. A file system that has no locks does without.
func lock(folder *os.File) error {
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return errBusy
	}
	return nil
}
