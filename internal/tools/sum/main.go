// Command sum inflates every gzip file below a directory and computes the
// SHA-256 of what it holds, on all cores and nothing besides: the least that a
// verification costs. It exists to be timed beside `ctlog verify`.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"ctlog/internal/inflate"
)

// most is what one file may inflate to.
const most = 1 << 30

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sum DIR")
		os.Exit(2)
	}
	files := make(chan string, 64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() { sum(files) })
	}
	err := filepath.WalkDir(os.Args[1], func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".gz") {
			files <- path
		}
		return err
	})
	close(files)
	workers.Wait()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sum:", err)
		os.Exit(1)
	}
}

func sum(files <-chan string) {
	var d inflate.Decoder
	var out []byte
	for path := range files {
		stored, err := os.ReadFile(path)
		if err == nil {
			out, err = d.Gzip(out, stored, most)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "sum: %s: %s\n", path, err)
		}
		sha256.Sum256(out)
	}
}
