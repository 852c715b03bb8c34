package pdf

import (
	"bytes"
	"math"
)

// matrix is a transformation (8.3.3).
type matrix [6]float64

func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// state is what operators set for those after them (8.4, 9.3).
type state struct {
	ctm                           matrix
	font                          *font
	size, leading, rise           float64
	charSpace, wordSpace, scaling float64
}

var initial = state{ctm: matrix{1, 0, 0, 1, 0, 0}, scaling: 1}

// painter carries out a page's operators as far as they show text.
type painter struct {
	file  *File
	state state
	saved []state
	text  matrix // where the next glyph is
	line  matrix // where the line began
	forms int    // how deep they are open
	open  map[ref]bool
	ops   int // that may still be carried out
	bytes int // of text that may still be shown
	runs  []run
}

// run is text that is shown at a place, upright: turned pages are turned back.
type run struct {
	text     string
	x, y     float64
	width    float64
	size     float64
	bold     bool
	rotation int // quarters
}

// mostOperands is how many an operator may have; those before them are forgotten.
const mostOperands = 64

// run carries out operators.
func (p *painter) run(content []byte, resources dict) error {
	l := newLexer(content, 0)
	l.refs = false
	var operands []any
	for {
		l.nodes, l.done = mostNodes/16, false
		o := l.object(16)
		if l.at >= len(l.data) && o == nil {
			return nil
		}
		op, ok := o.(keyword)
		if !ok {
			if len(operands) >= mostOperands {
				operands = operands[:copy(operands, operands[1:])]
			}
			operands = append(operands, o)
			continue
		}
		if err := p.count(); err != nil {
			return err
		}
		if op == "BI" {
			l.at = inlineEnd(l.data, l.at)
		} else if err := p.operator(op, operands, resources); err != nil {
			return err
		}
		operands = operands[:0]
	}
}

func (p *painter) count() error {
	if p.bytes < 0 {
		return ErrTooLarge
	}
	if p.ops--; p.ops < 0 || len(p.runs) > mostRuns {
		return errEnough
	}
	if p.ops%256 == 0 {
		return p.file.limits.Check()
	}
	return nil
}

// inlineEnd is behind a picture that is written among operators.
func inlineEnd(data []byte, at int) int {
	for {
		i := bytes.Index(data[at:], []byte("EI"))
		if i < 0 {
			return len(data)
		}
		at += i + 2
		if at >= 3 && isSpace(data[at-3]) && (at >= len(data) || isSpace(data[at])) {
			return at
		}
	}
}

// numbers are the operands from the last n on; missing ones are 0.
func numbers(operands []any, n int) []float64 {
	out := make([]float64, n)
	for i, o := range operands[max(0, len(operands)-n):] {
		out[i], _ = o.(float64)
	}
	return out
}

func (p *painter) operator(op keyword, operands []any, resources dict) error {
	switch op {
	case "q":
		if len(p.saved) < 512 {
			p.saved = append(p.saved, p.state)
		}
	case "Q":
		if n := len(p.saved); n > 0 {
			p.state, p.saved = p.saved[n-1], p.saved[:n-1]
		}
	case "cm":
		p.state.ctm = matrix(numbers(operands, 6)).times(p.state.ctm)
	case "BT":
		p.text, p.line = initial.ctm, initial.ctm
	case "Tf":
		p.setFont(operands, resources)
	case "Do":
		return p.form(operands, resources)
	case "Tj", "'", "\"", "TJ":
		p.show(op, operands)
	default:
		p.set(op, operands)
	}
	return nil
}

// set is operators that only set where and how text is shown.
func (p *painter) set(op keyword, operands []any) {
	one := numbers(operands, 1)[0]
	two := numbers(operands, 2)
	switch op {
	case "Td":
		p.move(two[0], two[1])
	case "TD":
		p.state.leading = -two[1]
		p.move(two[0], two[1])
	case "T*":
		p.move(0, -p.state.leading)
	case "Tm":
		p.line = matrix(numbers(operands, 6))
		p.text = p.line
	case "TL":
		p.state.leading = one
	case "Tc":
		p.state.charSpace = one
	case "Tw":
		p.state.wordSpace = one
	case "Tz":
		p.state.scaling = one / 100
	case "Ts":
		p.state.rise = one
	}
}

