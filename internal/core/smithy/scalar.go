package smithy

import (
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// scalarValue reads a value that is neither object nor array into v.
func (d *decoder) scalarValue(s *Shape, v reflect.Value) {
	switch s.Kind {
	case String, Enum:
		if d.opens('"', "A string") {
			str := text(d.str())
			d.refuseAll(s.checkText(str, "text", d.secret > 0))
			v.SetString(str)
		}
	case Boolean:
		if c := d.next(); c != 't' && c != 'f' {
			d.badType("true or false")
			return
		}
		v.SetBool(d.scalar()[0] == 't')
	case Integer, Long:
		if d.isNumber() || d.badType("A whole number") {
			d.refuseAll(s.setInteger(v, string(d.scalar()), d.secret > 0))
		}
	case Float, Double:
		d.float(s, v)
	case Blob:
		if d.opens('"', "A string in base64") {
			d.refuseAll(s.setBlob(v, text(d.str())))
		}
	case Timestamp:
		if d.isNumber() || d.badType("A time, as a number of seconds since 1970-01-01T00:00:00Z,") {
			t, ok := parseEpoch(string(d.scalar()))
			if !ok {
				d.refuse("The time is out of range: it must lie within the years 1 to 9999.")
				return
			}
			setTime(v, t)
		}
	}
}

func (d *decoder) isNumber() bool {
	c := d.next()
	return c == '-' || isDigit(c)
}

// float reads a number, or one of the strings that stand for what JSON's
// numbers cannot say.
func (d *decoder) float(s *Shape, v reflect.Value) {
	switch {
	case d.isNumber():
		d.refuseAll(s.setFloat(v, string(d.scalar()), d.secret > 0))
	case d.next() != '"':
		d.badType("A number")
	default:
		word := text(d.str())
		f, ok := notFinite(word)
		if !ok {
			d.refuse(`A number, or one of "NaN", "Infinity" and "-Infinity", was expected here, and another string was found.`)
			return
		}
		v.SetFloat(f)
	}
}

func notFinite(word string) (f float64, ok bool) {
	switch word {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}

// The setters below share a convention: they read text into v and return the
// problems, without a path.

func (s *Shape) setInteger(v reflect.Value, number string, secret bool) []Problem {
	if strings.ContainsAny(number, ".eE") {
		return unreadable("A whole number, without a fraction or an exponent, was expected here%s.", foundNumber(number, secret))
	}
	size, limits := 64, "from -9223372036854775808 to 9223372036854775807"
	if s.Kind == Integer {
		size, limits = 32, "from -2147483648 to 2147483647"
	}
	n, err := strconv.ParseInt(number, 10, size)
	if err != nil {
		return unreadable("A whole number %s was expected here%s.", limits, foundNumber(number, secret))
	}
	v.SetInt(n)
	if s.Min.Set && n < s.Min.N || s.Max.Set && n > s.Max.N {
		return s.broken(Range, "The number must be %s%s.", s.bounds(), foundNumber(number, secret))
	}
	return nil
}

func (s *Shape) setFloat(v reflect.Value, number string, secret bool) []Problem {
	size := 64
	if s.Kind == Float {
		size = 32
	}
	f, err := strconv.ParseFloat(number, size)
	if err != nil {
		return unreadable("The number does not fit into a floating-point number of %d bits.", size)
	}
	v.SetFloat(f)
	if s.Min.Set && f < float64(s.Min.N) || s.Max.Set && f > float64(s.Max.N) {
		return s.broken(Range, "The number must be %s%s.", s.bounds(), foundNumber(number, secret))
	}
	return nil
}

func (s *Shape) setBlob(v reflect.Value, encoded string) []Problem {
	b, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") { // the library would forgive line breaks
		return unreadable("The text is not base64 (RFC 4648, section 4, with padding).")
	}
	v.SetBytes(b)
	if !s.fits(len(b)) {
		return s.broken(Length, "The data must have %s; it has %d.", s.amount("byte", "bytes"), len(b))
	}
	return nil
}

func setTime(v reflect.Value, t time.Time) { *v.Addr().Interface().(*time.Time) = t }

func unreadable(format string, args ...any) []Problem {
	return []Problem{{Parse: true, Message: fmt.Sprintf(format, args...)}}
}

func (s *Shape) broken(rule Rule, format string, args ...any) []Problem {
	return []Problem{{Message: fmt.Sprintf(format, args...), Rule: rule, Shape: s}}
}
