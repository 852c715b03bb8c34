package pdf

import "sort"

// cmap maps codes to text (9.10.3), or says how long codes are (9.7.5).
type cmap struct {
	spaces []codeRange
	single map[int]string
	ranges []mapped // in the order of lo
}

// codeRange is codes of a length.
type codeRange struct{ lo, hi, length int }

// mapped is a range of codes whose texts count up from the first.
type mapped struct {
	lo, hi int
	first  []rune
}

const mostMappings = 1 << 17

// cmap reads a stream with a CMap. It is not carried out as the program that it is:
// only the lists in it are read.
func (f *File) cmap(s *stream) *cmap {
	data, err := f.decode(s)
	if err != nil {
		return nil
	}
	m := &cmap{single: map[int]string{}}
	l := newLexer(data, 0)
	l.refs = false
	var operands []any
	for {
		l.nodes, l.done = mostNodes/16, false
		o := l.object(4)
		if l.at >= len(l.data) && o == nil {
			break
		}
		op, ok := o.(keyword)
		if !ok {
			if len(operands) < mostMappings {
				operands = append(operands, o)
			}
			continue
		}
		m.list(op, operands)
		operands = operands[:0]
	}
	sort.Slice(m.ranges, func(i, j int) bool { return m.ranges[i].lo < m.ranges[j].lo })
	return m
}

func (m *cmap) list(op keyword, operands []any) {
	if len(m.single)+len(m.ranges)+len(m.spaces) > mostMappings {
		return
	}
	switch op {
	case "endcodespacerange":
		for i := 0; i+1 < len(operands); i += 2 {
			lo, n := number(operands[i])
			hi, _ := number(operands[i+1])
			m.spaces = append(m.spaces, codeRange{lo, hi, n})
		}
	case "endbfchar":
		for i := 0; i+1 < len(operands); i += 2 {
			if to, ok := operands[i+1].(text); ok {
				code, _ := number(operands[i])
				m.single[code] = unligate.Replace(utf16be(string(to)))
			}
		}
	case "endbfrange":
		for i := 0; i+2 < len(operands); i += 3 {
			m.rangeOf(operands[i], operands[i+1], operands[i+2])
		}
	}
}

func (m *cmap) rangeOf(from, until, to any) {
	lo, _ := number(from)
	hi, _ := number(until)
	switch to := to.(type) {
	case text:
		if first := []rune(utf16be(string(to))); len(first) > 0 && hi >= lo {
			m.ranges = append(m.ranges, mapped{lo, hi, first})
		}
	case array:
		for i, o := range to {
			if t, ok := o.(text); ok && lo+i <= hi {
				m.single[lo+i] = unligate.Replace(utf16be(string(t)))
			}
		}
	}
}

// number is a code that is written as a string, and its length.
func number(o any) (n, length int) {
	s, _ := o.(text)
	for i := range min(len(s), 4) {
		n = n<<8 | int(s[i])
	}
	return n, min(len(s), 4)
}

// lookup is what a code means. A nil map knows none.
func (m *cmap) lookup(code, _ int) (string, bool) {
	if m == nil {
		return "", false
	}
	if t, ok := m.single[code]; ok {
		return t, true
	}
	i := sort.Search(len(m.ranges), func(i int) bool { return m.ranges[i].lo > code }) - 1
	if i < 0 || code > m.ranges[i].hi {
		return "", false
	}
	r := m.ranges[i]
	out := append([]rune(nil), r.first...)
	out[len(out)-1] += rune(code - r.lo)
	return unligate.Replace(string(out)), true
}

// length is how many bytes the first code of a string has; two, if nobody says.
func (m *cmap) length(s string) int {
	if m == nil || len(m.spaces) == 0 {
		return 2
	}
	code := 0
	for n := 1; n <= min(4, len(s)); n++ {
		code = code<<8 | int(s[n-1])
		for _, r := range m.spaces {
			if r.length == n && code >= r.lo && code <= r.hi {
				return n
			}
		}
	}
	return max(1, m.spaces[0].length)
}
