package query

import (
	_ "embed"
	"fmt"

	"github.com/itchyny/gojq"
)

//go:embed prelude.jq
var preludeText string

// preludeDefs has the definitions of the prelude by name and arity. They are
// known to the compiler before it meets them, so they may use each other.
var preludeDefs = parsePrelude()

func parsePrelude() map[string]*gojq.FuncDef {
	q, err := gojq.Parse(preludeText + " .")
	if err != nil {
		panic("the prelude does not parse: " + err.Error())
	}
	defs := map[string]*gojq.FuncDef{}
	for _, def := range q.FuncDefs {
		defs[fmt.Sprintf("%s/%d", def.Name, len(def.Args))] = def
	}
	return defs
}
