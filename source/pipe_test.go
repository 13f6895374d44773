package source

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func fifo(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "fifo")
	if out, err := exec.Command("mkfifo", path).CombinedOutput(); err != nil {
		t.Skipf("mkfifo: %v %s", err, out)
	}
	return path
}

func within(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		t.Fatal("the walk goes on")
	}
}

func drain(ctx context.Context, o *Object) {
	if r, err := o.Open(ctx); err == nil {
		io.Copy(io.Discard, r)
		r.Close()
	}
}

func TestPipe(t *testing.T) {
	path := fifo(t)
	go os.WriteFile(path, []byte("through the pipe"), 0)
	got, errs := walk(t, Options{}, path)
	if len(errs) > 0 || len(got) != 1 || !strings.HasSuffix(got[0], "=through the pipe <nil>") {
		t.Errorf("got %q, %v", got, errs)
	}
}

// A block of zstd or bzip2 has to be seen whole before it tells anything.
func TestSniffIncompressible(t *testing.T) {
	noise := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	b := tarEntries(t, file("a", string(noise)))
	for name, b := range map[string][]byte{"tar": b, "gzip": gz(b), "zstd": zst(b), "xz": xzip(b), "bzip2": bzip2(t, b)} {
		if b == nil {
			continue
		}
		for o, err := range Walk(t.Context(), []string{"-"}, Options{Stdin: bytes.NewReader(b)}) {
			if err != nil || o.Name != "a" {
				t.Fatalf("%s on standard input: got %v, %v; want its member", name, o, err)
			}
			o.Release()
		}
	}
}

// A walk that waits for a pipe ends with its context, wherever it waits.
func TestCancelWhileWaiting(t *testing.T) {
	live := tarEntry{file("a.json", "").Header, strings.Repeat("x", 1<<20)}
	live.Size = sortBudget + 1
	for name, c := range map[string]struct {
		path string
		head []byte
	}{
		"opening a pipe": {fifo(t), nil}, "idle": {"-", nil}, "in the content": {"-", bytes.Repeat([]byte("x"), 1<<20)},
		"in a tar": {"-", tarEntries(t, file("a", strings.Repeat("x", 1<<20)))[:1<<19]}, "in a live member": {"-", tarEntries(t, live)},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			r, w := io.Pipe()
			defer w.Close()
			go w.Write(c.head)
			time.AfterFunc(50*time.Millisecond, cancel)
			within(t, drainAll(ctx, c.path, r))
		})
	}
}

// drainAll reads every object on a goroutine of its own; the channel is closed
// when the walk and all of them are done.
func drainAll(ctx context.Context, path string, stdin io.Reader) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var readers sync.WaitGroup
		defer readers.Wait()
		for o, err := range Walk(ctx, []string{path}, Options{Stdin: stdin}) {
			if err == nil {
				readers.Go(func() { drain(ctx, o) })
			}
		}
	}()
	return done
}

// Who leaves the loop can still read what it gave, and nothing hangs.
func TestBreak(t *testing.T) {
	path := fifo(t)
	go os.WriteFile(path, []byte("{}"), 0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var first *Object
		for first = range Walk(t.Context(), []string{path}, Options{}) {
			break
		}
		r, err := first.Open(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close()
		if b, err := io.ReadAll(r); string(b) != "{}" || err != nil {
			t.Errorf("got %q, %v", b, err)
		}
	}()
	within(t, done)
}
