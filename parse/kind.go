package parse

import (
	"slices"
	"strings"
)

// Kind is a JSON type, true and false apart, in jq's order of types.
type Kind uint8

// The kinds there are.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// String is the word that jq's type gives.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "boolean", "number", "string", "array", "object"}[k]
}

// KindOf is the kind of the value that begins with c.
func KindOf(c byte) Kind {
	switch c {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't':
		return True
	case 'f':
		return False
	case 'n':
		return Null
	}
	return Number
}

// Kinds is a set of kinds.
type Kinds uint8

// Sets that are asked for often.
const (
	AnyKind  = Kinds(1<<(Object+1) - 1)
	Booleans = Kinds(1<<True | 1<<False)
)

// KindsOf is the set of some kinds.
func KindsOf(list ...Kind) (k Kinds) {
	for _, kind := range list {
		k |= 1 << kind
	}
	return k
}

// Has reports whether a kind is in the set.
func (k Kinds) Has(kind Kind) bool { return k&(1<<kind) != 0 }

// String lists the kinds.
func (k Kinds) String() string {
	var names []string
	for kind := Null; kind <= Object; kind++ {
		name := kind.String()
		if kind <= True && kind > Null && k&Booleans != Booleans {
			name = map[Kind]string{False: "false", True: "true"}[kind]
		}
		if k.Has(kind) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