func (p *painter) move(x, y float64) {
	p.line = matrix{1, 0, 0, 1, x, y}.times(p.line)
	p.text = p.line
}

func (p *painter) setFont(operands []any, resources dict) {
	if len(operands) < 2 {
		return
	}
	p.state.size, _ = operands[len(operands)-1].(float64)
	which, _ := operands[len(operands)-2].(name)
	fonts, _ := p.file.resolve(resources["Font"]).(dict)
	p.state.font = p.file.font(fonts[which])
}

// form carries out a form (8.10), which is content with resources of its own.
func (p *painter) form(operands []any, resources dict) error {
	if len(operands) == 0 || p.forms >= 8 {
		return nil
	}
	which, _ := operands[len(operands)-1].(name)
	objects, _ := p.file.resolve(resources["XObject"]).(dict)
	s, ok := p.file.resolve(objects[which]).(*stream)
	if !ok || p.open[s.id] || p.file.resolve(s.dict["Subtype"]) != name("Form") {
		return nil
	}
	data, err := p.file.decode(s)
	if err != nil {
		return err
	}
	if own, ok := p.file.resolve(s.dict["Resources"]).(dict); ok {
		resources = own
	}
	state, saved, text, line := p.state, p.saved, p.text, p.line
	if m, ok := p.file.resolve(s.dict["Matrix"]).(array); ok && len(m) == 6 {
		p.state.ctm = matrix(numbers(m, 6)).times(p.state.ctm)
	}
	p.forms++
	p.open[s.id] = true
	p.saved = nil
	err = p.run(data, resources)
	p.forms--
	delete(p.open, s.id)
	p.state, p.saved, p.text, p.line = state, saved, text, line
	return err
}

// show is the operators that show text (9.4.3).
func (p *painter) show(op keyword, operands []any) {
	if len(operands) == 0 {
		return
	}
	last := operands[len(operands)-1]
	switch op {
	case "\"":
		spaces := numbers(operands[:len(operands)-1], 2)
		p.state.wordSpace, p.state.charSpace = spaces[0], spaces[1]
		p.move(0, -p.state.leading)
	case "'":
		p.move(0, -p.state.leading)
	case "TJ":
		parts, _ := last.(array)
		for _, part := range parts {
			switch part := part.(type) {
			case text:
				p.glyphs(string(part))
			case float64:
				p.advance(-part / 1000 * p.state.size * p.state.scaling)
			}
		}
		return
	}
	if s, ok := last.(text); ok {
		p.glyphs(string(s))
	}
}

func (p *painter) advance(x float64) {
	p.text = matrix{1, 0, 0, 1, x, 0}.times(p.text)
}

// glyphs shows a string.
func (p *painter) glyphs(s string) {
	if p.state.font == nil || s == "" {
		return
	}
	begin := matrix{1, 0, 0, 1, 0, p.state.rise}.times(p.text).times(p.state.ctm)
	decoded, width, count, spaces := p.state.font.decode(s)
	across := (width*p.state.size + float64(count)*p.state.charSpace + float64(spaces)*p.state.wordSpace) * p.state.scaling
	p.advance(across)
	if p.bytes -= len(decoded); decoded != "" {
		p.runs = append(p.runs, upright(begin, decoded, across, p.state.size, p.state.font.bold))
	}
}

// upright is a run as if its line went from left to right.
func upright(m matrix, text string, across, size float64, bold bool) run {
	scale := math.Hypot(m[0], m[1])
	r := run{text: text, width: across * scale, size: math.Abs(size) * math.Hypot(m[2], m[3]), bold: bold}
	switch {
	case math.Abs(m[0]) >= math.Abs(m[1]) && m[0] >= 0:
		r.x, r.y = m[4], m[5]
	case math.Abs(m[0]) >= math.Abs(m[1]):
		r.x, r.y, r.rotation = -m[4], -m[5], 2
	case m[1] > 0:
		r.x, r.y, r.rotation = m[5], -m[4], 1
	default:
		r.x, r.y, r.rotation = -m[5], m[4], 3
	}
	return r
}
