package main

import (
	"testing"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// cloud is the S3 and CloudTrail of a test.
type cloud struct{ *cloudtest.Server }

func newCloud(t *testing.T) *cloud { return &cloud{cloudtest.New(t)} }

// hold makes a copy the content of the bucket.
func (c *cloud) hold(held *trailgen.Copy) { c.Hold(held) }
