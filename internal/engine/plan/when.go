package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// weekdays and months by their names, in full and in short. "sat" and "sun" are
// left out: they are words of their own.
var (
	weekdays = calendar(time.Sunday, time.Saturday, "sun", "sat")
	months   = calendar(time.January, time.December)
)

func calendar[T interface {
	~int
	fmt.Stringer
}](first, last T, but ...string) map[string]T {
	out := map[string]T{}
	for d := first; d <= last; d++ {
		name := strings.ToLower(d.String())
		out[name] = d
		if short := name[:3]; !slices.Contains(but, short) {
			out[short] = d
		}
	}
	return out
}

// A moment is a day, a time of day, or both.
type moment struct {
	day      time.Time // midnight; zero: none was said
	clock    time.Duration
	hasClock bool
	exact    time.Time // said in full, with its own offset
}

// date is the day in the form of RFC 3339, today where none was said.
func (m moment) date(now time.Time) string {
	if !m.exact.IsZero() {
		return m.exact.Format(time.DateOnly)
	}
	return m.onDay(now).Format(time.DateOnly)
}

func (m moment) onDay(now time.Time) time.Time {
	if m.day.IsZero() {
		return midnight(now)
	}
	return m.day
}

// instant is the moment in full, midnight where no time was said.
func (m moment) instant(now time.Time) time.Time {
	if !m.exact.IsZero() {
		return m.exact
	}
	d := m.onDay(now)
	return time.Date(d.Year(), d.Month(), d.Day(), 0, int(m.clock/time.Minute), int(m.clock%time.Minute/time.Second), 0, now.Location())
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// readMoment reads the moment that begins at tokens[i] and says how many tokens
// it takes; none when there is none.
//
// A day without a year is of this year, unless that is long past or far ahead. A weekday is the first after
// today; "next" makes it that of the next week, which begins on a Monday.
// 03/12/2026 is read as in the United States unless that is no date; 12.03.2026
// is the 12th of March.
func readMoment(tokens []token, i int, now time.Time) (m moment, n int) {
	for i+n < len(tokens) {
		at := i + n
		if n > 0 && m.glue(tokens[at]) {
			at++
		}
		if at >= len(tokens) {
			break
		}
		took := 0
		if m.day.IsZero() && m.exact.IsZero() {
			took = m.readDay(tokens[at:], now)
		}
		if took == 0 && !m.hasClock && m.exact.IsZero() {
			took = m.readClock(tokens[at:], at > i+n)
		}
		if took == 0 {
			break
		}
		n = at + took - i
		if strings.ContainsAny(tokens[i+n-1].after, ";:!?") {
			break
		}
	}
	return m, n
}

// glue says whether t may stand between a day and its time.
func (m moment) glue(t token) bool {
	switch t.low {
	case "at", "um":
		return !m.hasClock
	case "on":
		return m.day.IsZero()
	}
	return false
}

// readDay reads a day and says how many tokens it takes.
func (m *moment) readDay(t []token, now time.Time) int {
	today := midnight(now)
	low := t[0].low
	switch low {
	case "today":
		m.day = today
		return 1
	case "tonight":
		m.day = today
		return 1
	case "tomorrow":
		m.day = today.AddDate(0, 0, 1)
		return 1
	case "yesterday":
		m.day = today.AddDate(0, 0, -1)
		return 1
	}
	for _, read := range []func([]token, time.Time) int{m.readNumeric, m.readRelative, m.readWeekday, m.readNamed} {
		if n := read(t, now); n > 0 {
			return n
		}
	}
	return 0
}

// readNumeric reads 2026-03-12, 12.03.2026, 12.3., 3/12/2026 and RFC 3339.
func (m *moment) readNumeric(t []token, now time.Time) int {
	text := t[0].text
	if len(text) < 3 || len(text) > 35 || text[0] < '0' || text[0] > '9' || !strings.ContainsAny(text, "-./") {
		return 0
	}
	if exact, err := time.Parse(time.RFC3339, text); err == nil {
		m.exact = exact
		return 1
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if local, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			m.exact = local
			return 1
		}
	}
	for _, layout := range []string{time.DateOnly, "2.1.2006", "2.1.06", "1/2/2006", "2/1/2006", "2006/1/2"} {
		if day, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			m.day = day
			return 1
		}
	}
	if day, err := time.Parse("2.1", text); err == nil && strings.HasPrefix(t[0].after, ".") {
		m.day = nearest(now, day.Month(), day.Day())
		return 1
	}
	return 0
}

// readRelative reads "in 3 days", "2 weeks ago", "next week", "the day after
// tomorrow", "end of the month".
func (m *moment) readRelative(t []token, now time.Time) int {
	today := midnight(now)
	switch low := t[0].low; {
	case low == "in" && len(t) > 2:
		if count, ok := count(t[1].low); ok {
			return m.step(now, count, t[2].stem, 3)
		}
	case len(t) > 2 && t[2].low == "ago":
		if count, ok := count(low); ok {
			return m.step(now, -count, t[1].stem, 3)
		}
	case low == "day" && len(t) > 2 && t[1].low == "after" && t[2].low == "tomorrow":
		m.day = today.AddDate(0, 0, 2)
		return 3
	case low == "next" && len(t) > 1 && t[1].low == "week":
		m.day = monday(today).AddDate(0, 0, 7)
		return 2
	case low == "next" && len(t) > 1 && t[1].low == "month":
		m.day = time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, now.Location())
		return 2
	case low == "end" && len(t) > 2 && t[1].low == "of":
		return m.endOf(t, now)
	}
	return 0
}

