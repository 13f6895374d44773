package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/digest"
	"ctlog/source/aws"
	"ctlog/trail"
)

// addKeysEndpoint adds the one way by which public keys come from elsewhere.
func (r *remote) addKeysEndpoint(f *pflag.FlagSet) {
	f.StringVar(&r.keysEndpoint, "keys-endpoint", "", "ask `URL` for public keys instead of AWS; they count for this run and are never stored")
}

// checkKeysEndpoint refuses what is not a URL, and what would let anyone
// between here and there put in keys of theirs, or would do nothing.
func (r *remote) checkKeysEndpoint(cmd *cobra.Command) error {
	if r.keysEndpoint == "" {
		return nil
	}
	u, err := url.Parse(r.keysEndpoint)
	fetch := cmd.Flags().Lookup("fetch-keys")
	switch {
	case fetch != nil && fetch.Value.String() != "true":
		return misuse("--fetch-keys --keys-endpoint "+r.keysEndpoint, "--keys-endpoint says whom --fetch-keys asks, and there is no --fetch-keys")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return misuse("--keys-endpoint https://host", "--keys-endpoint %q: not a URL", r.keysEndpoint)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return misuse("only a server on this computer can do without", "--keys-endpoint %q: not https, so anyone on the way there could put in keys", r.keysEndpoint)
	}
	return nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// published asks CloudTrail for the keys of a region that were valid at some
// time of a span.
func (a *app) published(ctx context.Context, region string, from, to time.Time) (keys []trail.PublishedKey, err error) {
	given, err := aws.Publisher{Config: a.s3().Config, Endpoint: a.remote.keysEndpoint}.PublicKeys(ctx, region, from, to)
	for _, k := range given {
		keys = append(keys, trail.PublishedKey{
			Value: k.Value, ValidityStartTime: k.Start, ValidityEndTime: k.End, Fingerprint: k.Fingerprint,
			Origin: trail.FromAWS(k.Value, k.Region, k.Endpoint, k.RequestID, k.Asked),
		})
	}
	return keys, err
}

// moreKeys fetches keys that are lacking, for this run; files learns where they
// are from.
func (a *app) moreKeys(files *keyFiles) func(context.Context, []digest.KeyNeed) []digest.PublicKey {
	return func(ctx context.Context, lacking []digest.KeyNeed) (all []digest.PublicKey) {
		for _, n := range a.askable(lacking) {
			list, err := a.fetchedKeys(ctx, n)
			if err != nil {
				a.keysFailed("--fetch-keys", n.Region, err)
				continue
			}
			keys, err := trail.Usable(list, "--fetch-keys")
			if err != nil {
				a.voice.Error("--fetch-keys: %s: %s", n.Region, err)
			}
			sum := sha256.Sum256(trail.KeyDocument(list))
			files.add(trail.KeyFile{Path: "CloudTrail in " + n.Region, SHA256: hex.EncodeToString(sum[:]), Keys: keys}, "--fetch-keys")
			all = append(all, keys...)
		}
		return all
	}
}

// maxRegions bounds the regions that are asked: AWS has fewer, but what is asked
// for is named by digests that nothing proves yet.
const maxRegions = 64

// askable are the regions that most digests name, if there are too many.
func (a *app) askable(lacking []digest.KeyNeed) []digest.KeyNeed {
	if len(lacking) <= maxRegions {
		return lacking
	}
	slices.SortStableFunc(lacking, func(a, b digest.KeyNeed) int { return cmp.Compare(b.Digests, a.Digests) })
	a.voice.Error("--fetch-keys: the digests name %d regions, more than AWS has; keys of the %d that most of them name are asked for", len(lacking), maxRegions)
	a.voice.Hint("--region asks for others, one run each")
	return lacking[:maxRegions]
}

func (a *app) fetchedKeys(ctx context.Context, n digest.KeyNeed) ([]trail.PublishedKey, error) {
	keys, err := a.published(ctx, n.Region, n.From, n.To.Add(time.Hour))
	if err == nil && len(keys) == 0 {
		err = errors.New("CloudTrail publishes no key for " + strings.Join(n.Fingerprints, ", "))
	}
	return keys, err
}

// keysFailed says why a region's keys are not to be had.
func (a *app) keysFailed(who, region string, err error) {
	if a.ctx.Err() == nil {
		a.voice.Error("%s: %s: %s", who, region, err)
		a.remote.hint(a.voice, err)
	}
}
