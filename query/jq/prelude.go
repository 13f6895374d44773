package jq

import (
	_ "embed"
	"sync"

	"github.com/itchyny/gojq"
)

//go:embed prelude.jq
var preludeText string

// definition is a builtin that is written in jq. It is resolved and compiled when
// a program first uses it.
type definition struct{ fn func() *function }

// prelude has the definitions by name and arity. They may use each other.
var prelude func() map[string]*definition

func init() { prelude = sync.OnceValue(parsePrelude) }

func parsePrelude() map[string]*definition {
	q, err := gojq.Parse(preludeText + " .")
	if err != nil {
		panic("the prelude does not parse: " + err.Error())
	}
	defs := map[string]*definition{}
	for _, def := range q.FuncDefs {
		defs[arity(def.Name, len(def.Args))] = &definition{sync.OnceValue(func() *function { return compileDefinition(def) })}
	}
	return defs
}

func compileDefinition(def *gojq.FuncDef) *function {
	r := &resolver{prelude: true}
	fn := r.define(def, nil).fn
	if r.err != nil {
		panic("the prelude: " + r.err.Error())
	}
	c := &compiler{functions: map[*Func]*function{}}
	return c.function(fn)
}
