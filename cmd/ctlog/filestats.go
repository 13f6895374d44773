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

// fileStats counts the files of a run by how they ended, and names those that
// could not be read.
type fileStats struct {
	voice   *term.Voice
	ctx     context.Context
	remote  *remote
	verbose bool // name what was skipped too

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
func (s *fileStats) close() {
	if s.files == 0 && s.bad == 0 {
		for _, r := range s.reasons {
			s.voice.Note("%s", r)
		}
	}
	s.closeStrange()
	if more := s.unread - someReasons; more > 0 {
		s.voice.Error("%s more that look like evidence were not read; 'ctlog verify --json' names them", term.Count(more))
	}
}

// trouble reports whether something could not be read, or not understood: then
// a count of nothing is no good news.
func (s *fileStats) trouble() bool { return s.bad+s.strange > 0 }

// closeStrange says how much more was not understood.
func (s *fileStats) closeStrange() {
	if more := s.strange - someReasons; more > 0 && !s.verbose {
		s.voice.Error("%s were not understood; 'ctlog verify --json' names them", term.Plural(more, "more file"))
	}
	if more := s.tables - someReasons; more > 0 && !s.verbose {
		s.voice.Note("%s of that kind", term.Plural(more, "more table"))
	}
	switch {
	case s.odd == 1:
		s.voice.Note("1 object is not a CloudTrail event: %s", s.firstOdd)
	case s.odd > 1:
		s.voice.Note("%s objects are not CloudTrail events; the first: %s", term.Count(s.odd), s.firstOdd)
	}
}

// content takes what a file holds besides events.
func (s *fileStats) content(o scan.Outcome) {
	if o.Others != nil {
		s.others += o.Others.N
		if o.Err == nil {
			if s.odd == 0 {
				first := o.Others.First
				s.firstOdd = fmt.Sprintf("%s at byte %d, %s", o.Path, first.Offset, strings.TrimPrefix(first.Detail, "objects "))
			}
			s.odd += o.Others.N
		}
	}
	if o.Remark != "" {
		if s.tables++; s.tables <= someReasons || s.verbose {
			s.voice.Note("%s: %s", o.Path, o.Remark)
		}
	}
}

// refused says how many files were not read because they are not proven.
func (s *fileStats) refused() {
	if s.unproven > 0 {
		s.voice.Note("%s of %s files are not proven and were not searched; 'ctlog verify' says why",
			term.Count(s.unproven), term.Count(s.files+s.bad+s.unproven))
	}
}

// File takes how a file ended.
func (s *fileStats) File(o scan.Outcome) {
	s.content(o)
	switch {
	case o.Err == nil:
		s.files++
	case errors.Is(o.Err, scan.ErrUnproven):
		s.unproven++
	case errors.Is(o.Err, parse.ErrDigest):
		s.files++
		s.digests++
	case errors.Is(o.Err, source.ErrArchiveOrder):
		s.voice.Note("%s: %s", o.Path, source.ErrArchiveOrder)
	case errors.Is(o.Err, source.ErrAgain):
		s.voice.Note("%s: %s", o.Path, source.ErrAgain)
	case errors.Is(o.Err, source.ErrUnread) && evident(o.Err):
		s.bad++
		if s.unread++; s.unread <= someReasons {
			s.voice.Error("%s", o.Err)
		}
	case errors.Is(o.Err, source.ErrSkipped), errors.Is(o.Err, source.ErrUnread):
		s.skip(o)
	case s.ctx.Err() != nil:
		s.files++
	case errors.Is(o.Err, parse.ErrOther), errors.Is(o.Err, parse.ErrUnrelated):
		s.files++
		if s.strange++; s.strange <= someReasons || s.verbose {
			s.complain(o)
		}
	default:
		s.bad++
		s.complain(o)
	}
}

// end takes how a file ended, as scan.Run tells it.
func (s *fileStats) end(o scan.Outcome) error {
	s.File(o)
	return nil
}

// evident reports whether what was not read looks like evidence.
func evident(err error) bool {
	var at *source.Error
	return errors.As(err, &at) && at.Evident
}

func (s *fileStats) skip(o scan.Outcome) {
	s.skipped++
	if s.verbose {
		s.voice.Note("%s", o.Err)
	} else if len(s.reasons) < someReasons {
		s.reasons = append(s.reasons, o.Err.Error())
	}
}

// complain names an unreadable file, the reason, and what can be done.
func (s *fileStats) complain(o scan.Outcome) {
	err := o.Err
	var at *source.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	s.voice.Error("%s: %s", o.Path, err)
	s.remote.hint(s.voice, err)
	switch hint := hintOnFormat(err); {
	case hint != "":
		if hint != s.hinted {
			s.voice.Hint("%s", hint)
		}
		s.hinted = hint
	case errors.Is(err, fs.ErrPermission):
		s.voice.Hint("run ctlog as a user who may read it")
	case errors.Is(err, parse.ErrTruncated) || errors.Is(err, parse.ErrChecksum) || errors.Is(err, parse.ErrCorrupt):
		s.voice.Hint("the events before the damage were searched; fetch the file again for the rest")
	}
}

// hintOnFormat is what to do about a file that could not be understood, in the
// words of the flags where one does it; "" when that is plain.
func hintOnFormat(err error) string {
	var format *parse.Error
	switch {
	case !errors.As(err, &format):
		return ""
	case format.Limit > 0:
		return "raise --max-inflated if the file is genuine"
	case errors.Is(format, parse.ErrUnrelated):
		return "a filter sees it with --per document"
	}
	return format.Hint
}
