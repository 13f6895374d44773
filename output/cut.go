package output

import (
	"strings"
	"time"
)

// cut is how the cells of a column are written.
type cut struct {
	kind  kind
	short length // of times
	year  string // of all times, if short is minute
}

type kind int

const (
	text   kind = iota
	number      // to the right
	moment      // RFC 3339
)

type length int

const (
	full length = iota
	minute
	day
)

// cutOf looks at the cells of a column.
func cutOf(rows [][]string, column int) cut {
	numbers, moments := true, true
	some := false
	for _, row := range rows {
		if column >= len(row) || row[column] == "" {
			continue
		}
		some = true
		numbers = numbers && isNumber(row[column])
		moments = moments && isMoment(row[column])
	}
	switch {
	case some && numbers:
		return cut{kind: number}
	case some && moments:
		return cut{kind: moment}
	}
	return cut{}
}

func isNumber(s string) bool {
	whole, part, _ := strings.Cut(s, ".")
	for _, c := range whole + part {
		if c < '0' || c > '9' {
			return false
		}
	}
	return whole != ""
}

func isMoment(s string) bool {
	if len(s) < len("2024-01-09T10:00:00Z") || s[4] != '-' {
		return false
	}
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// apply writes a cell; what turns out to be no time stays as it is.
func (c cut) apply(s string) string {
	if c.short == full || !isMoment(s) {
		return s
	}
	if c.short == day || s[:len(c.year)] != c.year {
		return s[:len("2024-01-09")]
	}
	return s[len("2024-"):len("2024-01-09")] + " " + s[len("2024-01-09T"):len("2024-01-09T10:00")]
}
