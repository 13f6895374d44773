package jq

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// A trie is an array or an object that a program changes again and again: what
// is changed is a few branches, and all the rest is shared with the value before.
// So a program that puts 80,000 members one after the other into an object costs
// what it costs to write them, as in jq, which changes in place what nobody else
// has.
//
// The way to a value is its hash, four bits a level: of a member's key, with a
// seed that evidence cannot know, or the index of an element itself.
type trie struct {
	kind Kind
	root *branch
	n    int // values
	next int // order of the next new one
}

// branch has other branches, or is the end of the way with a few twigs.
type branch struct {
	kids  *[fanOut]*branch
	twigs []twig
}

// twig is one value: of an element key is "" and order its index; members are
// in the order of their insertion.
type twig struct {
	hash  uint64
	order int
	key   string
	val   Value
}

const (
	hashBits = 4
	fanOut   = 1 << hashBits
	// maxTwigs end one branch before it is split; at the end of the hash there may
	// be more.
	maxTwigs = 8
)

var hashSeed = maphash.MakeSeed()

func hashOf(key string) uint64 { return maphash.String(hashSeed, key) }

// trieOf builds the trie of a tree's values.
func trieOf(t *tree, kind Kind) *trie {
	built := &trie{kind: kind, n: len(t.vals), next: len(t.vals)}
	for i, v := range t.vals {
		w := twig{hash: uint64(i), order: i, val: v}
		if kind == Object {
			w.hash, w.key = hashOf(t.keys[i]), t.keys[i]
		}
		built.root, _ = built.root.with(w, 0, true)
	}
	return built
}

func (t *trie) get(hash uint64, key string) (Value, bool) {
	b := t.root
	for way := hash; b != nil && b.kids != nil; way >>= hashBits {
		b = b.kids[way%fanOut]
	}
	if b != nil {
		for i := range b.twigs {
			if w := &b.twigs[i]; w.hash == hash && w.key == key {
				return w.val, true
			}
		}
	}
	return null, false
}

// with gives the trie with another value under a key.
func (t *trie) with(hash uint64, key string, v Value) *trie {
	root, added := t.root.with(twig{hash, t.next, key, v}, 0, false)
	if !added {
		return &trie{t.kind, root, t.n, t.next}
	}
	return &trie{t.kind, root, t.n + 1, t.next + 1}
}

// with adds a twig or gives the one that is there another value; own is set
// while nobody else has seen the branch.
func (b *branch) with(w twig, level uint, own bool) (_ *branch, added bool) {
	switch {
	case b == nil:
		return &branch{twigs: []twig{w}}, true
	case b.kids == nil:
		return b.end(w, level, own)
	case !own:
		kids := *b.kids
		b = &branch{kids: &kids}
	}
	kid := &b.kids[w.hash>>level%fanOut]
	*kid, added = (*kid).with(w, level+hashBits, own)
	return b, added
}

func (b *branch) end(w twig, level uint, own bool) (_ *branch, added bool) {
	at := slices.IndexFunc(b.twigs, func(o twig) bool { return o.hash == w.hash && o.key == w.key })
	switch {
	case at >= 0:
		w.order = b.twigs[at].order
		fresh := &branch{twigs: slices.Clone(b.twigs)}
		fresh.twigs[at] = w
		return fresh, false
	case len(b.twigs) < maxTwigs || level >= 64:
		if !own {
			b = &branch{twigs: slices.Clip(b.twigs)}
		}
		b.twigs = append(b.twigs, w)
		return b, true
	}
	split := &branch{kids: new([fanOut]*branch)}
	for _, o := range append(slices.Clip(b.twigs), w) {
		split, _ = split.with(o, level, true)
	}
	return split, true
}

// flat puts the values in order again.
func (t *trie) flat() (vals []Value, keys []string) {
	vals = make([]Value, t.n)
	if t.kind == Array {
		t.root.each(func(w *twig) { vals[w.order] = w.val })
		return vals, nil
	}
	members := make([]*twig, 0, t.n)
	t.root.each(func(w *twig) { members = append(members, w) })
	slices.SortFunc(members, func(a, b *twig) int { return cmp.Compare(a.order, b.order) })
	keys = make([]string, t.n)
	for i, w := range members {
		vals[i], keys[i] = w.val, w.key
	}
	return vals, keys
}

func (b *branch) each(f func(*twig)) {
	if b == nil {
		return
	}
	for i := range b.twigs {
		f(&b.twigs[i])
	}
	if b.kids != nil {
		for _, kid := range b.kids {
			kid.each(f)
		}
	}
}
