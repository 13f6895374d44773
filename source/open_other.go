//go:build !unix

package source

import (
	"io"
	"os"
)

func openRegular(path string, _ int64) (io.ReadCloser, error) { return os.Open(path) }
