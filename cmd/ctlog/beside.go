package main

import (
	"cmp"
	"errors"
	"path/filepath"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/parse"
	"ctlog/source"
)

// unopened gives the reason why an object was not opened, nil if it was.
func unopened(err error) (at *source.Error) {
	errors.As(err, &at)
	return at
}

// closed takes what was not opened. What has the name of a digest or log is in
// that one's place: it is there, and nothing is known of its content.
func (s *store) closed(o scan.Outcome, at *source.Error, take func(digest.File) error) error {
	switch {
	case errors.Is(at.Err, source.ErrAgain):
		if !s.again && !s.quiet {
			s.app.voice.Note("%s: %s", at.Path, at.Err)
		}
		return nil
	case errors.Is(at.Err, source.ErrArchiveOrder): // order does not matter here
		return nil
	}
	if s.manifests != nil && !s.again {
		s.manifests.hold(o, false)
	}
	b := digest.Beside{Kind: digest.BesideSkipped, Path: at.Path, Reason: at.Reason(), Size: at.Size}
	if !errors.Is(at.Err, source.ErrSkipped) {
		b.Kind, b.Closed = digest.BesideUnread, true
		s.unread++
		s.complain(o)
		if n := nameOf(at.Key); !n.Time.IsZero() && (n.Kind == digest.Log || n.Kind == digest.DigestFile) {
			return take(s.closedFile(o, at, n))
		}
	}
	if at.Arg && !s.again {
		s.unopened++
	}
	s.note(b)
	return nil
}

func (s *store) closedFile(o scan.Outcome, at *source.Error, n digest.Name) digest.File {
	key := cmp.Or(source.ShortKey(filepath.ToSlash(at.Path)), at.Name)
	f := digest.File{Path: at.Path, Member: at.Member, Key: key, Name: n, Err: errors.New(at.Reason()), Read: true, Closed: true, Size: at.Size}
	if o.Object != nil {
		f.Key, f.Version = keyOf(o.Object), s.versions.of(o.Object)
	}
	return f
}

// passOver takes a file that is neither a digest nor a log as far as it could
// be read.
func (s *store) passOver(o scan.Outcome, err error) {
	b := digest.Beside{Kind: digest.BesideUnread, Path: o.Path, Reason: err.Error(), Size: o.Object.Size, Stored: o.Stored}
	switch {
	case errors.Is(err, source.ErrSkipped):
		b.Kind, b.Reason = digest.BesideSkipped, noEvidence(o, err)
	case errors.Is(err, parse.ErrEmpty):
		b.Kind = digest.BesideSkipped
	default:
		s.unread++
		s.complain(o)
	}
	s.note(b)
}

// noEvidence says why a file is taken for none.
func noEvidence(o scan.Outcome, err error) string {
	var e *parse.Error
	service := source.OtherService(filepath.ToSlash(o.Path))
	switch {
	case service != "":
		return "of another service: " + service
	case errors.As(err, &e) && e.Err == parse.ErrUnrelated:
		return e.Detail
	}
	return "not JSON, and not called like evidence"
}

func (s *store) note(b digest.Beside) {
	if !s.again {
		s.beside = append(s.beside, b)
	}
}

// Besides implements digest.Besider.
func (s *store) Besides() ([]digest.Beside, []digest.Finding) {
	if s.untold > 0 {
		s.app.voice.Error("%s more that may be evidence were not read; the results name them", term.Count(int64(s.untold)))
	}
	if s.manifests == nil {
		return s.beside, nil
	}
	return s.beside, s.manifests.findings()
}

// complain names what could not be listed, opened or read; of links and nested
// archives the first.
func (s *store) complain(o scan.Outcome) {
	at := unopened(o.Err)
	switch {
	case s.quiet, s.app.ctx.Err() != nil:
	case at == nil:
		s.app.voice.Error("%s: %s", o.Path, o.Err)
		var format *parse.Error
		if errors.As(o.Err, &format) && format.Hint != "" && !s.again {
			s.app.voice.Hint("%s", format.Hint)
		}
	case errors.Is(at.Err, source.ErrUnread) && s.told >= someReasons:
		s.untold++
	default:
		if errors.Is(at.Err, source.ErrUnread) {
			s.told++
		}
		s.app.voice.Error("%s: %s", o.Path, at.Err)
		s.app.remote.hint(s.app.voice, at.Err)
	}
}
