package main

import (
	"errors"

	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/source"
	"ctlog/trail"
)

// unreadReporter names what a verification could not read; of links and nested
// archives the first. It implements trail.Reporter.
type unreadReporter struct {
	app          *app
	told, untold int // links and nested archives
}

func (u *unreadReporter) Unread(o scan.Outcome) {
	voice, at := u.app.voice, trail.Unopened(o.Err)
	switch {
	case u.app.ctx.Err() != nil:
	case at == nil:
		voice.Error("%s: %s", o.Path, o.Err)
		if hint := hintOnFormat(o.Err); hint != "" {
			voice.Hint("%s", hint)
		}
	case errors.Is(at.Err, source.ErrUnread) && u.told >= someReasons:
		u.untold++
	default:
		if errors.Is(at.Err, source.ErrUnread) {
			u.told++
		}
		voice.Error("%s: %s", o.Path, at.Err)
		u.app.remote.hint(voice, at.Err)
	}
}

func (u *unreadReporter) Passed(path string, why error) { u.app.voice.Note("%s: %s", path, why) }

func (u *unreadReporter) Metadata(file string, err error) { u.app.voice.Error("%s: %s", file, err) }

// close says how many were not named.
func (u *unreadReporter) close() {
	if u.untold > 0 {
		u.app.voice.Error("%s more that may be evidence were not read; the results name them", term.Count(int64(u.untold)))
	}
}
