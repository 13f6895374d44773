package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"ctlog/digest"
)

// testKeys are the SHA-256 of the moduli of the keys that ctlog's own tests and
// examples are signed with. Their private halves are published, so anyone can
// sign with them, whatever the exponent and the form of the public key.
var testKeys = []string{
	"1746b5080d59f112155b906ed58dee8ac1c0483ba2231cdab3eb50d0f39f9cd9",
	"c29c92b5bfc475ed0700f4716d7c7ca8c3aae8121382907a2bb6750e3e99153f",
	"f10d89479c220b2bf2dfd4e220a7c14d7915a28f4f5d12028b5aafef3b3c13d4",
	"7d8c47c83d935a01bc8c0836318252d13f57c38a69bddf6487e41e9fc4c24a2c",
}

// IsTestKey reports whether a key is one of those that ctlog's own examples are
// signed with, by which anyone can sign.
func IsTestKey(k digest.PublicKey) bool {
	sum := sha256.Sum256(k.RSA.N.Bytes())
	return slices.Contains(testKeys, hex.EncodeToString(sum[:]))
}
