package source

import (
	"path"
	"testing"
	"time"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParseKey(t *testing.T) {
	log := Key{Kind: KindLog, Account: "111122223333", Region: "us-east-1", Time: at("2024-01-09T10:05:00Z"), ID: "AbCdEfGhIjKlMnOp"}
	digest := Key{Kind: KindDigest, Account: "111122223333", Region: "us-gov-west-1", Time: at("2015-08-17T15:01:31Z"), Trail: "my_odd-trail.name", HomeRegion: "cn-north-1"}
	backfill := digest
	backfill.Backfill = true
	inOrg := log
	inOrg.Org = "o-abc123"
	copied := log
	copied.ID, copied.Foreign = log.ID+" (1)", true
	insight := log
	insight.Kind = KindInsight
	for _, c := range []struct {
		name string
		want Key
	}{
		{"111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.gz", log},
		{"111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json", log},
		{"111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.zst", log},
		{"111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.xz", log},
		{"111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.bz2", log},
		{"pre/fix/AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.gz", log},
		{"AWSLogs/o-abc123/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.gz", inOrg},
		{"111122223333_CloudTrail-Insight_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.gz", insight},
		{"111122223333_CloudTrail-Digest_us-gov-west-1_my_odd-trail.name_cn-north-1_20150817T150131Z.json.gz", digest},
		{"111122223333_CloudTrail-Digest_us-gov-west-1_my_odd-trail.name_cn-north-1_20150817T150131Z_backfill.json.gz", backfill},
		{"AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/renamed.json.gz", Key{Kind: KindLog, Account: "111122223333", Region: "us-east-1", Foreign: true}},
		{"AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp (1).json.gz", copied},
		{"AWSLogs/111122223333/CloudTrail/us-east-1/111122223333_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.bz2", log},
		{"AWSLogs/111122223333/CloudTrail-Digest/", Key{}},
		{"1111_CloudTrail_us-east-1_20240109T1005Z_AbCdEfGhIjKlMnOp.json.gz", Key{}},
		{"111122223333_CloudTrail_us-east-1_20240199T1005Z_AbCdEfGhIjKlMnOp.json.gz", Key{}},
		{"111122223333_CloudTrail-Digest_us-east-1_us-east-1_20150817T150131Z.json.gz", Key{}},
		{"notes.txt", Key{}},
		{"", Key{}},
	} {
		if got := ParseKey(c.name); got != c.want {
			t.Errorf("ParseKey(%q)\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestShortKey(t *testing.T) {
	for name, want := range map[string]string{
		"x/AWSLogs/1/y": "AWSLogs/1/y", "AWSLogs/a/AWSLogs/b": "AWSLogs/b", "x/myAWSLogs/b": "", "y.json": "",
	} {
		if got := ShortKey(name); got != want {
			t.Errorf("ShortKey(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOtherService(t *testing.T) {
	for name, want := range map[string]string{
		"x/AWSLogs/111122223333/vpcflowlogs/us-east-1/2024/01/09/f.log.gz": "vpcflowlogs", "AWSLogs/o-1/111122223333/Config/us-east-1/c.json.gz": "Config",
		"AWSLogs/111122223333/CloudTrail/us-east-1/x.json.gz": "", "AWSLogs/111122223333/CloudTrail-Lake/Query/x.csv.gz": "",
		"AWSLogs/111122223333/x.json": "", "AWSLogs/x/y/z.json": "", "vpcflowlogs/x.gz": "", "": "",
	} {
		if got := OtherService(name); got != want {
			t.Errorf("OtherService(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, n := range names {
		f.Add(n)
	}
	f.Add("111122223333_CloudTrail-Digest_us-gov-west-1_a_b_cn-north-1_20150817T150131Z_backfill.json.gz")
	f.Fuzz(func(t *testing.T, name string) {
		k := ParseKey(name)
		if base := ParseKey(path.Base(name)); base.Kind != KindUnknown && (base.Kind != k.Kind || base.Time != k.Time) {
			t.Errorf("%q: the folder overruled the name: %+v, %+v", name, k, base)
		}
	})
}

func BenchmarkParseKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseKey(names[0])
	}
}
