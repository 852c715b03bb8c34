// Package schedule says when something is to be done: the cron and rate
// expressions of AWS.
//
// It owns their grammar and their arithmetic, always in UTC. Who waits for the
// moment, and what a missed one means, is the user's business
// (resource/datasource).
//
// The grammar is that of the EventBridge guide ("Cron expressions reference"):
// six fields, one of day-of-month and day-of-week a "?", days of the week
// counted from Sunday as 1. Libraries for cron count them from 0, join the two
// days differently and take what AWS refuses, so this one is our own.
package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxLength bounds an expression, in bytes: the model's SyncSchedule.
const MaxLength = 998

// Schedule is a row of moments.
type Schedule struct {
	every time.Duration // of a rate
	cron  *cron
}

// Parse reads an expression: cron(minutes hours day-of-month month day-of-week
// year), the six fields alone, or rate(n unit). The error is a sentence for
// whoever wrote the expression.
func Parse(expression string) (Schedule, error) {
	if len(expression) > MaxLength {
		return Schedule{}, fmt.Errorf("the expression has %d bytes, at most %d are allowed", len(expression), MaxLength)
	}
	text := strings.TrimSpace(expression)
	if inside, ok := call(text, "rate"); ok {
		every, err := parseRate(inside)
		return Schedule{every: every}, err
	}
	if inside, ok := call(text, "cron"); ok {
		text = inside
	}
	c, err := parseCron(text)
	return Schedule{cron: c}, err
}

// call returns what stands between the parentheses of name(…).
func call(text, name string) (inside string, ok bool) {
	if len(text) <= len(name) || !strings.EqualFold(text[:len(name)], name) {
		return "", false
	}
	inside, open := strings.CutPrefix(text[len(name):], "(")
	inside, closed := strings.CutSuffix(inside, ")")
	return inside, open && closed
}

// Next is the first moment after a given one, in UTC: ok is false when there is
// none any more. That of a rate is one period later.
func (s Schedule) Next(after time.Time) (next time.Time, ok bool) {
	if s.cron == nil {
		return after.UTC().Add(s.every), s.every > 0
	}
	return s.cron.next(after.UTC())
}

// After is the moment that follows now, for a schedule that was due at a moment
// before: what was missed in between is left out, and a rate keeps its beat.
func (s Schedule) After(due, now time.Time) (next time.Time, ok bool) {
	if s.cron != nil || s.every <= 0 || due.After(now) {
		return s.Next(now)
	}
	return due.UTC().Add(now.Sub(due).Truncate(s.every) + s.every), true
}

// units are those of a rate.
var units = []struct {
	one string
	is  time.Duration
}{
	{"minute", time.Minute}, {"hour", time.Hour}, {"day", 24 * time.Hour},
}

// maxRate bounds the number in a rate.
const maxRate = 99_999

// parseRate reads "5 minutes". As in the guide, 1 has the singular and the rest
// the plural.
func parseRate(text string) (time.Duration, error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return 0, fmt.Errorf("rate(%s) is not of the form rate(value unit), such as rate(1 hour) or rate(5 minutes)", text)
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil || n < 1 || n > maxRate || fields[0][0] == '+' {
		return 0, fmt.Errorf("the value of a rate is a whole number from 1 to %d, not %q", maxRate, fields[0])
	}
	for _, u := range units {
		name := u.one
		if n > 1 {
			name += "s"
		}
		if fields[1] == name {
			return time.Duration(n) * u.is, nil
		}
	}
	if n == 1 {
		return 0, fmt.Errorf("the unit of rate(%s) has to be minute, hour or day", text)
	}
	return 0, fmt.Errorf("the unit of rate(%s) has to be minutes, hours or days", text)
}
