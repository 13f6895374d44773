package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// A set of names whose order by path differs from the order of a naive walk.
var names = []string{
	"AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T1005Z_AAAAAAAAAAAAAAAA.json.gz",
	"AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/10/111122223333_CloudTrail_us-east-1_20240110T1005Z_BBBBBBBBBBBBBBBB.json.gz",
	"a-b/x.json", "a.txt", "a/one.json", "a/two.json", "a0/x.json", "b", "b-/y.json", "empty.json", "z/deep/er/still.json",
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func content(name string) string {
	if name == "empty.json" {
		return ""
	}
	return "content of " + name
}

func folder(t *testing.T) string {
	dir := t.TempDir()
	for _, n := range names {
		write(t, filepath.Join(dir, n), content(n))
	}
	return dir
}

// shuffled gives the names in an order of no use.
func shuffled() []string {
	out := slices.Clone(names)
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(b[len(b)/2:], a[len(a)/2:]) })
	return out
}

func tarOf(t *testing.T, names []string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Name: "a/", Typeflag: tar.TypeDir, Mode: 0o755})
	for _, n := range names {
		if err := w.WriteHeader(&tar.Header{Name: "./" + n, Size: int64(len(content(n))), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content(n))
	}
	w.Close()
	return b.Bytes()
}

func zipOf(t *testing.T, names []string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		f, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, content(n))
	}
	w.Close()
	return b.Bytes()
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func zst(b []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(b, nil)
}

func xzip(b []byte) []byte {
	var out bytes.Buffer
	w, _ := xz.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// bzip2 gives nil where there is no bzip2.
func bzip2(t *testing.T, b []byte) []byte {
	cmd := exec.Command("bzip2", "-c")
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Logf("bzip2: %v", err)
		return nil
	}
	return out
}

// walk lists "name=content" and errors, opening each object on a goroutine of
// its own as the workers do.
func walk(t *testing.T, o Options, paths ...string) (got []string, errs []error) {
	t.Helper()
	var wg sync.WaitGroup
	var parts []*string
	for obj, err := range Walk(t.Context(), paths, o) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s := new(string)
		parts = append(parts, s)
		wg.Go(func() {
			r, err := obj.Open(t.Context())
			if err != nil {
				*s = err.Error()
				return
			}
			defer r.Close()
			b, err := io.ReadAll(r)
			*s = fmt.Sprintf("%s=%s %v", obj.Name, b, err)
		})
	}
	wg.Wait()
	for _, p := range parts {
		got = append(got, *p)
	}
	return got, errs
}

func wanted() []string {
	var out []string
	for _, n := range names {
		out = append(out, n+"="+content(n)+" <nil>")
	}
	return out
}

// However the evidence is packed, the same objects come in the same order.
func TestSameOrderHoweverPacked(t *testing.T) {
	dir := t.TempDir()
	order := shuffled()
	packed := map[string][]byte{
		"x.zip": zipOf(t, order), "x.tar": tarOf(t, order), "x.tar.gz": gz(tarOf(t, order)), "x.tgz": gz(tarOf(t, order)),
		"x.tar.zst": zst(tarOf(t, order)), "zip-without-name": zipOf(t, order), "tar-without-name": tarOf(t, order), "tgz-without-name": gz(tarOf(t, order)),
		"zst-without-name": zst(tarOf(t, order)), "x.tar.xz": xzip(tarOf(t, order)), "x.txz": xzip(tarOf(t, order)), "xz-without-name": xzip(tarOf(t, order)),
	}
	if b := bzip2(t, tarOf(t, order)); b != nil {
		packed["x.tar.bz2"], packed["x.tbz2"], packed["bzip2-without-name"] = b, b, b
	}
	check := func(what string, got []string, errs []error) {
		t.Helper()
		if !slices.Equal(got, wanted()) || len(errs) > 0 {
			t.Errorf("%s: got\n%s\nerrors %v, want\n%s", what, strings.Join(got, "\n"), errs, strings.Join(wanted(), "\n"))
		}
	}
	got, errs := walk(t, Options{}, folder(t))
	check("folder", got, errs)
	for name, b := range packed {
		path := filepath.Join(dir, name)
		write(t, path, string(b))
		got, errs := walk(t, Options{}, path)
		check(name, got, errs)
		got, errs = walk(t, Options{Stdin: bytes.NewReader(b)}, "-")
		check(name+" on standard input", got, errs)
	}
}

func TestArchiveInTree(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "in/x.zip"), string(zipOf(t, []string{"b", "a.txt"})))
	write(t, filepath.Join(dir, "in/y.tgz"), string(gz(tarOf(t, []string{"b"}))))
	write(t, filepath.Join(dir, "in/ctlog-metadata.jsonl"), "{}")
	got, errs := walk(t, Options{}, dir)
	want := []string{"in/x.zip/a.txt=content of a.txt <nil>", "in/x.zip/b=content of b <nil>", "in/y.tgz/b=content of b <nil>"}
	if !slices.Equal(got, want) || len(errs) != 1 || !errors.Is(errs[0], ErrSkipped) {
		t.Errorf("got %q, %v; want %q, and the metadata skipped", got, errs, want)
	}
}

