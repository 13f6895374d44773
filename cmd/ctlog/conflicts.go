package main

import (
	"slices"
	"strings"

	"ctlog/internal/scan"
	"ctlog/search"
	"ctlog/trail"
)

// tellConflicts says of each ID which events have it, and where they are.
func (i *integrity) tellConflicts(paths, ids []string) {
	if len(ids) == 0 {
		return
	}
	for n, id := range ids {
		ids[n] = strings.ToLower(id)
	}
	var found search.Editions
	if trail.Rereadable(paths) && !slices.ContainsFunc(paths, isRemote) {
		found = i.editionsOf(paths, ids)
	}
	for _, id := range ids {
		text := "eventID " + id
		for n, v := range found[id] {
			text += []string{": ", "; "}[min(n, 1)] + editionText(v)
		}
		i.app.voice.Error("%s", text)
	}
	if i.trust == nil {
		i.app.voice.Hint("with --keys, the one in a file that is proven is kept")
	}
}

func editionText(v search.Edition) (text string) {
	for _, s := range []string{v.Name, v.Time} {
		if s != "" {
			text += s + " "
		}
	}
	text += "in " + v.File
	if v.Proven {
		text += " (proven)"
	}
	return text
}

// editionsOf reads the evidence anew, without progress, for the events that have
// one of some IDs.
func (i *integrity) editionsOf(paths, ids []string) search.Editions {
	config, progress := i.app.scanning(paths)
	progress.Stop()
	config.Meter = nil
	i.hashing(&config)
	if i.trust != nil {
		config.Judge = func(f scan.File) (scan.Judgement, error) {
			proven := !f.Body.Streams() && !i.lacksProof(i.judge(f, f.Body.Drain()))
			if i.verified && !proven {
				return scan.Judgement{Unproven: true}, scan.ErrUnproven
			}
			return scan.Judgement{Unproven: !proven}, nil
		}
	}
	return search.FindEditions(i.app.ctx, config, ids)
}
