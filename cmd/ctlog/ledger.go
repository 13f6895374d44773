package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/parse"
	"ctlog/source"
)

// ledger accounts for the files of a run and names those that could not be
// read.
type ledger struct {
	voice   *term.Voice
	ctx     context.Context
	remote  *remote
	verbose bool // name what was skipped too
	over    bool // the run was stopped: what follows ended here, not by itself

	files, bad, skipped, digests int64
	unread                       int64    // of the bad ones: links, nested archives
	strange                      int64    // of the files read: not understood
	others                       int64    // objects that are no events
	odd                          int64    // of them single ones among events
	firstOdd                     string   // where and what the first is
	tables                       int64    // files whose events are put together
	hinted                       string   // the last hint, which need not be repeated
	reasons                      []string // why files were skipped, the first of them
	unproven                     int64    // passed over by --verified
}

// someReasons is how many links and nested archives are named, and how many
// files that were skipped when nothing else was found.
const someReasons = 5

// close says what the ends of single files did not say: why there is nothing,
// when all that there was was skipped, and how much more was not looked into.
func (l *ledger) close() {
	if l.files == 0 && l.bad == 0 {
		for _, r := range l.reasons {
			l.voice.Note("%s", r)
		}
	}
	l.closeStrange()
	if more := l.unread - someReasons; more > 0 {
		l.voice.Error("%s more that look like evidence were not read; 'ctlog verify --json' names them", term.Count(more))
	}
}

// trouble reports whether something could not be read, or not understood: then
// a count of nothing is no good news.
func (l *ledger) trouble() bool { return l.bad+l.strange > 0 }

// closeStrange says how much more was not understood.
func (l *ledger) closeStrange() {
	if more := l.strange - someReasons; more > 0 && !l.verbose {
		l.voice.Error("%s were not understood; 'ctlog verify --json' names them", term.Plural(more, "more file"))
	}
	if more := l.tables - someReasons; more > 0 && !l.verbose {
		l.voice.Note("%s of that kind", term.Plural(more, "more table"))
	}
	switch {
	case l.odd == 1:
		l.voice.Note("1 object is not a CloudTrail event: %s", l.firstOdd)
	case l.odd > 1:
		l.voice.Note("%s objects are not CloudTrail events; the first: %s", term.Count(l.odd), l.firstOdd)
	}
}

// content takes what a file holds besides events.
func (l *ledger) content(o scan.Outcome) {
	if o.Others != nil {
		l.others += o.Others.N
		if o.Err == nil {
			if l.odd == 0 {
				first := o.Others.First
				l.firstOdd = fmt.Sprintf("%s at byte %d, %s", o.Path, first.Offset, strings.TrimPrefix(first.Detail, "objects "))
			}
			l.odd += o.Others.N
		}
	}
	if o.Remark != "" {
		if l.tables++; l.tables <= someReasons || l.verbose {
			l.voice.Note("%s: %s", o.Path, o.Remark)
		}
	}
}

// refused says how many files were not read because they are not proven.
func (l *ledger) refused() {
	if l.unproven > 0 {
		l.voice.Note("%s of %s files are not proven and were not searched; 'ctlog verify' says why",
			term.Count(l.unproven), term.Count(l.files+l.bad+l.unproven))
	}
}

// end takes how a file ended.
func (l *ledger) end(o scan.Outcome) error {
	l.content(o)
	switch {
	case o.Err == nil:
		l.files++
	case errors.Is(o.Err, errNotProven):
		l.unproven++
	case errors.Is(o.Err, parse.ErrDigest):
		l.files++
		l.digests++
	case errors.Is(o.Err, source.ErrArchiveOrder):
		l.voice.Note("%s: %s", o.Path, source.ErrArchiveOrder)
	case errors.Is(o.Err, source.ErrAgain):
		l.voice.Note("%s: %s", o.Path, source.ErrAgain)
	case errors.Is(o.Err, source.ErrUnread) && evident(o.Err):
		l.bad++
		if l.unread++; l.unread <= someReasons {
			l.voice.Error("%s", o.Err)
		}
	case errors.Is(o.Err, source.ErrSkipped), errors.Is(o.Err, source.ErrUnread):
		l.skip(o)
	case l.over || l.ctx.Err() != nil:
		l.files++
	case errors.Is(o.Err, parse.ErrOther), errors.Is(o.Err, parse.ErrUnrelated):
		l.files++
		if l.strange++; l.strange <= someReasons || l.verbose {
			l.complain(o)
		}
	default:
		l.bad++
		l.complain(o)
	}
	return nil
}

// evident reports whether what was not read looks like evidence.
func evident(err error) bool {
	var at *source.Error
	return errors.As(err, &at) && at.Evident
}

func (l *ledger) skip(o scan.Outcome) {
	l.skipped++
	if l.verbose {
		l.voice.Note("%s", o.Err)
	} else if len(l.reasons) < someReasons {
		l.reasons = append(l.reasons, o.Err.Error())
	}
}

// complain names an unreadable file, the reason, and what can be done.
func (l *ledger) complain(o scan.Outcome) {
	err := o.Err
	var at *source.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	l.voice.Error("%s: %s", o.Path, err)
	l.remote.hint(l.voice, err)
	var format *parse.Error
	switch {
	case errors.As(err, &format) && format.Hint != "":
		if format.Hint != l.hinted {
			l.voice.Hint("%s", format.Hint)
		}
		l.hinted = format.Hint
	case errors.Is(err, fs.ErrPermission):
		l.voice.Hint("run ctlog as a user who may read it")
	case errors.Is(err, parse.ErrTruncated) || errors.Is(err, parse.ErrChecksum) || errors.Is(err, parse.ErrCorrupt):
		l.voice.Hint("the events before the damage were searched; fetch the file again for the rest")
	}
}
