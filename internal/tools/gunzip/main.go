// Command gunzip writes what gzip files hold to standard output. It exists to
// be timed against other programs that do, on one core and the same files:
//
//	go build -o bin/ ./internal/tools/gunzip
//	hyperfine -N 'taskset -c 0 libdeflate-gunzip -c FILE...' 'taskset -c 0 bin/gunzip FILE...'
//
// With -with=klauspost or -with=stdlib another decoder does the work.
package main

import (
	"bytes"
	stdgzip "compress/gzip"
	"flag"
	"fmt"
	"io"
	"math"
	"os"

	"ctlog/internal/inflate"

	"github.com/klauspost/compress/gzip"
)

func main() {
	with := flag.String("with", "inflate", "`decoder`: inflate, klauspost or stdlib")
	flag.Parse()
	if err := run(*with, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gunzip:", err)
		os.Exit(1)
	}
}

// A decode function writes what src holds to w.
type decode func(w io.Writer, src []byte) error

func run(with string, files []string, w io.Writer) error {
	f, ok := map[string]func() decode{"inflate": whole, "klauspost": klauspost, "stdlib": stdlib}[with]
	if !ok {
		return fmt.Errorf("there is no decoder %q", with)
	}
	decode := f()
	var src bytes.Buffer
	for _, name := range files {
		if err := read(&src, name); err != nil {
			return err
		}
		if err := decode(w, src.Bytes()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// read reads a file into the memory of the one before.
func read(b *bytes.Buffer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	b.Reset()
	_, err = b.ReadFrom(f)
	return err
}

func whole() decode {
	var d inflate.Decoder
	var dst []byte
	return func(w io.Writer, src []byte) (err error) {
		if dst, err = d.Gzip(dst, src, math.MaxInt); err != nil {
			return err
		}
		_, err = w.Write(dst)
		return err
	}
}

func klauspost() decode {
	var z gzip.Reader
	return func(w io.Writer, src []byte) error {
		if err := z.Reset(bytes.NewReader(src)); err != nil {
			return err
		}
		_, err := z.WriteTo(w)
		return err
	}
}

func stdlib() decode {
	var z stdgzip.Reader
	return func(w io.Writer, src []byte) error {
		if err := z.Reset(bytes.NewReader(src)); err != nil {
			return err
		}
		_, err := io.Copy(w, &z)
		return err
	}
}