func (m *moment) endOf(t []token, now time.Time) int {
	n := 2
	if t[n].low == "the" || t[n].low == "this" {
		n++
	}
	if n >= len(t) {
		return 0
	}
	switch t[n].low {
	case "week":
		m.day = monday(midnight(now)).AddDate(0, 0, 4)
	case "month":
		m.day = time.Date(now.Year(), now.Month()+1, 0, 0, 0, 0, 0, now.Location())
	case "year":
		m.day = time.Date(now.Year(), 12, 31, 0, 0, 0, 0, now.Location())
	default:
		return 0
	}
	return n + 1
}

// step sets the moment n units from now.
func (m *moment) step(now time.Time, n int, unit string, took int) int {
	if n > 10000 || n < -10000 {
		return 0
	}
	today := midnight(now)
	switch unit {
	case "day":
		m.day = today.AddDate(0, 0, n)
	case "week":
		m.day = today.AddDate(0, 0, 7*n)
	case "month":
		m.day = today.AddDate(0, n, 0)
	case "year":
		m.day = today.AddDate(n, 0, 0)
	case "hour":
		m.exact = now.Add(time.Duration(n) * time.Hour).Truncate(time.Minute)
	case "minut", "min":
		m.exact = now.Add(time.Duration(n) * time.Minute).Truncate(time.Minute)
	default:
		return 0
	}
	return took
}

func monday(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// readWeekday reads "Friday", "this Friday", "next Friday", "last Friday".
func (m *moment) readWeekday(t []token, now time.Time) int {
	n, word := 0, ""
	if len(t) > 1 {
		switch t[0].low {
		case "next", "this", "last", "coming":
			n, word = 1, t[0].low
		}
	}
	weekday, ok := weekdayOf(t[n].low)
	if !ok {
		return 0
	}
	today := midnight(now)
	ahead := (int(weekday-today.Weekday())+6)%7 + 1
	switch word {
	case "next":
		m.day = monday(today).AddDate(0, 0, 7+(int(weekday)+6)%7)
	case "last":
		m.day = today.AddDate(0, 0, ahead-7)
		if ahead == 7 {
			m.day = today.AddDate(0, 0, -7)
		}
	default:
		m.day = today.AddDate(0, 0, ahead)
	}
	return n + 1
}

func weekdayOf(low string) (time.Weekday, bool) {
	d, ok := weekdays[low]
	return d, ok
}

// readNamed reads "12 March 2026", "12th of March", "March 12", "Mar 12th, 2026".
func (m *moment) readNamed(t []token, now time.Time) int {
	day, n := ordinal(t[0].low), 1
	if day > 0 {
		if n < len(t) && t[n].low == "of" {
			n++
		}
		if n >= len(t) {
			return 0
		}
	}
	month, ok := monthOf(t[n*sign(day)].low)
	if !ok {
		return 0
	}
	if day > 0 {
		n++
	} else {
		if n >= len(t) {
			return 0
		}
		if day = ordinal(t[n].low); day == 0 {
			return 0
		}
		n++
	}
	if n < len(t) && len(t[n].text) == 4 {
		if year, err := strconv.Atoi(t[n].text); err == nil && year > 1900 && year < 2200 {
			m.day = time.Date(year, month, day, 0, 0, 0, 0, now.Location())
			return n + 1
		}
	}
	m.day = nearest(now, month, day)
	return n
}

func sign(day int) int {
	if day > 0 {
		return 1
	}
	return 0
}

// ordinal is the day of a month in 12, 12. and 12th; 0: it is none.
func ordinal(low string) int {
	for _, ending := range []string{"st", "nd", "rd", "th", "."} {
		low = strings.TrimSuffix(low, ending)
	}
	if n, err := strconv.Atoi(low); err == nil && n >= 1 && n <= 31 && len(low) <= 2 {
		return n
	}
	return 0
}

func monthOf(low string) (time.Month, bool) {
	mo, ok := months[low]
	return mo, ok
}

// nearest is the day in the year that is most likely meant: this one, unless
// the day is then half a year gone by, or ten months ahead.
func nearest(now time.Time, month time.Month, day int) time.Time {
	d := time.Date(now.Year(), month, day, 0, 0, 0, 0, now.Location())
	switch {
	case d.Before(now.AddDate(0, -6, 0)):
		return time.Date(now.Year()+1, month, day, 0, 0, 0, 0, now.Location())
	case d.After(now.AddDate(0, 10, 0)):
		return time.Date(now.Year()-1, month, day, 0, 0, 0, 0, now.Location())
	}
	return d
}
