package pack

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Tell is what a rule of the core pack says of a call, or of a user agent, on its
// own: whatever else is in the event.
type Tell struct {
	Weight    int    // 10: worth a look, 60: rarely anything else than an attack or an emergency
	Level     string // that of the rule
	Technique string // its first of ATT&CK: T1562.008
	Reason    string // what a match shows, in a few words
}

// The rules themselves need YAML and an engine, which what only asks about calls
// should not have to wait for. So tells.tsv says of each call what they say, and
// a test holds it against them.
//
//go:generate go test ctlog/detect/pack -run TestTells -update
//go:embed tells.tsv
var tellsFile string

// tells are the rows of tells.tsv by what they are about.
type tells struct {
	calls    map[string]Tell     // by service:Name
	prefixes map[string][]prefix // by service, longest first
	agents   []prefix
}

type prefix struct {
	text string
	tell Tell
}

var table = sync.OnceValue(func() *tells {
	t := &tells{calls: map[string]Tell{}, prefixes: map[string][]prefix{}}
	for line := range strings.Lines(tellsFile) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(f) == 6 {
			weight, _ := strconv.Atoi(f[2])
			t.add(f[0], f[1], Tell{weight, f[3], f[4], f[5]})
		}
	}
	return t
})

func (t *tells) add(kind, text string, tell Tell) {
	name, open := strings.CutSuffix(text, "*")
	switch service, name, _ := strings.Cut(name, ":"); {
	case kind == "agent":
		t.agents = append(t.agents, prefix{text, tell})
	case !open:
		t.calls[text] = tell
	default:
		list := append(t.prefixes[service], prefix{name, tell})
		slices.SortStableFunc(list, func(a, b prefix) int { return len(b.text) - len(a.text) })
		t.prefixes[service] = list
	}
}

// CallTold gives what the core pack says of a call, written service:Name as in
// iam:CreateUser. The zero Tell says that there is nothing to tell.
func CallTold(call string) Tell {
	t := table()
	if tell, ok := t.calls[call]; ok {
		return tell
	}
	service, name, _ := strings.Cut(call, ":")
	for _, p := range t.prefixes[service] {
		if strings.HasPrefix(name, p.text) {
			return p.tell
		}
	}
	return Tell{}
}

// AgentTold gives what the core pack says of a user agent, and which part of it
// gives the tool away.
func AgentTold(agent string) (tool string, tell Tell) {
	agent = strings.ToLower(agent)
	for _, p := range table().agents {
		if strings.Contains(agent, p.text) {
			return p.text, p.tell
		}
	}
	return "", Tell{}
}
