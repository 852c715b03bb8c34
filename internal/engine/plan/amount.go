package plan

import "strings"

// readNumber reads 250, 1,250.00, 1.299,00, $99.50, 25%, 12k, 1.2kg, #8 and
// two, with what is counted.
func (m *message) readNumber(e *entity) bool {
	t := m.tokens[e.first]
	text := t.low
	if w, ok := numerals[text]; ok {
		text = w
		if text == "1" { // "that one" counts nothing
			return false
		}
	}
	text = strings.TrimPrefix(text, "#")
	for _, sign := range []string{"$", "€", "£", "¥"} {
		if rest, ok := strings.CutPrefix(text, sign); ok {
			text, e.currency = rest, currencies[sign]
		}
	}
	end := len(text)
	for i, r := range text {
		if (r < '0' || r > '9') && r != '.' && r != ',' && !(i == 0 && r == '-') {
			end = i
			break
		}
	}
	suffix := text[end:]
	plain, ok := plainNumber(text[:end])
	if !ok {
		return false
	}
	if suffix == "k" {
		plain, suffix = thousands(plain), ""
	}
	if suffix != "" && currencies[suffix] == "" && suffix != "%" && suffix != "x" && !units[suffix] {
		return false
	}
	e.number, e.unit = plain, suffix
	m.readUnit(e, t)
	return true
}

var units = set("kg g lb lbs km m cm h min mb gb eur usd gbp chf")

// readUnit sees what stands behind a number: kilograms, dollars, people.
func (m *message) readUnit(e *entity, t token) {
	if e.unit == "" && !t.ends() && e.last < len(m.tokens) {
		next := m.tokens[e.last]
		if !stops[next.low] && next.quote == 0 {
			e.unit = next.stem
		}
		if code := currencies[next.low]; code != "" {
			e.currency = code
			e.last++
		}
		return
	}
	if code := currencies[e.unit]; code != "" {
		e.currency = code
	}
}

// plainNumber is the JSON form of digits with points and commas: the last of
// them is the decimal point, unless groups of three say otherwise.
func plainNumber(s string) (string, bool) {
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if s == "" || s[0] < '0' || s[0] > '9' || len(s) > 30 {
		return "", false
	}
	point, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case point >= 0 && comma > point:
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case point > comma && comma >= 0:
		s = strings.ReplaceAll(s, ",", "")
	case comma >= 0 && grouped(s, ","):
		s = strings.ReplaceAll(s, ",", "")
	case comma >= 0:
		s = strings.ReplaceAll(s, ",", ".")
	case strings.Count(s, ".") > 1 && grouped(s, "."):
		s = strings.ReplaceAll(s, ".", "")
	}
	if strings.Count(s, ".") > 1 || strings.HasSuffix(s, ".") {
		return "", false
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return whole, true
}

func grouped(s, sep string) bool {
	groups := strings.Split(s, sep)
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return false
		}
	}
	return len(groups[0]) <= 3
}

// thousands multiplies a plain number by a thousand.
func thousands(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	for len(fraction) < 3 {
		fraction += "0"
	}
	out, _ := plainNumber(whole + fraction[:3] + "." + fraction[3:] + "0")
	return out
}
