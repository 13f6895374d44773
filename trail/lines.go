package trail

import (
	"bytes"
	"encoding/json"
	"time"
)

// ManifestLine is a line of ctlog-manifest.jsonl: an object as it was fetched.
type ManifestLine struct {
	Bucket   string    `json:"bucket"`
	Key      string    `json:"key"`
	Version  string    `json:"version,omitempty"`
	ETag     string    `json:"etag"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	SHA256   string    `json:"sha256"`
}

// MetadataLine is a line of ctlog-metadata.jsonl: what S3 kept beside a digest.
type MetadataLine struct {
	Bucket   string            `json:"bucket"`
	Key      string            `json:"key"`
	Metadata map[string]string `json:"metadata"`
}

// AppendLine makes a line of JSON.
func AppendLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
