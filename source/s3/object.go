package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func transport(connections int) func(*http.Transport) {
	return func(t *http.Transport) {
		t.MaxIdleConnsPerHost = max(t.MaxIdleConnsPerHost, connections)
		t.ResponseHeaderTimeout = headerTimeout
		t.TLSHandshakeTimeout = firstAnswer
	}
}

// Content is an object that is being read. A connection that breaks or stalls
// is taken up again where it ended.
type Content struct {
	Size         int64
	ETag         string
	VersionID    string
	LastModified time.Time

	metadata map[string]string
	bucket   *Bucket
	key      string
	version  string // "": the latest
	ctx      context.Context
	body     io.ReadCloser
	stop     context.CancelCauseFunc
	stall    *time.Timer
	at       int64
	failures int // in a row
}

// Metadata is the object's user metadata, names in lower case.
func (c *Content) Metadata() map[string]string { return c.metadata }

// Get opens an object. The error is an *Error. ctx must last until Close.
func (u *Bucket) Get(ctx context.Context, key string) (*Content, error) {
	return u.GetVersion(ctx, key, "")
}

// GetVersion opens one version of an object, the latest for "".
func (u *Bucket) GetVersion(ctx context.Context, key, version string) (*Content, error) {
	c := &Content{bucket: u, key: key, version: version, ctx: ctx}
	out, err := c.request(&s3.GetObjectInput{})
	if err != nil {
		return nil, err
	}
	c.Size, c.ETag, c.VersionID = aws.ToInt64(out.ContentLength), aws.ToString(out.ETag), aws.ToString(out.VersionId)
	c.LastModified, c.metadata = aws.ToTime(out.LastModified), out.Metadata
	return c, nil
}

// request opens the body; what breaks off ends with stop.
func (c *Content) request(in *s3.GetObjectInput) (out *s3.GetObjectOutput, err error) {
	in.Bucket, in.Key, in.VersionId, in.RequestPayer = &c.bucket.Name, &c.key, given(c.version), c.bucket.b.payer()
	ctx, stop := context.WithCancelCause(c.ctx)
	err = c.bucket.ask(func(client *s3.Client) (err error) {
		out, err = client.GetObject(ctx, in)
		return err
	})
	if err != nil {
		stop(nil)
		return nil, c.ended(err)
	}
	c.body, c.stop = out.Body, stop
	c.stall = time.AfterFunc(stallTimeout, func() { stop(errStalled) })
	c.stall.Stop() // it runs while someone waits for bytes
	return out, nil
}

var errStalled = fmt.Errorf("nothing came for %s", stallTimeout)

// ended prefers the end of the run to what it made of a request.
func (c *Content) ended(err error) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return err
}

func (c *Content) Read(p []byte) (int, error) {
	for {
		c.stall.Reset(stallTimeout)
		n, err := c.body.Read(p)
		c.stall.Stop()
		c.at += int64(n)
		if n > 0 {
			c.failures = 0
		}
		switch {
		case n > 0 || err == nil:
			return n, nil
		case err == io.EOF && c.at == c.Size:
			return 0, io.EOF
		case c.ctx.Err() != nil:
			return 0, context.Cause(c.ctx)
		}
		if err := c.resume(err); err != nil {
			return 0, err
		}
	}
}

// resumes is how often in a row a connection may break without a byte.
const resumes = 4

// resume asks for the rest, of the same object and no other.
func (c *Content) resume(broken error) error {
	if c.failures++; c.failures > resumes || c.at >= c.Size {
		return &Error{What: fmt.Sprintf("the connection broke after %d of %d bytes: %s", c.at, c.Size, oneLine(broken)), Hint: hintNetwork, Err: errors.Join(io.ErrUnexpectedEOF, broken)}
	}
	c.Close()
	rest := fmt.Sprintf("bytes=%d-", c.at)
	_, err := c.request(&s3.GetObjectInput{Range: &rest, IfMatch: &c.ETag})
	return err
}

// Close ends the reading.
func (c *Content) Close() error {
	c.stall.Stop()
	c.stop(nil)
	return c.body.Close()
}
