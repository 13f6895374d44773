package source_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"ctlog/source"
)

// A walk yields the members of an archive like the files of a folder, in the
// order of their names, and says what CloudTrail's naming convention tells.
func ExampleWalk() {
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range []string{
		"AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T0830Z_AbCdEfGhIjKlMnOp.json.gz",
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2024/01/09/111122223333_CloudTrail_eu-west-1_20240109T0900Z_QrStUvWxYzAbCdEf.json.gz",
	} {
		w.WriteHeader(&tar.Header{Name: name, Mode: 0o600})
	}
	w.Close()
	os.WriteFile(filepath.Join(dir, "evidence.tar"), b.Bytes(), 0o600)

	for object, err := range source.Walk(context.Background(), []string{dir}, source.Options{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(object.Key.Kind, object.Key.Account, object.Key.Region, object.Key.Time.Format("15:04"))
		object.Release()
	}
	// Output:
	// CloudTrail 111122223333 eu-west-1 09:00
	// CloudTrail 111122223333 us-east-1 08:30
}
