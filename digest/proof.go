package digest

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"runtime"
	"sync"
)

// signature says which signature proves a digest.
type signature uint8

const (
	unsigned      signature = iota // none does
	fromMetadata                   // the one that S3 kept
	fromSuccessor                  // the one that the digest after it has
)

// String gives the word that stands in results.
func (s signature) String() string { return [...]string{"", "metadata", "successor"}[s] }

// checkSignatures verifies on all cores: this is the part that costs.
func (e *evidence) checkSignatures() {
	e.o.Signatures.arrange()
	p := &prover{e: e, recovered: map[recoveredID]*recovered{}}
	var wg sync.WaitGroup
	next := make(chan *digestFile)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for h := range next {
				p.prove(h)
			}
		})
	}
	for _, h := range e.digests {
		if h.digest != nil && !h.closed {
			next <- h
		}
	}
	close(next)
	wg.Wait()
}

// prover finds the signatures that prove digests.
type prover struct {
	e  *evidence
	mu sync.Mutex
	// recovered is what signatures are over that many digests may be proven by.
	recovered map[recoveredID]*recovered
}

// few is how many signatures are tried one by one.
const few = 16

// prove tries the signatures that S3 kept, then those that successors have. Any
// that verifies is a proof; it does not matter who kept it. All are tried: what
// has been put beside a good one does not count against it.
func (p *prover) prove(h *digestFile) {
	for _, base := range h.metadataNames() {
		kept := p.e.o.Signatures.named(base)
		at, key := p.find(h, recoveredID{base: base}, len(kept), func(i int) []byte { return kept[i].signature })
		if key != nil {
			h.signature, h.signatureFrom, h.signedBy = fromMetadata, p.e.o.Signatures.files[kept[at].file], key
			return
		}
	}
	by := p.e.mentionsOf(h.digest.Object).by
	at, key := p.find(h, recoveredID{object: h.digest.Object}, len(by), func(i int) []byte { return by[i].digest.Previous.Signature })
	if key != nil {
		h.signature, h.signatureFrom, h.signedBy = fromSuccessor, by[at].key, key
	}
}

// find gives the first of n signatures that proves a digest, and by which key.
func (p *prover) find(h *digestFile, id recoveredID, n int, of func(int) []byte) (int, *PublicKey) {
	for _, k := range p.e.keys.named(h.digest.Fingerprint) {
		if n > few {
			r := p.recover(recoveredID{id.base, id.object, k}, n, of)
			if i, ok := r.over[h.digest.Signed]; ok && k.verifies(h.digest.Signed, of(i)) {
				return i, p.e.keyFor(h, k)
			}
			continue
		}
		for i := range n {
			if (i == 0 || !bytes.Equal(of(i), of(i-1))) && k.verifies(h.digest.Signed, of(i)) {
				return i, p.e.keyFor(h, k)
			}
		}
	}
	return 0, nil
}

// recoveredID tells lists of signatures apart, and the keys that are used.
type recoveredID struct {
	base   string // of metadata: the bare name that it is about
	object string // of successors: what they name
	key    *PublicKey
}

// recovered is what the signatures of a list are over, by the hash. An RSA
// signature tells the hash that it is over, so many signatures and many
// contents under one name cost no more than their sum, not their product.
type recovered struct {
	once sync.Once
	over map[[sha256.Size]byte]int
}

func (p *prover) recover(id recoveredID, n int, of func(int) []byte) *recovered {
	p.mu.Lock()
	r := p.recovered[id]
	if r == nil {
		r = &recovered{}
		p.recovered[id] = r
	}
	p.mu.Unlock()
	r.once.Do(func() {
		r.over = map[[sha256.Size]byte]int{}
		for i := range n {
			sum, ok := id.key.recover(of(i))
			if _, before := r.over[sum]; ok && !before {
				r.over[sum] = i
			}
		}
	})
	return r
}

// digestInfo is what PKCS #1 v1.5 has before a SHA-256, RFC 8017 section 9.2.
var digestInfo = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// recover gives the hash that a signature by k is over, if it is one of k's:
// RSAVP1 and EMSA-PKCS1-v1_5, RFC 8017 sections 5.2.2 and 9.2. It says what is
// worth verifying.
func (k *PublicKey) recover(signature []byte) (sum [sha256.Size]byte, ok bool) {
	size := k.RSA.Size()
	fill := size - 3 - len(digestInfo) - len(sum)
	if len(signature) != size || fill < 8 {
		return sum, false
	}
	m := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(k.RSA.E)), k.RSA.N)
	padded := m.FillBytes(make([]byte, size))
	want := append(append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, fill)...), 0)
	if !bytes.HasPrefix(padded, append(want, digestInfo...)) {
		return sum, false
	}
	copy(sum[:], padded[size-len(sum):])
	return sum, true
}

// keyFor chooses, of keys that are the same but for what is known of them, the
// one about whose use there is the least to say. Others verify nothing: who has
// the numbers of k has k. Of a key that is known to be published for some region
// a copy that does not say so tells nothing.
func (e *evidence) keyFor(h *digestFile, k *PublicKey) *PublicKey {
	var best *PublicKey
	least, placed := 0, false
	for _, other := range e.keys.named(h.digest.Fingerprint) {
		if !other.RSA.Equal(k.RSA) {
			continue
		}
		n, here := len(e.keyFaults(h, other)), other.Origin.Region != ""
		if best == nil || here && !placed || here == placed && n < least {
			best, least, placed = other, n, here
		}
	}
	return best
}

// metadataNames are the bare names under which a digest's metadata may be kept:
// that of its object, and that of the file.
func (h *digestFile) metadataNames() []string {
	names := []string{bareName(h.digest.Object)}
	if h.misnamed {
		names = append(names, bareName(h.stands))
	}
	return names
}

// metadataOf gives what S3 kept of a digest.
func (e *evidence) metadataOf(h *digestFile) (kept []metadata) {
	for _, name := range h.metadataNames() {
		kept = append(kept, e.o.Signatures.named(name)...)
	}
	return kept
}
