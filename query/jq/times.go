package jq

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

func now(*run, Value, []Value) (Value, error) {
	return number(float64(time.Now().UnixMicro()) / 1e6), nil
}

func unixTime(n float64) time.Time {
	whole, part := math.Modf(n)
	return time.Unix(int64(max(-1e15, min(whole, 1e15))), int64(part*1e9)).UTC()
}

func todate(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != Number {
		return null, fail("strftime/1 requires parsed datetime inputs")
	}
	return text(unixTime(math.Floor(in.num())).Format("2006-01-02T15:04:05Z")), nil
}

func fromdate(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != String {
		return null, fail("strptime/1 requires string inputs and arguments")
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", string(r.str(in)))
	if err != nil || strings.Contains(string(r.str(in)), ".") {
		return null, fail(`date "%s" does not match format "%%Y-%%m-%%dT%%H:%%M:%%SZ"`, r.str(in))
	}
	return number(float64(t.Unix())), nil
}

// gmtime gives jq's broken down time: year, month from 0, day, hours, minutes,
// seconds, day of the week, day of the year from 0.
func gmtime(r *run, in Value, _ []Value) (Value, error) {
	return broken(in, "gmtime", time.UTC)
}

// localtime is gmtime where the program runs.
func localtime(r *run, in Value, _ []Value) (Value, error) {
	return broken(in, "localtime", time.Local)
}

func broken(in Value, name string, where *time.Location) (Value, error) {
	if in.kind != Number {
		return null, fail("%s() requires a number", name)
	}
	_, part := math.Modf(in.num())
	return brokenDown(unixTime(in.num()).In(where), part), nil
}

func brokenDown(t time.Time, part float64) Value {
	vals := []float64{float64(t.Year()), float64(t.Month() - 1), float64(t.Day()), float64(t.Hour()), float64(t.Minute()),
		float64(t.Second()) + part, float64(t.Weekday()), float64(t.YearDay() - 1)}
	out := make([]Value, len(vals))
	for i, v := range vals {
		out[i] = number(v)
	}
	return list(out)
}

func (r *run) pointInTime(in Value, what string, where *time.Location) (time.Time, error) {
	if in.kind == Number {
		return unixTime(in.num()).In(where), nil
	}
	if in.kind != Array || r.count(in) < 6 {
		return time.Time{}, fail("%s requires parsed datetime inputs", what)
	}
	var n [6]int
	for i, v := range r.elements(in)[:6] {
		if v.kind != Number {
			return time.Time{}, fail("%s requires parsed datetime inputs", what)
		}
		n[i] = int(max(-1e9, min(v.num(), 1e9)))
	}
	return time.Date(n[0], time.Month(n[1]+1), n[2], n[3], n[4], n[5], 0, where), nil
}

func mktime(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != Array {
		return null, fail("mktime requires array of 6 numbers")
	}
	t, err := r.pointInTime(in, "mktime", time.UTC)
	return number(float64(t.Unix())), err
}

func strftime(r *run, in Value, a []Value) (Value, error) {
	return r.timeText(in, a[0], "strftime/1", time.UTC)
}

func strflocaltime(r *run, in Value, a []Value) (Value, error) {
	return r.timeText(in, a[0], "strflocaltime/1", time.Local)
}

func (r *run) timeText(in, format Value, name string, where *time.Location) (Value, error) {
	t, err := r.pointInTime(in, name, where)
	if err != nil {
		return null, err
	}
	if format.kind != String {
		return null, fail("%s requires a string format", name)
	}
	return text(formatTime(t, string(r.str(format)))), nil
}

// layouts are the conversions of strftime and strptime that Go's layouts know.
var layouts = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'b': "Jan", 'h': "Jan", 'B': "January",
	'a': "Mon", 'A': "Monday", 'I': "03", 'p': "PM", 'T': "15:04:05", 'F': "2006-01-02", 'R': "15:04", 'D': "01/02/06",
	'z': "-0700", 'Z': "MST", 'e': "_2", 'j': "002", 'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05", 'r': "03:04:05 PM",
}

func formatTime(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		switch c := format[i]; {
		case layouts[c] != "":
			b.WriteString(t.Format(layouts[c]))
		case c == 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case c == 'u':
			b.WriteString(strconv.Itoa((int(t.Weekday())+6)%7 + 1))
		case c == 'w':
			b.WriteString(strconv.Itoa(int(t.Weekday())))
		case weekly(c):
			b.WriteString(week(t, c))
		case c == 'k':
			b.WriteString(blankPadded(t.Hour()))
		case c == 'l':
			b.WriteString(blankPadded((t.Hour()+11)%12 + 1))
		case c == 'C':
			b.WriteString(twoDigits(t.Year() / 100))
		case c == 'n':
			b.WriteByte('\n')
		case c == 't':
			b.WriteByte('\t')
		case c == '%':
			b.WriteByte('%')
		default:
			b.WriteByte('%')
			b.WriteByte(c)
		}
	}
	return b.String()
}

func strptime(r *run, in Value, a []Value) (Value, error) {
	if in.kind != String || a[0].kind != String {
		return null, fail("strptime/1 requires string inputs and arguments")
	}
	format := string(r.str(a[0]))
	layouts, unknown := parseLayouts(format)
	if unknown != 0 {
		return null, fail("strptime does not know %%%c", unknown)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, string(r.str(in))); err == nil {
			return brokenDown(t.UTC(), 0), nil
		}
	}
	return null, fail(`date "%s" does not match format "%s"`, r.str(in), format)
}

// zones are how a zone may be written where a conversion stands for one.
var zones = map[byte][]string{'z': {"Z0700", "Z07:00", "Z07"}, 'Z': {"MST", "Z0700"}}

// maxLayouts bounds what several zones in one format multiply to.
const maxLayouts = 16

// parseLayouts gives the layouts that a format of strptime may mean; unknown is a
// conversion that there is not.
func parseLayouts(format string) (all []string, unknown byte) {
	all = []string{""}
	for i := 0; i < len(format); i++ {
		pieces := []string{format[i : i+1]}
		if format[i] == '%' && i+1 < len(format) {
			i++
			pieces = zones[format[i]]
			if pieces == nil {
				pieces = []string{layouts[format[i]]}
			}
			if pieces[0] == "" {
				return nil, format[i]
			}
		}
		var longer []string
		for _, front := range all {
			for _, piece := range pieces {
				longer = append(longer, front+piece)
			}
		}
		all = longer[:min(len(longer), maxLayouts)]
	}
	return all, 0
}

func twoDigits(n int) string { return fmt.Sprintf("%02d", n) }

func blankPadded(n int) string { return fmt.Sprintf("%2d", n) }

func weekly(c byte) bool { return strings.IndexByte("UWVGg", c) >= 0 }

// week writes the number of the week: from the first Sunday on (U), from the first
// Monday on (W), or by ISO 8601 (V), of whose year G and g are the number.
func week(t time.Time, c byte) string {
	year, iso := t.ISOWeek()
	switch c {
	case 'U':
		return twoDigits((t.YearDay() + 6 - int(t.Weekday())) / 7)
	case 'W':
		return twoDigits((t.YearDay() + 6 - (int(t.Weekday())+6)%7) / 7)
	case 'V':
		return twoDigits(iso)
	case 'G':
		return strconv.Itoa(year)
	}
	return twoDigits(year % 100)
}
