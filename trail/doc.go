// Package trail is one copy of trails. Copy hands it to a verification: it finds
// out by content what files are (kinds.go), picks the events that touch a trail
// (controls.go), and says what it could not read (beside.go). With it go the
// public keys by which its digests are judged, and the files that fetch keeps
// beside it, of which the manifest tells what became of the copy since (Manifest).
//
// Keys are the root of trust. They come from a file that the user names
// (LoadKeys) or from the user's own store (KeyStore), and each is told where it
// came from (digest.Origin). Nothing that lies in the evidence may be either:
// Inside tells, links included.
//
// The store holds documents in the form that `aws cloudtrail list-public-keys`
// prints, with one member more for every key:
//
//	{"PublicKeyList": [{
//	    "Value": "MIIB…",
//	    "ValidityStartTime": "2024-01-01T00:00:00Z",
//	    "ValidityEndTime": "2024-02-01T00:00:00Z",
//	    "Fingerprint": "31e8b5433410dfb61a9dc45cc65b22ff",
//	    "Origin": {
//	        "region": "us-east-1",
//	        "endpoint": "https://cloudtrail.us-east-1.amazonaws.com",
//	        "time": "2026-01-02T03:04:05Z",
//	        "requestID": "…",
//	        "sha256": "… of the DER, which is Value without its base64"
//	    }}]}
//
// A key that the user added from a file which does not say where it is from has
// "origin": "added by the user from FILE" instead of endpoint and requestID, and
// "fileSHA256".
//
// Read keys.go (files), origin.go (the form), store.go and add.go (the user's
// own), testkeys.go (what is never stored), inside.go; then lines.go and
// manifest.go, and copy.go with the files that it names.
package trail
