package schedule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const layout = "2006-01-02 15:04:05"

func at(t testing.TB, text string) time.Time {
	t.Helper()
	moment, err := time.ParseInLocation(layout, text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// following are the first n moments of a schedule after a moment.
func following(s Schedule, after time.Time, n int) (moments []string) {
	for range n {
		next, ok := s.Next(after)
		if !ok {
			return append(moments, "never")
		}
		moments = append(moments, next.Format(layout))
		after = next
	}
	return moments
}

// TestDocumentedExamples are those of the guides of EventBridge, EventBridge
// Scheduler, CloudWatch and Systems Manager.
func TestDocumentedExamples(t *testing.T) {
	const thursday = "2026-01-01 00:00:00"
	for _, tt := range []struct {
		expression, after string
		want              []string
	}{
		{"cron(0 10 * * ? *)", thursday, []string{"2026-01-01 10:00:00", "2026-01-02 10:00:00"}},
		{"cron(15 12 * * ? *)", "2026-01-01 12:15:00", []string{"2026-01-02 12:15:00", "2026-01-03 12:15:00"}},
		{"cron(0 18 ? * MON-FRI *)", thursday, []string{"2026-01-01 18:00:00", "2026-01-02 18:00:00", "2026-01-05 18:00:00"}},
		{"cron(0 8 1 * ? *)", thursday, []string{"2026-01-01 08:00:00", "2026-02-01 08:00:00"}},
		{"cron(0/15 * * * ? *)", "2026-01-01 00:31:07", []string{"2026-01-01 00:45:00", "2026-01-01 01:00:00"}},
		{"cron(0/10 * ? * MON-FRI *)", "2026-01-02 23:50:00", []string{"2026-01-05 00:00:00", "2026-01-05 00:10:00"}},
		{"cron(0/5 8-17 ? * MON-FRI *)", "2026-01-02 17:54:59", []string{"2026-01-02 17:55:00", "2026-01-05 08:00:00"}},
		{"cron(0/30 20-23 ? * MON-FRI *)", "2026-01-02 23:00:00", []string{"2026-01-02 23:30:00", "2026-01-05 20:00:00"}},
		{"cron(0/30 0-2 ? * TUE-SAT *)", "2026-01-03 02:30:00", []string{"2026-01-06 00:00:00"}},
		{"cron(15 10 ? * 6L 2022-2023)", "2022-01-01 00:00:00", []string{"2022-01-28 10:15:00", "2022-02-25 10:15:00"}},
		{"cron(15 10 ? * 6L 2022-2023)", "2023-12-29 10:15:00", []string{"never"}},
		{"cron(0 9 ? * 2#1 *)", thursday, []string{"2026-01-05 09:00:00", "2026-02-02 09:00:00"}},
		{"cron(0 2 ? * THU#3 *)", thursday, []string{"2026-01-15 02:00:00", "2026-02-19 02:00:00"}},
		{"cron(0 12 3W * ? *)", thursday, []string{"2026-01-02 12:00:00", "2026-02-03 12:00:00"}},
		{"cron(0 9 L * ? *)", thursday, []string{"2026-01-31 09:00:00", "2026-02-28 09:00:00"}},
		{"cron(1/10 * * * ? *)", thursday, []string{"2026-01-01 00:01:00", "2026-01-01 00:11:00"}},
		{"cron(0 12 ? * 3 *)", thursday, []string{"2026-01-06 12:00:00"}},
		{"cron(0 17 ? JAN,FEB,MAR MON-FRI *)", "2026-03-31 17:00:00", []string{"2027-01-01 17:00:00"}},
		{"rate(5 minutes)", thursday, []string{"2026-01-01 00:05:00", "2026-01-01 00:10:00"}},
		{"rate(1 hour)", "2026-01-01 00:10:30", []string{"2026-01-01 01:10:30"}},
		{"rate(7 days)", thursday, []string{"2026-01-08 00:00:00"}},
	} {
		s, err := Parse(tt.expression)
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
			continue
		}
		if diff := cmp.Diff(tt.want, following(s, at(t, tt.after), len(tt.want))); diff != "" {
			t.Errorf("%s after %s (-want +got):\n%s", tt.expression, tt.after, diff)
		}
	}
}

func TestOddMoments(t *testing.T) {
	for _, tt := range []struct {
		expression, after string
		want              []string
	}{
		{"0 10 * * ? *", "2026-01-01 00:00:00", []string{"2026-01-01 10:00:00"}}, // the fields alone
		{" CRON( 0  10 ? jan sun * ) ", "2026-01-01 00:00:00", []string{"2026-01-04 10:00:00"}},
		{"0 0 29 2 ? *", "2096-02-29 00:00:00", []string{"2104-02-29 00:00:00"}}, // 2100 is no leap year
		{"0 0 30 2 ? *", "2026-01-01 00:00:00", []string{"never"}},
		{"0 0 31 * ? *", "2026-01-31 00:00:00", []string{"2026-03-31 00:00:00"}},
		{"59 23 31 12 ? 2199", "2026-01-01 00:00:00", []string{"2199-12-31 23:59:00", "never"}},
		{"* * * * ? *", "1066-10-14 09:00:00", []string{"1970-01-01 00:00:00"}},
		{"0 0 1W * ? *", "2026-07-31 00:00:00", []string{"2026-08-03 00:00:00"}},                         // the 1st is a Saturday
		{"0 0 31W * ? *", "2026-01-01 00:00:00", []string{"2026-01-30 00:00:00", "2026-03-31 00:00:00"}}, // a Saturday; none in February
		{"0 0 LW * ? *", "2026-02-01 00:00:00", []string{"2026-02-27 00:00:00"}},
		{"0 0 30W * ? *", "2026-08-01 00:00:00", []string{"2026-08-31 00:00:00"}}, // a Sunday
		{"0 0 31W * ? *", "2026-05-01 00:00:00", []string{"2026-05-29 00:00:00"}}, // a Sunday, the last of its month
		{"0 0 ? * 1#5 *", "2026-01-01 00:00:00", []string{"2026-03-29 00:00:00"}},
		{"0 0 ? * L *", "2026-01-01 00:00:00", []string{"2026-01-03 00:00:00", "2026-01-10 00:00:00"}}, // the last day of the week
		{"0 0 ? 2-12/5 SUN,2,TUE-WED 2026/2", "2026-01-01 00:00:00", []string{"2026-02-01 00:00:00", "2026-02-02 00:00:00", "2026-02-03 00:00:00", "2026-02-04 00:00:00", "2026-02-08 00:00:00"}},
	} {
		s, err := Parse(tt.expression)
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
			continue
		}
		if diff := cmp.Diff(tt.want, following(s, at(t, tt.after), len(tt.want))); diff != "" {
			t.Errorf("%s after %s (-want +got):\n%s", tt.expression, tt.after, diff)
		}
	}
}

