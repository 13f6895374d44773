package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// docMember is a row of a table of docs/json.md.
type docMember struct {
	name, kind string
	null       bool
}

var (
	docSection = regexp.MustCompile("(?m)^## (.*)$")
	docRow     = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| (yes|no) \\|")
)

// docSections are the tables of docs/json.md by their headings.
func docSections(t *testing.T) map[string][]docMember {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]docMember{}
	heads := docSection.FindAllSubmatchIndex(page, -1)
	for i, h := range heads {
		end := len(page)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		for _, row := range docRow.FindAllSubmatch(page[h[1]:end], -1) {
			name := string(page[h[2]:h[3]])
			all[name] = append(all[name], docMember{string(row[1]), strings.TrimSpace(string(row[2])), string(row[3]) == "yes"})
		}
	}
	return all
}

// What the commands print is what docs/json.md says: members, order, types, null.
func TestJSONIsAsDocumented(t *testing.T) {
	sections, commands := docSections(t), 0
	for heading := range sections {
		command, ok := strings.CutPrefix(strings.Trim(heading, "`"), "ctlog ")
		if !ok {
			continue
		}
		commands++
		args := append(strings.Fields(command), "-q", "-o", "json", "../../testdata/evidence")
		_, out, _ := in(t, "", args...)
		var rows []json.RawMessage
		if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) == 0 {
			t.Fatalf("%s: %v, %d rows", command, err, len(rows))
		}
		for _, row := range rows {
			checkDocumented(t, command, row, sections[heading], sections)
		}
	}
	if commands != 6 {
		t.Errorf("%d commands", commands)
	}
}

// checkDocumented holds an object against its table.
func checkDocumented(t *testing.T, where string, object []byte, members []docMember, sections map[string][]docMember) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	d.Token()
	for _, m := range members {
		name, err := d.Token()
		if err != nil || name != m.name {
			t.Fatalf("%s: %v where %s is documented (%v)", where, name, m.name, err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if string(value) == "null" {
			if !m.null {
				t.Fatalf("%s: %s is null", where, m.name)
			}
			continue
		}
		checkKind(t, where+": "+m.name, value, m.kind, sections)
	}
	if d.More() {
		name, _ := d.Token()
		t.Fatalf("%s: %v is not documented", where, name)
	}
}

func checkKind(t *testing.T, where string, value []byte, kind string, sections map[string][]docMember) {
	t.Helper()
	into := map[string]any{"string": new(string), "number": new(int64), "boolean": new(bool), "time": new(time.Time),
		"list of strings": new([]string), "list of changes": new([]json.RawMessage), "list of steps": new([]json.RawMessage)}[kind]
	if into == nil {
		t.Fatalf("%s: no type %q", where, kind)
	}
	if err := json.Unmarshal(value, into); err != nil {
		t.Fatalf("%s: %s is no %s", where, value, kind)
	}
	list, ok := into.(*[]json.RawMessage)
	if !ok {
		return
	}
	of := map[string]string{"list of changes": "A change", "list of steps": "A step"}[kind]
	for _, one := range *list {
		checkDocumented(t, where, one, sections[of], sections)
	}
}
