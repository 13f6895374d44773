// Package digest verifies CloudTrail log files offline: that a copy is what
// CloudTrail delivered, nothing altered, deleted, added or cut off.
//
// It reads no files, opens no connection and stands on the standard library
// alone, so that an auditor can read it in one sitting: digest.go, keys.go and
// signatures.go read the three inputs; naming.go finds what a digest is, proof.go
// what proves it, judge.go what becomes of it; chain.go puts digests in order,
// gaps.go, moved.go and keyuse.go find what is wrong between them; logs.go judges
// logs, report.go concludes, explain.go adds reasons. A Store hands over the
// evidence.
//
// # What is checked
//
// CloudTrail writes, for every hour, account and region of a trail, a digest: a
// gzip'd JSON object that names each log file it delivered in that hour with
// the SHA-256 of its inflated content, and the digest of the hour before with
// hash and signature. All hashes are of inflated bytes; compression does not
// matter.
//
// The signature of a digest is RSASSA-PKCS1-v1_5 with SHA-256 over
//
//	digestEndTime LF digestS3Bucket/digestS3Object LF hex(SHA-256(content)) LF previousDigestSignature
//
// where the values are as they stand in the digest, the hash is in lower case,
// there is no line feed at the end, and a signature that is null is the word
// null. It is kept, in hex, in two places: in the S3 metadata of the digest
// (x-amz-meta-signature), and in the digest that follows
// (previousDigestSignature). Either proves the digest, and a bad one in one
// place does not outweigh a good one in the other.
//
// By hand, for a digest d.json.gz whose signature stands in signature.hex,
// with the key that it names in Value of `aws cloudtrail list-public-keys`:
//
//	gunzip -c d.json.gz > d.json
//	sum=$(sha256sum < d.json | cut -d' ' -f1)
//	jq -j --arg sum "$sum" '.digestEndTime, "\n", .digestS3Bucket, "/", .digestS3Object, "\n", $sum, "\n", .previousDigestSignature' d.json > signed
//	xxd -r -p signature.hex > signature
//	base64 -d value.txt | openssl rsa -RSAPublicKey_in -inform DER -pubout -out key.pem
//	openssl dgst -sha256 -verify key.pem -signature signature signed
//
// (A Value that is SubjectPublicKeyInfo needs -pubin instead of
// -RSAPublicKey_in.) And for each log that a valid digest lists:
//
//	gunzip -c log.json.gz | sha256sum   # is its hashValue
//
// A digest is Valid when such a signature verifies and its name does not claim
// to be another one; Altered when signatures exist and none verifies, when its
// content belongs to the name of another digest, or when a valid successor names
// another hash; Unreadable when it is no sound gzip stream of one member with
// one JSON object of the right form; Unread when it could not be opened;
// Unverified when a signature or a key is lacking; Missing when a valid
// successor names it, it is not here, and the copy reaches back further. A
// digest under a name that is none of a digest's is what its content says.
//
// What is not proven itself may prove and never refutes: the signature that an
// unproven digest has of its predecessor proves that one if it verifies, and
// says nothing if it does not; only valid digests make others be expected, or
// meet what is expected. Every signature at hand is tried.
//
// The logs follow from the digests: see Status. The digests of one account,
// region, trail and home region form a chain; backfill digests, which list logs
// that came late, form their own. Time between the windows of a chain is a Gap;
// a digest in mid-chain that names no predecessor is a Restart; an end before
// Options.Until, or well before that of other regions, is a Tail. A chain that is
// signed for another bucket than it was read from, than Options.ExpectBucket or
// than before is Moved. A key that was used outside its validity, for another
// region than it was published for, or under a fingerprint that is not its MD5
// is a finding Key. None of these is a fault of a file; each leaves the evidence
// Incomplete. A gap or a tail is explained by proven events of its own account,
// or of its organisation.
//
// # What is not proven
//
// That AWS signed this content for this bucket and key is all that a signature
// says, under keys that all customers of a region share. It does not say that
// this was the account's only trail, nor which events the trail selected. Of
// the time before the oldest and after the newest digest nothing is known,
// unless Options.Since and Until or another region of the same trail reach
// further. A chain of backfills has no hours that must be there: its newest
// digests can be gone, with the logs that they list. A trail that was deleted
// and made anew, of which every older file was then removed, looks like a new
// trail. Whether digests list Insight or network activity files is not
// documented; they are counted as other.
//
// Evidence is hostile: digests may lie, be huge, or name each other in circles.
// No input panics; what a digest says counts only as far as it is proven, or
// against it.
package digest
