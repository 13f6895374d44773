package source

import (
	"path"
	"strings"
	"time"
)

// Kind is what CloudTrail delivers under a name.
type Kind int

const (
	KindUnknown Kind = iota
	KindLog
	KindDigest
	KindInsight
	KindNetworkActivity
	KindAggregated
	KindMetadata // what a copy keeps of the S3 metadata of digests
	KindManifest // the list of what was fetched into a copy
)

// kindNames are the words of the names, in keys and base names alike.
var kindNames = [...]string{"", "CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated", "metadata", "manifest"}

// String gives the word that stands in names: "CloudTrail" for logs, "" when
// the name says nothing.
func (k Kind) String() string { return kindNames[k] }

func kindOf(word string) Kind {
	for k, name := range kindNames[1:KindMetadata] {
		if word == name {
			return Kind(k + 1)
		}
	}
	return KindUnknown
}

// Key is what CloudTrail's naming convention says of an object. The zero value
// says nothing. The convention is the CloudTrail user guide's:
//
//	[prefix/]AWSLogs/[o-ID/]ACCOUNT/KIND/REGION/YYYY/MM/DD/
//	    ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_16CHARS.json.gz
//	    ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_YYYYMMDDTHHmmssZ[_backfill].json.gz
type Key struct {
	Kind       Kind
	Account    string
	Org        string // organisation ID, from the folder only
	Region     string
	Time       time.Time // delivery minute of a log, end of a digest's window; UTC
	Trail      string    // of a digest
	HomeRegion string    // of a digest
	Backfill   bool      // of a digest
	ID         string    // of a log: sixteen characters
	// Foreign says that it lies in one of CloudTrail's folders under a name that
	// CloudTrail does not give.
	Foreign bool
}

// ShortKey is the part of a path from its last "AWSLogs/" on, "" when there is
// none.
func ShortKey(name string) string {
	i := strings.LastIndex(name, "AWSLogs/")
	if i < 0 || i > 0 && name[i-1] != '/' {
		return ""
	}
	return name[i:]
}

// OtherService gives the service in whose folder below AWSLogs a file is, as in
// AWSLogs/ACCOUNT/vpcflowlogs/, "" when that is CloudTrail, or none.
func OtherService(name string) string {
	dirs := strings.Split(strings.TrimPrefix(path.Dir(ShortKey(name)), "AWSLogs/"), "/")
	if strings.HasPrefix(dirs[0], "o-") {
		dirs = dirs[1:]
	}
	if len(dirs) < 2 || !isAccount(dirs[0]) || strings.HasPrefix(dirs[1], "CloudTrail") {
		return ""
	}
	return dirs[1]
}

// ParseKey reads a path or a base name. The base name decides; a folder adds
// the organisation and stands in where the base name says nothing. The suffix
// of a compression, or its absence, does not matter.
func ParseKey(name string) Key {
	switch base := path.Base(name); {
	case isMetadata(base):
		return Key{Kind: KindMetadata}
	case base == ManifestName:
		return Key{Kind: KindManifest}
	}
	k := parseBase(trimSuffixes(path.Base(name)))
	if short := ShortKey(name); short != "" {
		given := k.Kind == KindDigest || k.Kind != KindUnknown && isID(k.ID)
		k.Foreign = k.fromFolders(strings.Split(path.Dir(short), "/")[1:]) && !given
	}
	return k
}

// isID knows the sixteen letters and digits at the end of a log's name.
func isID(s string) bool {
	notAlphanumeric := func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }
	return len(s) == 16 && !strings.ContainsFunc(s, notAlphanumeric)
}

func trimSuffixes(base string) string {
	for _, s := range [...]string{".gz", ".zst", ".xz", ".bz2"} {
		base = strings.TrimSuffix(base, s)
	}
	return strings.TrimSuffix(base, ".json")
}

func parseBase(base string) Key {
	account, rest, _ := strings.Cut(base, "_")
	word, rest, _ := strings.Cut(rest, "_")
	kind := kindOf(word)
	region, rest, ok := strings.Cut(rest, "_")
	if kind == KindUnknown || !ok || !isAccount(account) || !isRegion(region) {
		return Key{}
	}
	k := Key{Kind: kind, Account: account, Region: region}
	if kind == KindDigest {
		ok = k.digestTail(rest)
	} else {
		ok = k.logTail(rest)
	}
	if !ok {
		return Key{}
	}
	return k
}

// logTail reads YYYYMMDDTHHmmZ_16CHARS.
func (k *Key) logTail(s string) bool {
	stamp, id, _ := strings.Cut(s, "_")
	var ok bool
	k.Time, ok = parseStamp(stamp)
	k.ID = id
	return ok && id != ""
}

// digestTail reads TRAIL_HOMEREGION_YYYYMMDDTHHmmssZ[_backfill] from its end,
// because a trail's name may itself contain underscores.
func (k *Key) digestTail(s string) bool {
	s, k.Backfill = strings.CutSuffix(s, "_backfill")
	s, stamp, ok := cutLast(s)
	if !ok {
		return false
	}
	if k.Time, ok = parseStamp(stamp); !ok {
		return false
	}
	k.Trail, k.HomeRegion, ok = cutLast(s)
	return ok && k.Trail != "" && isRegion(k.HomeRegion)
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '_')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// parseStamp reads 20150817T1501Z or 20150817T150131Z.
func parseStamp(s string) (time.Time, bool) {
	layout := "20060102T150405Z"
	if len(s) == len("20150817T1501Z") {
		layout = "20060102T1504Z"
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// fromFolders reads [o-ID] ACCOUNT KIND REGION … below AWSLogs, and reports
// whether that is one of CloudTrail's folders.
func (k *Key) fromFolders(dirs []string) bool {
	if len(dirs) > 0 && strings.HasPrefix(dirs[0], "o-") {
		k.Org, dirs = dirs[0], dirs[1:]
	}
	if len(dirs) < 3 || !isAccount(dirs[0]) || !isRegion(dirs[2]) || kindOf(dirs[1]) == KindUnknown {
		return false
	}
	if k.Kind == KindUnknown {
		k.Kind, k.Account, k.Region = kindOf(dirs[1]), dirs[0], dirs[2]
	}
	return true
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// isRegion accepts what regions look like in every partition, us-east-1 and
// us-gov-west-1 and cn-north-1, without knowing their list.
func isRegion(s string) bool {
	if len(s) < 5 || len(s) > 32 || strings.Count(s, "-") < 2 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Folder is what a key's folder says below AWSLogs, as far as it goes.
type Folder struct {
	Org, Account string
	Kind         Kind
	Region       string
	Below        bool // there are folders below the region's
}

// ParseFolder reads a folder's key, which ends in a slash; ok is false when
// there is no AWSLogs in it, or below that something else than CloudTrail's.
func ParseFolder(key string) (f Folder, ok bool) {
	short := ShortKey(key)
	if short == "" {
		return f, false
	}
	dirs := strings.Split(strings.TrimSuffix(strings.TrimPrefix(short, "AWSLogs/"), "/"), "/")
	if strings.HasPrefix(dirs[0], "o-") {
		f.Org, dirs = dirs[0], dirs[1:]
	}
	for i, dir := range dirs {
		switch {
		case i == 0 && (isAccount(dir) || dir == ""):
			f.Account = dir
		case i == 1 && kindOf(dir) != KindUnknown:
			f.Kind = kindOf(dir)
		case i == 2 && isRegion(dir):
			f.Region = dir
		case i > 2:
			f.Below = true
		default:
			return f, false
		}
	}
	return f, true
}
