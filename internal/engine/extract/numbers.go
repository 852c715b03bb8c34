package extract

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"
)

// cellStyles are the formats of numbers that cells refer to.
type cellStyles struct {
	custom  map[int]string
	formats []int // of each style
	cells   bool  // the styles of cells are being read, not those of names
}

func (c *cellStyles) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "numFmt":
		if id, err := strconv.Atoi(attribute(e, "numFmtId")); err == nil {
			c.custom[id] = attribute(e, "formatCode")
		}
	case "cellXfs":
		c.cells = true
	case "xf":
		if c.cells {
			id, _ := strconv.Atoi(attribute(e, "numFmtId"))
			c.formats = append(c.formats, id)
		}
	}
	return nil
}

func (c *cellStyles) end(name string) error {
	if name == "cellXfs" {
		c.cells = false
	}
	return nil
}

func (c *cellStyles) text([]byte) error { return nil }

// number shows a number: dates as dates, shares as percentages, and all others
// with the digits that they have.
func (c *cellStyles) number(style int, value string, date1904 bool) string {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return value
	}
	format := 0
	if style >= 0 && style < len(c.formats) {
		format = c.formats[style]
	}
	code := c.custom[format]
	switch {
	case isDate(format, code):
		return date(f, date1904)
	case format == 9 || format == 10 || strings.Contains(code, "%"):
		return digits(f*100) + "%"
	}
	return digits(f)
}

// digits are at most the 15 that Excel has.
func digits(f float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	if err != nil || math.Abs(rounded) >= 1e21 {
		return strconv.FormatFloat(f, 'g', 15, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// isDate tells the formats of dates and times by their number (ECMA-376, part 1,
// 18.8.30) or by their code.
func isDate(format int, code string) bool {
	if code == "" {
		return format >= 14 && format <= 22 || format >= 27 && format <= 36 || format >= 45 && format <= 47 || format >= 50 && format <= 58
	}
	code, _, _ = strings.Cut(code, ";")
	quoted, bracketed := false, false
	for i := 0; i < len(code); i++ {
		switch ch := code[i]; {
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '\\' || ch == '_' || ch == '*':
			i++
		case ch == '[':
			bracketed = true
		case ch == ']':
			bracketed = false
		case !bracketed && strings.IndexByte("ymdhsYMDHS", ch) >= 0:
			return true
		}
	}
	return false
}

// date shows a serial number: days since the last day of 1899, or since the first
// of 1904.
func date(serial float64, date1904 bool) string {
	if serial < 0 || serial > 2_958_466 { // the year 10000
		return digits(serial)
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	days, part := math.Modf(serial)
	t := epoch.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	switch {
	case days == 0 && !date1904:
		return t.Format("15:04:05")
	case part == 0:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04:05")
}
