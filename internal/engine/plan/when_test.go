package plan

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// TestMoments reads days and times as people write them, on Wednesday the 11th of
// March 2026 at 10:30.
func TestMoments(t *testing.T) {
	for text, want := range map[string]string{
		"today":                     "2026-03-11T00:00:00+01:00",
		"tomorrow at 3pm":           "2026-03-12T15:00:00+01:00",
		"tomorrow 3:30 pm":          "2026-03-12T15:30:00+01:00",
		"yesterday 18:00":           "2026-03-10T18:00:00+01:00",
		"day after tomorrow":        "2026-03-13T00:00:00+01:00",
		"Friday":                    "2026-03-13T00:00:00+01:00",
		"this friday at noon":       "2026-03-13T12:00:00+01:00",
		"next Friday at 3pm":        "2026-03-20T15:00:00+01:00",
		"next Monday":               "2026-03-16T00:00:00+01:00",
		"Wednesday":                 "2026-03-18T00:00:00+01:00",
		"last Friday":               "2026-03-06T00:00:00+01:00",
		"last Wednesday":            "2026-03-04T00:00:00+01:00",
		"next week":                 "2026-03-16T00:00:00+01:00",
		"next month":                "2026-04-01T00:00:00+02:00",
		"end of the month":          "2026-03-31T00:00:00+02:00",
		"end of week":               "2026-03-13T00:00:00+01:00",
		"in 3 days":                 "2026-03-14T00:00:00+01:00",
		"in two weeks":              "2026-03-25T00:00:00+01:00",
		"2 weeks ago":               "2026-02-25T00:00:00+01:00",
		"in 2 hours":                "2026-03-11T12:30:00+01:00",
		"12 March":                  "2026-03-12T00:00:00+01:00",
		"12th of March 2027":        "2027-03-12T00:00:00+01:00",
		"March 12th, 2026":          "2026-03-12T00:00:00+01:00",
		"Mar 9":                     "2026-03-09T00:00:00+01:00",
		"31 December":               "2026-12-31T00:00:00+01:00",
		"2026-03-12":                "2026-03-12T00:00:00+01:00",
		"12.03.2026":                "2026-03-12T00:00:00+01:00",
		"12.03.2026 um 14 Uhr":      "2026-03-12T14:00:00+01:00",
		"1.4.26":                    "2026-04-01T00:00:00+02:00",
		"03/12/2026":                "2026-03-12T00:00:00+01:00",
		"25/12/2026":                "2026-12-25T00:00:00+01:00",
		"15:00":                     "2026-03-11T15:00:00+01:00",
		"3pm on Friday":             "2026-03-13T15:00:00+01:00",
		"12 am":                     "2026-03-11T00:00:00+01:00",
		"2026-03-16T09:00:00Z":      "2026-03-16T09:00:00Z",
		"2026-03-16T09:00":          "2026-03-16T09:00:00+01:00",
		"29 March at 9am":           "2026-03-29T09:00:00+02:00", // the clocks have changed that night
		"2026-02-30":                "",
		"42":                        "",
		"25:00":                     "",
		"next":                      "",
		"may":                       "",
		"in 99999999 days":          "",
		"13:61":                     "",
		"12":                        "",
		"in March":                  "",
		"1.2.3.4":                   "",
		"v1.2.2026":                 "",
		"2026-03-12T99:00:00Z":      "",
		"half":                      "",
		"the third of never at all": "",
	} {
		got := ""
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		now := now.In(berlin)
		tokens, _ := tokenize(text)
		if m, n := readMoment(tokens, 0, now); n > 0 {
			got = m.instant(now).Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestRanges reads the two ends of a stretch of time.
func TestRanges(t *testing.T) {
	for text, want := range map[string][2]string{
		"from 12 March to 20 March":               {"2026-03-12T00:00:00+01:00", "2026-03-20T00:00:00+01:00"},
		"01.04.2026 - 05.04.2026":                 {"2026-04-01T00:00:00+01:00", "2026-04-05T00:00:00+01:00"},
		"01.04.2026-05.04.2026":                   {"2026-04-01T00:00:00+01:00", "2026-04-05T00:00:00+01:00"},
		"today 2pm-4pm":                           {"2026-03-11T14:00:00+01:00", "2026-03-11T16:00:00+01:00"},
		"tomorrow from 9 to 10 am":                {"2026-03-12T09:00:00+01:00", "2026-03-12T10:00:00+01:00"},
		"from 10:00 to 11:30 on Friday":           {"2026-03-13T10:00:00+01:00", "2026-03-13T11:30:00+01:00"},
		"between 1 March and 5 March":             {"2026-03-01T00:00:00+01:00", "2026-03-05T00:00:00+01:00"},
		"from tomorrow 8:00 until tomorrow 20:00": {"2026-03-12T08:00:00+01:00", "2026-03-12T20:00:00+01:00"},
	} {
		m := read(text, now)
		var got [2]string
		for _, e := range m.entities {
			if e.sort == when && e.role != 0 {
				got[e.role-1] = e.moment.instant(now).Format(time.RFC3339)
			}
		}
		if got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}
