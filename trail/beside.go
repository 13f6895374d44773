package trail

import (
	"cmp"
	"errors"
	"path/filepath"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/source"
)

// closed takes what was not opened. What has the name of a digest or log is in
// that one's place: it is there, and nothing is known of its content.
func (s *Copy) closed(o scan.Outcome, at *source.Error, take func(digest.File) error) error {
	switch {
	case errors.Is(at.Err, source.ErrAgain):
		if !s.again && s.Reporter != nil {
			s.Reporter.Passed(at.Path, at.Err)
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
		s.unreadable(o)
		if n := NameOf(at.Key); !n.Time.IsZero() && (n.Kind == digest.Log || n.Kind == digest.DigestFile) {
			return take(s.closedFile(o, at, n))
		}
	}
	if at.Arg && !s.again {
		s.Unopened++
	}
	s.note(b)
	return nil
}

func (s *Copy) closedFile(o scan.Outcome, at *source.Error, n digest.Name) digest.File {
	key := cmp.Or(source.ShortKey(filepath.ToSlash(at.Path)), at.Name)
	f := digest.File{Path: at.Path, Member: at.Member, Key: key, Name: n, Err: errors.New(at.Reason()), Read: true, Closed: true, Size: at.Size}
	if o.Object != nil {
		f.Key, f.Version = KeyOf(o.Object), s.Versions.of(o.Object)
	}
	return f
}

// passOver takes a file that is neither a digest nor a log as far as it could
// be read.
func (s *Copy) passOver(o scan.Outcome, err error) {
	b := digest.Beside{Kind: digest.BesideUnread, Path: o.Path, Reason: err.Error(), Size: o.Object.Size, Stored: o.Stored}
	switch {
	case errors.Is(err, source.ErrSkipped):
		b.Kind, b.Reason = digest.BesideSkipped, noEvidence(o, err)
	case errors.Is(err, parse.ErrEmpty):
		b.Kind = digest.BesideSkipped
	default:
		s.unreadable(o)
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

func (s *Copy) note(b digest.Beside) {
	if !s.again {
		s.beside = append(s.beside, b)
	}
}

// Besides implements digest.Besider.
func (s *Copy) Besides() ([]digest.Beside, []digest.Finding) {
	if s.manifests == nil {
		return s.beside, nil
	}
	return s.beside, s.manifests.findings()
}

// unreadable counts and tells what could not be listed, opened or read.
func (s *Copy) unreadable(o scan.Outcome) {
	s.Unread++
	s.complain(o)
}

func (s *Copy) complain(o scan.Outcome) {
	if s.Reporter != nil && !s.again {
		s.Reporter.Unread(o)
	}
}

// Unopened gives the reason why an object was not opened, nil if it was.
func Unopened(err error) (at *source.Error) {
	errors.As(err, &at)
	return at
}
