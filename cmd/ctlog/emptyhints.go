package main

import (
	"fmt"
	"strings"
	"time"

	"ctlog/event"
)

// A condition that is always false looks like good news, and is believed. So
// where nothing matched it is said how the values were understood.

// textFlag is a field flag whose values are globs.
type textFlag struct {
	name   string
	values []string
	hint   func(value string) string // on a value that no event can have; may be nil
}

func (g *fieldFlags) texts() []textFlag {
	f := &g.fields
	return []textFlag{
		{"event-name", f.EventName, hintOnEventName}, {"event-source", f.EventSource, hintOnEventSource},
		{"error-code", f.ErrorCode, nil}, {"user", f.User, nil}, {"user-agent", f.UserAgent, nil}, {"region", f.Region, nil},
		{"account", f.Account, nil}, {"access-key", f.AccessKey, nil}, {"event-id", f.EventID, nil},
	}
}

// hintOnNothing says what may be wrong with flags that nothing matched.
func (a *app) hintOnNothing(g *fieldFlags) {
	for _, hint := range []string{g.hintOnTexts(), hintOnAge("since", g.span.since, g.fields.Since), hintOnAge("until", g.span.until, g.fields.Until)} {
		if hint != "" {
			a.voice.Hint("%s", hint)
		}
	}
}

// hintOnTexts prefers what is surely wrong to what is perhaps.
func (g *fieldFlags) hintOnTexts() (hint string) {
	for _, f := range g.texts() {
		for _, v := range f.values {
			if f.hint != nil {
				if sure := f.hint(v); sure != "" {
					return sure
				}
			}
			if hint == "" {
				hint = g.hintOnText(f.name, v)
			}
		}
	}
	return hint
}

func (g *fieldFlags) hintOnText(flag, v string) string {
	part, anyCase := !strings.Contains(v, "*"), !g.fields.IgnoreCase && strings.ToLower(v) != strings.ToUpper(v)
	switch {
	case v == "":
	case part && anyCase:
		return fmt.Sprintf("--%s is the whole value, and case counts: '*%s*' finds a part, -i any case", flag, v)
	case part:
		return fmt.Sprintf("--%s is the whole value: '*%s*' finds a part", flag, v)
	case anyCase:
		return fmt.Sprintf("case counts in --%s; -i ignores it", flag)
	}
	return ""
}

// hintOnEventName is on calls as summary and trace print them.
func hintOnEventName(v string) string {
	service, name, ok := strings.Cut(v, ":")
	if !ok || strings.ContainsAny(service, "*") {
		return ""
	}
	return fmt.Sprintf("eventName does not say the service; write --event-name %s --event-source %s", name, event.SourceOf(service))
}

func hintOnEventSource(v string) string {
	if v == "" || strings.ContainsAny(v, ".*") {
		return ""
	}
	return fmt.Sprintf("eventSource is a whole name; write --event-source %s", event.SourceOf(strings.ToLower(v)))
}

// hintOnAge spells an age out: in old evidence it selects nothing.
func hintOnAge(flag, given string, t time.Time) string {
	if given == "" || strings.Contains(given, "-") {
		return ""
	}
	return fmt.Sprintf("--%s %s is %s; 'ctlog timeline' shows when there are events", flag, given, t.UTC().Format(time.RFC3339))
}
