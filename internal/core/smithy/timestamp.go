package smithy

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// The seconds since 1970 of the years 1 to 9999, which every notation of a
// time can hold.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

// parseEpoch reads a JSON number of seconds since 1970, to the millisecond:
// more is cut off, as the AWS protocols carry no more.
func parseEpoch(number string) (t time.Time, ok bool) {
	if strings.ContainsAny(number, "eE") {
		return parseScientific(number)
	}
	whole, fraction, _ := strings.Cut(number, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds < minSeconds || seconds > maxSeconds {
		return time.Time{}, false
	}
	millis, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	if strings.HasPrefix(number, "-") {
		millis = -millis
	}
	return inRange(seconds*1000 + millis)
}

func parseScientific(number string) (t time.Time, ok bool) {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f < minSeconds || f > maxSeconds {
		return time.Time{}, false
	}
	return inRange(int64(math.Trunc(f * 1000)))
}

func inRange(millis int64) (t time.Time, ok bool) {
	return time.UnixMilli(millis).UTC(), millis >= minSeconds*1000
}

// parseDateTime reads the date-time of Smithy: RFC 3339 in UTC, written with
// a capital T and Z.
func parseDateTime(text string) (t time.Time, ok bool) {
	const form = "2006-01-02T15:04:05Z"
	switch {
	case len(text) < len(form), text[13] != ':', text[len(text)-1] != 'Z', strings.Contains(text, ","):
		return time.Time{}, false // the library would forgive an hour of one digit, and a comma
	}
	t, err := time.Parse(form, text) // takes a fraction after the seconds
	if err != nil || t.Unix() < minSeconds {
		return time.Time{}, false
	}
	return t.Truncate(time.Millisecond), true
}

// appendEpoch appends seconds since 1970, with a fraction only when there is
// one.
func appendEpoch(dst []byte, t time.Time) []byte {
	millis := t.UnixMilli()
	if millis < 0 {
		dst, millis = append(dst, '-'), -millis
	}
	dst = strconv.AppendInt(dst, millis/1000, 10)
	if millis %= 1000; millis == 0 {
		return dst
	}
	digits := strconv.AppendInt(nil, 1000+millis, 10)[1:]
	return append(append(dst, '.'), strings.TrimRight(string(digits), "0")...)
}