func TestAfterSkipsWhatWasMissed(t *testing.T) {
	for _, tt := range []struct{ expression, due, now, want string }{
		{"rate(5 minutes)", "2026-01-01 00:05:00", "2026-01-01 00:05:20", "2026-01-01 00:10:00"},
		{"rate(5 minutes)", "2026-01-01 00:05:00", "2026-01-01 00:10:00", "2026-01-01 00:15:00"},
		{"rate(5 minutes)", "2026-01-01 00:05:00", "2026-01-03 07:08:09", "2026-01-03 07:10:00"},
		{"rate(5 minutes)", "2026-01-01 00:05:00", "2026-01-01 00:00:01", "2026-01-01 00:05:01"}, // the clock was set back
		{"0 12 * * ? *", "2026-01-01 12:00:00", "2026-01-03 13:00:00", "2026-01-04 12:00:00"},
	} {
		s, err := Parse(tt.expression)
		if err != nil {
			t.Fatal(err)
		}
		next, ok := s.After(at(t, tt.due), at(t, tt.now))
		if got := next.Format(layout); !ok || got != tt.want {
			t.Errorf("%s due %s, at %s: %s, %t, want %s", tt.expression, tt.due, tt.now, got, ok, tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for expression, want := range map[string]string{
		"":                         `"" has 0 fields; a cron expression has six: minutes hours day-of-month month day-of-week year, such as cron(0 18 ? * MON-FRI *)`,
		"0 18 * * 1-5":             `"0 18 * * 1-5" has 5 fields; a cron expression has six: minutes hours day-of-month month day-of-week year, such as cron(0 18 ? * MON-FRI *)`,
		"cron(0 18 * * * *)":       `day-of-month is "*" and day-of-week is "*"; one of the two has to be ?`,
		"cron(0 18 ? * ? *)":       "day-of-month and day-of-week are both ?; one of them has to say which days",
		"cron(60 18 * * ? *)":      `minutes: "60" is not a number from 0 to 59`,
		"cron(-1 18 * * ? *)":      `minutes: "" is not a number from 0 to 59`,
		"cron(+1 18 * * ? *)":      `minutes: "+1" is not a number from 0 to 59`,
		"cron(? 18 * * ? *)":       `minutes: "?" is not a number from 0 to 59`,
		"cron(0 24 * * ? *)":       `hours: "24" is not a number from 0 to 23`,
		"cron(0 1, * * ? *)":       `hours: "" is not a number from 0 to 23`,
		"cron(0 22-2 * * ? *)":     `hours: the range "22-2" runs backwards; write it as two, separated by a comma`,
		"cron(0/0 18 * * ? *)":     `minutes: the step in "0/0" is not a number from 1 to 59`,
		"cron(0/5/5 18 * * ? *)":   `minutes: the step in "0/5/5" is not a number from 1 to 59`,
		"cron(0/ 18 * * ? *)":      `minutes: the step in "0/" is not a number from 1 to 59`,
		"cron(0 18 0 * ? *)":       `day-of-month: "0" is not a number from 1 to 31`,
		"cron(0 18 32W * ? *)":     `day-of-month: "32" is not a number from 1 to 31`,
		"cron(0 18 1,L * ? *)":     `day-of-month: "L" is not a number from 1 to 31`,
		"cron(0 18 * MAI ? *)":     `month: "MAI" is not a number from 1 to 12, or a name from JAN to DEC`,
		"cron(0 18 ? * 0 *)":       `day-of-week: "0" is not a number from 1 to 7, or a name from SUN to SAT`,
		"cron(0 18 ? * 8L *)":      `day-of-week: "8" is not a number from 1 to 7, or a name from SUN to SAT`,
		"cron(0 18 ? * 3#1,6#3 *)": `day-of-week: what follows # is not a number from 1 to 5: "1,6#3"`,
		"cron(0 18 ? * 8#1 *)":     `day-of-week: "8" is not a number from 1 to 7, or a name from SUN to SAT`,
		"cron(0 18 ? * MON 1969)":  `year: "1969" is not a number from 1970 to 2199`,
		"cron(0 18 ? * MON *":      `minutes: "cron(0" is not a number from 0 to 59`,
		"rate(0 minutes)":          `the value of a rate is a whole number from 1 to 99999, not "0"`,
		"rate(1.5 hours)":          `the value of a rate is a whole number from 1 to 99999, not "1.5"`,
		"rate(100000 days)":        `the value of a rate is a whole number from 1 to 99999, not "100000"`,
		"rate(1 hours)":            "the unit of rate(1 hours) has to be minute, hour or day",
		"rate(5 hour)":             "the unit of rate(5 hour) has to be minutes, hours or days",
		"rate(5 weeks)":            "the unit of rate(5 weeks) has to be minutes, hours or days",
		"rate(5)":                  "rate(5) is not of the form rate(value unit), such as rate(1 hour) or rate(5 minutes)",
		strings.Repeat("0", 999):   "the expression has 999 bytes, at most 998 are allowed",
	} {
		_, err := Parse(expression)
		if err == nil || err.Error() != want {
			t.Errorf("%s\ngot  %v\nwant %s", expression, err, want)
		}
	}
}

// TestNextIsTheFirstThatMatches compares Next with a walk over the minutes.
func TestNextIsTheFirstThatMatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := Parse(expressions().Draw(t, "expression"))
		if err != nil {
			t.Fatal(err)
		}
		minutes := rapid.Int64Range(0, 1500*60*24).Draw(t, "minutes after 2023")
		after := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
		after = after.Add(time.Duration(rapid.Int64Range(0, int64(time.Minute)-1).Draw(t, "within")))
		next, ok := s.Next(after)
		if ok && (!next.After(after) || !s.cron.matches(next) || next.Location() != time.UTC) {
			t.Fatalf("Next(%v) = %v", after, next)
		}
		for m := after.Truncate(time.Minute).Add(time.Minute); m.Before(after.AddDate(0, 0, 3)) && (!ok || m.Before(next)); m = m.Add(time.Minute) {
			if s.cron.matches(m) {
				t.Fatalf("Next(%v) = %v, %t; %v is before it", after, next, ok, m)
			}
		}
	})
}

