package search

import (
	"fmt"

	"ctlog/internal/term"
)

// take puts one part's rows where they belong.
func (r *Run) take(p part) error {
	r.result.add(p.tally)
	if p.last != NoOutput {
		r.result.Last = p.last
	}
	if p.err != nil && p.err.halt == nil {
		r.reporter.Failed(p.err.EventError)
	}
	if err := r.rows(p); err != nil {
		return err
	}
	if p.name != "" && p.name != r.lastName {
		r.lastName = p.name
		name := p.name
		if r.Terminal {
			name = term.Escape(name)
		}
		if _, err := fmt.Fprintln(r.out, name); err != nil {
			return err
		}
	}
	return r.stopped(p.err)
}

// stopped ends the run after an error that must not be, or at the filter's wish.
func (r *Run) stopped(e *filterFailure) error {
	switch {
	case e == nil:
		return nil
	case e.halt != nil:
		r.result.Halt = e.halt
		return ErrStopped
	case r.Strict:
		r.result.Failed = true
		return ErrStopped
	}
	return nil
}

func (r *Run) rows(p part) error {
	if p.ends == nil {
		r.result.Printed += int64(p.n)
		if len(p.rows) == 0 {
			return nil
		}
		return r.write(p.rows)
	}
	start := 0
	for n, end := range p.ends {
		row := p.rows[start:end.at]
		start = end.at
		if r.Dedupe && !r.dedupe.Fresh(&p.ids, n) {
			continue
		}
		r.result.Printed++
		if err := r.place(end, row); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) place(end rowEnd, row []byte) error {
	switch {
	case r.CountOnly:
		return nil
	case r.sorter != nil:
		return r.sorter.Add(end.when, row)
	}
	return r.write(row)
}

func (r *Run) write(row []byte) error {
	if err := r.writer.Write(row); err != nil {
		return err
	}
	if r.Terminal || r.Unbuffered {
		return r.out.Flush()
	}
	return nil
}

// finish writes what comes last.
func (r *Run) finish() error {
	if r.sorter != nil {
		if err := r.sorter.Each(r.writer.Write); err != nil {
			return err
		}
	}
	switch {
	case r.CountOnly:
		_, err := fmt.Fprintln(r.out, r.result.Printed)
		return err
	case r.NamesOnly:
		return nil
	}
	return r.writer.Close()
}
