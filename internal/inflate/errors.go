package inflate

import (
	"errors"
	"fmt"
)

// What can be wrong with an input. Errors of this package are *Error values
// that wrap one of these.
var (
	ErrNotGzip   = errors.New("not gzip data")
	ErrTruncated = errors.New("compressed data ends early")
	ErrCorrupt   = errors.New("compressed data is damaged")
	ErrChecksum  = errors.New("checksum does not match")
	ErrTrailing  = errors.New("bytes after the end of the gzip data")
	ErrLimit     = errors.New("inflates beyond the limit")
)

// Error tells what is wrong with an input and where.
type Error struct {
	Err    error  // one of the Err values of this package
	Offset int    // in the compressed input: the first byte that was not understood or was missing
	Detail string // what exactly; may be empty
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("byte %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("byte %d: %v: %s", e.Offset, e.Err, e.Detail)
}

func (e *Error) Unwrap() error { return e.Err }
