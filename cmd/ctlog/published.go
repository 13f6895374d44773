package main

import (
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"ctlog/digest"
	"ctlog/source/s3"
	"ctlog/trail"
)

// publishedKey is a public key as `aws cloudtrail list-public-keys` prints it.
type publishedKey struct {
	Value                              []byte
	ValidityStartTime, ValidityEndTime time.Time
	Fingerprint                        string
}

// md5 is what the fingerprint ought to be.
func (k publishedKey) md5() string {
	sum := md5.Sum(k.Value)
	return hex.EncodeToString(sum[:])
}

// answerTime is how long CloudTrail may take for one page.
const answerTime = 9 * time.Second

// published asks CloudTrail for the keys of a region that were valid at some
// time of a span: one request a page.
func (a *app) published(ctx context.Context, region string, from, to time.Time) (keys []publishedKey, err error) {
	cfg, err := a.s3().Config()
	if err != nil {
		return nil, err
	}
	client := cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) { o.Region, o.Retryer = region, s3.Patient(o.Retryer) })
	pages := cloudtrail.NewListPublicKeysPaginator(client, &cloudtrail.ListPublicKeysInput{StartTime: &from, EndTime: &to})
	for pages.HasMorePages() {
		page, err := nextPage(ctx, pages)
		if err != nil {
			return keys, err
		}
		for _, k := range page.PublicKeyList {
			keys = append(keys, publishedKey{k.Value, aws.ToTime(k.ValidityStartTime), aws.ToTime(k.ValidityEndTime), aws.ToString(k.Fingerprint)})
		}
	}
	return keys, nil
}

func nextPage(ctx context.Context, pages *cloudtrail.ListPublicKeysPaginator) (*cloudtrail.ListPublicKeysOutput, error) {
	timed, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	page, err := pages.NextPage(timed)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, s3.Explain(err)
	}
	return page, nil
}

// asPrinted is a document as the AWS CLI prints it, each key once.
func asPrinted(keys []publishedKey) []byte {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b publishedKey) int {
		return cmp.Or(a.ValidityStartTime.Compare(b.ValidityStartTime), cmp.Compare(a.Fingerprint, b.Fingerprint), slices.Compare(a.Value, b.Value))
	})
	keys = slices.CompactFunc(keys, func(a, b publishedKey) bool {
		return a.Fingerprint == b.Fingerprint && slices.Equal(a.Value, b.Value)
	})
	doc := struct{ PublicKeyList []publishedKey }{append([]publishedKey{}, keys...)}
	b, _ := json.MarshalIndent(doc, "", "    ") // of nothing that could fail
	return append(b, '\n')
}

// moreKeys fetches keys that are lacking; files learns where they are from.
func (a *app) moreKeys(files *keyFiles) func(context.Context, []digest.KeyNeed) []digest.PublicKey {
	return func(ctx context.Context, lacking []digest.KeyNeed) (all []digest.PublicKey) {
		for _, n := range lacking {
			doc, err := a.fetchedKeys(ctx, n)
			if err != nil {
				a.keysFailed("--fetch-keys", n.Region, err)
				continue
			}
			keys, err := digest.ParseKeys(doc)
			if err != nil {
				a.voice.Error("--fetch-keys: %s: %s", n.Region, err)
			}
			for i := range keys {
				keys[i].Origin = digest.Origin{Source: "--fetch-keys", Region: n.Region}
			}
			sum := sha256.Sum256(doc)
			files.add(trail.KeyFile{Path: "CloudTrail in " + n.Region, SHA256: hex.EncodeToString(sum[:]), Keys: keys}, "--fetch-keys")
			all = append(all, keys...)
		}
		return all
	}
}

func (a *app) fetchedKeys(ctx context.Context, n digest.KeyNeed) ([]byte, error) {
	keys, err := a.published(ctx, n.Region, n.From, n.To.Add(time.Hour))
	if err == nil && len(keys) == 0 {
		err = errors.New("CloudTrail publishes no key for " + strings.Join(n.Fingerprints, ", "))
	}
	return asPrinted(keys), err
}

// keysFailed says why a region's keys are not to be had.
func (a *app) keysFailed(who, region string, err error) {
	if a.ctx.Err() == nil {
		a.voice.Error("%s: %s: %s", who, region, err)
		a.remote.hint(a.voice, err)
	}
}