// matches is what the fields say, without a leap.
func (c *cron) matches(t time.Time) bool {
	return c.minutes.has(t.Minute()) && c.hours.has(t.Hour()) && c.day(t) && c.months.has(int(t.Month())) && c.years.has(t.Year()-firstYear)
}

func expressions() *rapid.Generator[string] {
	pick := func(choices ...string) *rapid.Generator[string] { return rapid.SampledFrom(choices) }
	return rapid.Custom(func(t *rapid.T) string {
		minutes := pick("*", "0", "0/15", "*/7", "59", "3-30/9", "1,2,58").Draw(t, "minutes")
		hours := pick("*", "0", "8-17", "0/6", "23", "3,4").Draw(t, "hours")
		months := pick("*", "1", "FEB", "JUN-SEP", "2/3", "12").Draw(t, "month")
		years := pick("*", "2024", "2023-2026", "2024/2").Draw(t, "year")
		day := pick("* ! ?", "1 ! ?", "31 ! ?", "L ! ?", "LW ! ?", "15W ! ?", "1W ! ?", "1-7/3 ! ?",
			"? ! *", "? ! MON-FRI", "? ! 1", "? ! 6L", "? ! L", "? ! 2#1", "? ! SUN#5").Draw(t, "day")
		return strings.Join([]string{minutes, hours, strings.Replace(day, "!", months, 1), years}, " ")
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"cron(0 18 ? * MON-FRI *)", "0/15 * * * ? *", "rate(5 minutes)", "cron(15 10 ? * 6L 2022-2023)", "0 0 LW 2 ? 2024/4",
		"cron(0 2 ? * THU#3 *)", "rate(1 day)", "1,2,3-9/2 * 31W * ? 1970", "", "cron()", "rate()", "0 0 # ? L W",
	} {
		f.Add(seed, int64(1_767_225_600))
	}
	f.Fuzz(func(t *testing.T, expression string, unix int64) {
		s, err := Parse(expression)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		const century = 100 * 365 * 24 * 3600
		after := time.Unix(unix%(3*century), 0)
		next, ok := s.Next(after)
		switch {
		case ok && !next.After(after):
			t.Fatalf("%q: Next(%v) = %v", expression, after, next)
		case ok && s.cron != nil && !s.cron.matches(next):
			t.Fatalf("%q: Next(%v) = %v, which does not match", expression, after, next)
		case !ok && s.cron == nil:
			t.Fatalf("%q: a rate that ends", expression)
		}
	})
}