func TestWhatIsSkippedIsSaid(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "real.json"), "{}")
	os.Symlink("real.json", filepath.Join(dir, "link.json"))
	write(t, filepath.Join(dir, "x.tar"), string(tarOf(t, []string{"b", "in.zip"})))
	got, errs := walk(t, Options{}, dir)
	if want := []string{"real.json={} <nil>", "x.tar/b=content of b <nil>"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(errs) != 2 || !errors.Is(errs[0], ErrSkipped) || !errors.Is(errs[1], ErrUnread) {
		t.Errorf("errors %v, want one about a link to what is read, and one about an archive that is not", errs)
	}
	if got, errs := walk(t, Options{}, filepath.Join(dir, "link.json")); len(got) != 1 || len(errs) != 0 {
		t.Errorf("a link named by the user: got %q, %v", got, errs)
	}
}

func TestArgErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ok.json"), "{}")
	got, errs := walk(t, Options{}, filepath.Join(dir, "absent"), "s3://bucket/x", "-", filepath.Join(dir, "ok.json"))
	if len(got) != 1 || len(errs) != 3 {
		t.Fatalf("got %q, errors %v; want one object after three errors", got, errs)
	}
	for _, err := range errs {
		var e *Error
		if !errors.As(err, &e) || !e.Arg {
			t.Errorf("%v: want an *Error about the argument", err)
		}
	}
	if !errors.Is(errs[0], os.ErrNotExist) || !errors.Is(errs[1], ErrNoBackend) {
		t.Errorf("errors %v", errs)
	}
}

func TestDamagedArchives(t *testing.T) {
	dir := t.TempDir()
	whole := tarOf(t, []string{"a.txt", "b"})
	for name, b := range map[string][]byte{
		"cut.tar": whole[:1800], "cut.tgz": gz(whole)[:len(gz(whole))-30], "cut.zip": zipOf(t, names)[:300],
		"noise.tar": bytes.Repeat([]byte("noise"), 500), "noise.tgz": []byte("noise"), "noise.tar.zst": []byte("noise"), "empty.zip": nil,
		"flipped.tgz": append(gz(whole)[:40], gz(whole)[45:]...), "noise.tar.xz": []byte("noise"), "noise.tbz2": []byte("noise"),
		"cut.tar.xz": xzip(whole)[:len(xzip(whole))-30], "flipped.txz": append(xzip(whole)[:90], xzip(whole)[95:]...),
	} {
		path := filepath.Join(dir, name)
		write(t, path, string(b))
		_, errs := walk(t, Options{}, path)
		if len(errs) != 1 {
			t.Errorf("%s: errors %v, want one", name, errs)
		}
	}
}

// Names that try to climb out are shown harmlessly and touch nothing.
func TestHostileNames(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range []string{"../../etc/passwd", "/abs", `c:\win\x`, "dup", "dup"} {
		f, _ := w.Create(n)
		io.WriteString(f, n)
	}
	w.Close()
	path := filepath.Join(t.TempDir(), "evil.zip")
	write(t, path, b.String())
	got, errs := walk(t, Options{}, path)
	want := []string{"abs=/abs <nil>", `c:/win/x=c:\win\x <nil>`, "dup=dup <nil>", "dup=dup <nil>", "etc/passwd=../../etc/passwd <nil>"}
	if !slices.Equal(got, want) || len(errs) > 0 {
		t.Errorf("got %q, %v; want %q", got, errs, want)
	}
}

func TestUnreadableDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a/x.json"), "{}")
	write(t, filepath.Join(dir, "b/x.json"), "{}")
	os.Chmod(filepath.Join(dir, "a"), 0)
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "a"), 0o755) })
	if _, err := os.ReadDir(filepath.Join(dir, "a")); err == nil {
		t.Skip("this user may read everything")
	}
	got, errs := walk(t, Options{}, dir)
	if len(got) != 1 || len(errs) != 1 || !errors.Is(errs[0], os.ErrPermission) {
		t.Errorf("got %q, %v; want b/x.json and a permission error", got, errs)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for range Walk(ctx, []string{folder(t)}, Options{}) {
		if n++; n == 3 {
			cancel()
		}
	}
	if n != 3 {
		t.Errorf("%d objects after the end of the context", n-3)
	}
}

func TestWant(t *testing.T) {
	want := func(k Key) bool { return k.Kind == KindLog }
	for _, path := range []string{folder(t)} {
		if got, _ := walk(t, Options{Want: want}, path); len(got) != 2 {
			t.Errorf("got %q, want the two logs", got)
		}
	}
}

func TestMeasure(t *testing.T) {
	dir := folder(t)
	var want int64
	for _, n := range names {
		want += int64(len(content(n)))
	}
	files, bytes, ok := Measure(t.Context(), []string{dir})
	if !ok || files != int64(len(names)) || bytes != want {
		t.Errorf("%d files, %d bytes, %v; want %d, %d", files, bytes, ok, len(names), want)
	}
	write(t, filepath.Join(dir, "x.zip"), "")
	for _, p := range []string{dir, "-", filepath.Join(dir, "absent"), "s3://b/p"} {
		if _, _, ok := Measure(t.Context(), []string{p}); ok {
			t.Errorf("%s can be measured", p)
		}
	}
}
