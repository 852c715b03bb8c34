package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// cron is the set of minutes that match every one of the fields.
type cron struct {
	minutes, hours, months, years set
	day                           func(t time.Time) bool // of day-of-month or day-of-week, the one that is not ?
}

const (
	firstYear = 1970
	lastYear  = 2199
)

// parseCron reads the six fields.
func parseCron(text string) (*cron, error) {
	f := strings.Fields(text)
	if len(f) != 6 {
		return nil, fmt.Errorf("%q has %d fields; a cron expression has six: minutes hours day-of-month month day-of-week year, such as cron(0 18 ? * MON-FRI *)", text, len(f))
	}
	c := &cron{}
	var err error
	for _, part := range []struct {
		field field
		text  string
		into  *set
	}{
		{minuteField, f[0], &c.minutes}, {hourField, f[1], &c.hours}, {monthField, f[3], &c.months}, {yearField, f[5], &c.years},
	} {
		if *part.into, err = part.field.parse(part.text); err != nil {
			return nil, err
		}
	}
	c.day, err = parseDay(f[2], f[4])
	if err != nil {
		return nil, err
	}
	return c, nil
}

// parseDay reads the two fields that speak of days. One of them is a "?".
func parseDay(ofMonth, ofWeek string) (func(time.Time) bool, error) {
	switch {
	case ofMonth == "?" && ofWeek == "?":
		return nil, errors.New("day-of-month and day-of-week are both ?; one of them has to say which days")
	case ofWeek == "?":
		return parseDayOfMonth(ofMonth)
	case ofMonth == "?":
		return parseDayOfWeek(ofWeek)
	}
	return nil, fmt.Errorf("day-of-month is %q and day-of-week is %q; one of the two has to be ?", ofMonth, ofWeek)
}

// next looks for the first minute after t that matches. It leaps over the years,
// months, days and hours that do not.
func (c *cron) next(t time.Time) (time.Time, bool) {
	if t.Year() < firstYear {
		t = time.Date(firstYear, time.January, 1, 0, 0, 0, 0, time.UTC).Add(-time.Nanosecond)
	}
	t = t.Truncate(time.Minute).Add(time.Minute)
	for t.Year() <= lastYear {
		year, month, day := t.Date()
		switch {
		case !c.years.has(year - firstYear):
			t = time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC)
		case !c.months.has(int(month)):
			t = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		case !c.day(t):
			t = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
		case !c.hours.has(t.Hour()):
			t = t.Truncate(time.Hour).Add(time.Hour)
		case !c.minutes.has(t.Minute()):
			t = t.Add(time.Minute)
		default:
			return t, true
		}
	}
	return time.Time{}, false
}
