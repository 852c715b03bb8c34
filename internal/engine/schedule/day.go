package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseDayOfMonth reads a list of days, L for the last one, LW for the last
// that is no Saturday or Sunday, or nW for such a one nearest to the nth.
func parseDayOfMonth(text string) (func(time.Time) bool, error) {
	upper := strings.ToUpper(text)
	switch {
	case upper == "L":
		return func(t time.Time) bool { return t.Day() == lastDay(t) }, nil
	case upper == "LW":
		return func(t time.Time) bool { return t.Day() == nearestWeekday(t, lastDay(t)) }, nil
	case strings.HasSuffix(upper, "W"):
		n, err := dayField.value(upper[:len(upper)-1])
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return n <= lastDay(t) && t.Day() == nearestWeekday(t, n) }, nil
	}
	days, err := dayField.parse(text)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) bool { return days.has(t.Day()) }, nil
}

// parseDayOfWeek reads a list of days of the week, L for the last day of the
// week (Saturday), nL for the last n of a month, or n#i for its ith n.
func parseDayOfWeek(text string) (func(time.Time) bool, error) {
	upper := strings.ToUpper(text)
	if upper == "L" {
		upper = "7"
	}
	if day, last := strings.CutSuffix(upper, "L"); last {
		n, err := weekField.value(day)
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return weekday(t) == n && t.Day()+7 > lastDay(t) }, nil
	}
	if day, nth, ok := strings.Cut(upper, "#"); ok {
		return parseNth(day, nth)
	}
	days, err := weekField.parse(upper)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) bool { return days.has(weekday(t)) }, nil
}

func parseNth(day, nth string) (func(time.Time) bool, error) {
	n, err := weekField.value(day)
	if err != nil {
		return nil, err
	}
	i, err := strconv.Atoi(nth)
	if err != nil || i < 1 || i > 5 || nth[0] == '+' {
		return nil, fmt.Errorf("day-of-week: what follows # is not a number from 1 to 5: %q", nth)
	}
	return func(t time.Time) bool { return weekday(t) == n && (t.Day()+6)/7 == i }, nil
}

// weekday counts from Sunday, which is 1.
func weekday(t time.Time) int { return int(t.Weekday()) + 1 }

// lastDay is the number of days that t's month has.
func lastDay(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearestWeekday is the day from Monday to Friday that is nearest to a day of
// t's month, and in that month.
func nearestWeekday(t time.Time, day int) int {
	switch time.Date(t.Year(), t.Month(), day, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == lastDay(t) {
			return day - 2
		}
		return day + 1
	}
	return day
}
