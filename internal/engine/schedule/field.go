package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// set has the values of a field; years begin at 0.
type set [4]uint64

func (s set) has(n int) bool { return s[n>>6]&(1<<(n&63)) != 0 }

func (s *set) add(n int) { s[n>>6] |= 1 << (n & 63) }

// field is one of those that are lists of numbers.
type field struct {
	name     string
	min, max int
	names    []string // of the values, from min on
	offset   int      // of the value that a set has as 0
}

var (
	minuteField = field{name: "minutes", max: 59}
	hourField   = field{name: "hours", max: 23}
	dayField    = field{name: "day-of-month", min: 1, max: 31}
	monthField  = field{name: "month", min: 1, max: 12, names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	weekField   = field{name: "day-of-week", min: 1, max: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
	yearField   = field{name: "year", min: firstYear, max: lastYear, offset: firstYear}
)

// parse reads a list such as 0,15-30/5,MON.
func (f field) parse(text string) (set, error) {
	var s set
	for item := range strings.SplitSeq(text, ",") {
		if err := f.addItem(&s, item); err != nil {
			return set{}, err
		}
	}
	return s, nil
}

// addItem adds what one entry of the list stands for: *, n, n-m, and each of
// them with /step. n/step goes on to the field's end.
func (f field) addItem(s *set, item string) error {
	values, step, stepped := strings.Cut(item, "/")
	from, to, err := f.span(values, stepped)
	if err != nil {
		return err
	}
	by := 1
	if stepped {
		if by, err = strconv.Atoi(step); err != nil || by < 1 || by > f.max || step[0] == '+' {
			return fmt.Errorf("%s: the step in %q is not a number from 1 to %d", f.name, item, f.max)
		}
	}
	for n := from; n <= to; n += by {
		s.add(n - f.offset)
	}
	return nil
}

// span is the first and the last value of an entry without its step.
func (f field) span(values string, open bool) (from, to int, err error) {
	if values == "*" {
		return f.min, f.max, nil
	}
	first, last, ranged := strings.Cut(values, "-")
	if from, err = f.value(first); err != nil {
		return 0, 0, err
	}
	switch {
	case ranged:
		if to, err = f.value(last); err != nil {
			return 0, 0, err
		}
		if to < from {
			return 0, 0, fmt.Errorf("%s: the range %q runs backwards; write it as two, separated by a comma", f.name, values)
		}
		return from, to, nil
	case open:
		return from, f.max, nil
	}
	return from, from, nil
}

// value reads one number or name.
func (f field) value(text string) (int, error) {
	if i := slices.Index(f.names, strings.ToUpper(text)); i >= 0 {
		return f.min + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max || text[0] == '+' {
		return 0, fmt.Errorf("%s: %q is not %s", f.name, text, f.values())
	}
	return n, nil
}

// values says what the values are.
func (f field) values() string {
	if f.names == nil {
		return fmt.Sprintf("a number from %d to %d", f.min, f.max)
	}
	return fmt.Sprintf("a number from %d to %d, or a name from %s to %s", f.min, f.max, f.names[0], f.names[len(f.names)-1])
}
