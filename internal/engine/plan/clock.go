package plan

import (
	"strconv"
	"strings"
	"time"
)

// readClock reads 15:00, 3pm, 3:30 pm, noon, 14 Uhr, 9 o'clock; a bare 9 only
// behind "at".
func (m *moment) readClock(t []token, behindAt bool) int {
	low := t[0].low
	switch low {
	case "noon", "midday":
		m.clock, m.hasClock = 12*time.Hour, true
		return 1
	case "midnight":
		m.clock, m.hasClock = 0, true
		return 1
	case "at":
		if len(t) > 1 {
			if n := m.readClock(t[1:], true); n > 0 {
				return n + 1
			}
		}
		return 0
	}
	half, base, n := "", low, 1
	if len(low) > 2 && (strings.HasSuffix(low, "am") || strings.HasSuffix(low, "pm")) {
		half, base = low[len(low)-2:], low[:len(low)-2]
	} else if len(t) > 1 && !t[0].ends() {
		switch t[1].low {
		case "am", "pm", "a.m", "p.m":
			half, n = t[1].low[:1]+"m", 2
		case "uhr", "o'clock", "oclock":
			behindAt, n = true, 2
		}
	}
	clock, ok := clockOf(base, half, behindAt)
	if !ok {
		return 0
	}
	m.clock, m.hasClock = clock, true
	return n
}

func clockOf(base, half string, bare bool) (time.Duration, bool) {
	hours, minutes, colon := strings.Cut(base, ":")
	if !colon && half == "" && !bare || len(hours) > 2 || colon && len(minutes) != 2 {
		return 0, false
	}
	h, err := strconv.Atoi(hours)
	if err != nil || h < 0 || h > 23 || half != "" && (h == 0 || h > 12) {
		return 0, false
	}
	minute := 0
	if colon {
		if minute, err = strconv.Atoi(minutes); err != nil || minute < 0 || minute > 59 {
			return 0, false
		}
	}
	switch {
	case half == "pm" && h < 12:
		h += 12
	case half == "am" && h == 12:
		h = 0
	}
	return time.Duration(h)*time.Hour + time.Duration(minute)*time.Minute, true
}

// readSpan reads how long something takes: "2 hours", "an hour", "45 minutes",
// "half an hour".
func readSpan(t []token) (time.Duration, int) {
	if len(t) > 2 && t[0].low == "half" && t[1].low == "an" && t[2].stem == "hour" {
		return 30 * time.Minute, 3
	}
	if len(t) < 2 {
		return 0, 0
	}
	n, ok := count(t[0].low)
	if t[0].low == "a" || t[0].low == "an" {
		n, ok = 1, true
	}
	if !ok || n > 1000 {
		return 0, 0
	}
	switch t[1].stem {
	case "hour", "hr", "h":
		return time.Duration(n) * time.Hour, 2
	case "minut", "min":
		return time.Duration(n) * time.Minute, 2
	}
	return 0, 0
}

func count(low string) (int, bool) {
	if w, ok := numerals[low]; ok {
		low = w
	}
	n, err := strconv.Atoi(low)
	return n, err == nil && n >= 0
}
