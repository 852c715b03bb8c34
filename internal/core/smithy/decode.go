package smithy

import (
	"reflect"
	"strings"
)

// DecodeJSON reads a JSON object into the struct that into points to, and
// adds to p every constraint of s that it breaks. Of the members of s itself
// only those carried In the Body are read; nested ones all are. A problem
// with one member never hides that of another, but a document that is not
// JSON, or no object, is one problem without a path.
//
// null stands for an absent member, and members that s does not know are
// ignored (Smithy restJson1). A name given twice is refused: which of the two
// counts would be anyone's guess.
func DecodeJSON(s *Shape, body []byte, into any, p *Problems) {
	if err := scan(body); err != nil {
		p.Add(Problem{Parse: true, Message: "The body is not valid JSON: at " + err.place(body) + ", " + err.message + "."})
		return
	}
	d := decoder{cursor: cursor{src: body}, problems: p}
	if d.next() != '{' {
		d.badType("A JSON object")
		return
	}
	d.structure(s, reflect.ValueOf(into).Elem(), true)
}

// decoder walks a valid document and the table of shapes side by side.
type decoder struct {
	cursor
	problems *Problems
	secret   int // how many of the shapes around are Sensitive
	trail    trail
}

// value reads the next value, which is not null, into v.
func (d *decoder) value(s *Shape, v reflect.Value) {
	if s.Sensitive {
		d.secret++
		defer func() { d.secret-- }()
	}
	switch s.Kind {
	case Structure:
		if d.opens('{', "A JSON object") {
			d.structure(s, v, false)
		}
	case Union:
		if d.opens('{', "A JSON object with one member") {
			d.union(s, v)
		}
	case List:
		if d.opens('[', "A JSON array") {
			d.list(s, v)
		}
	case Map:
		if d.opens('{', "A JSON object") {
			d.mapping(s, v)
		}
	case Document:
		v.SetBytes(append([]byte(nil), d.skip()...))
	default:
		d.scalarValue(s, v)
	}
}

// opens reports whether the next value begins with that bracket; a value of
// another type is a problem, and is skipped.
func (d *decoder) opens(bracket byte, expected string) bool {
	if d.next() == bracket {
		return true
	}
	d.badType(expected)
	return false
}

// structure reads an object. top is true for the outermost one, whose members
// need not all be in the body.
func (d *decoder) structure(s *Shape, v reflect.Value, top bool) {
	var seen memberSet
	hint := 0
	for d.enter(); d.more(); {
		raw, escaped := d.key()
		i := s.member(raw, escaped, hint)
		if i < 0 || s.Members[i].Field == Streamed || top && s.Members[i].In != Body {
			d.skip()
			continue
		}
		hint = i + 1
		d.trail.enter(s.Members[i].Name)
		if seen.add(i) {
			d.member(&s.Members[i], v)
		} else {
			d.twice()
		}
		d.trail.leave()
	}
	for i := range s.Members {
		if m := &s.Members[i]; m.Required && !seen.has(i) && m.Field != Streamed && !(top && m.In != Body) {
			d.trail.enter(m.Name)
			d.problems.Add(Missing(d.trail.String()))
			d.trail.leave()
		}
	}
}

func (d *decoder) member(m *Member, v reflect.Value) {
	if d.isNull() {
		if m.Required {
			d.problems.Add(Problem{Path: d.trail.String(), Message: "This member is required, and was null.", Rule: Required})
		}
		return
	}
	d.value(m.Shape, settable(v.Field(m.Field)))
}

// union reads an object with exactly one member. Members that are null do not
// count, nor does __type, which some clients add; one that s does not know
// does, because it says that the sender meant something else.
func (d *decoder) union(s *Shape, v reflect.Value) {
	var seen memberSet
	var set []string
	unknown := false
	for d.enter(); d.more(); {
		raw, escaped := d.key()
		i := s.member(raw, escaped, 0)
		switch {
		case i < 0 || s.Members[i].Field == Streamed:
			if !d.isNull() {
				d.skip()
				unknown = unknown || string(raw) != "__type"
			}
			continue
		case !seen.add(i):
			d.trail.enter(s.Members[i].Name)
			d.twice()
			d.trail.leave()
		case d.isNull():
		default:
			set = append(set, s.Members[i].Name)
			d.trail.enter(s.Members[i].Name)
			d.value(s.Members[i].Shape, settable(v.Field(s.Members[i].Field)))
			d.trail.leave()
		}
	}
	switch {
	case len(set) == 0:
		d.refuse("Exactly one of %s must be set; none is.", s.names())
	case len(set) > 1:
		d.refuse("Exactly one of %s must be set; here are %s.", s.names(), strings.Join(set, " and "))
	case unknown:
		d.refuse("Exactly one of %s must be set; beside %s there is a member of another name.", s.names(), set[0])
	}
}

// list reads an array. Entries beyond the most that s allows are counted, not
// kept.
func (d *decoder) list(s *Shape, v reflect.Value) {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	n := 0
	for d.enter(); d.more(); n++ {
		if s.Max.Set && int64(n) >= s.Max.N {
			d.skip()
			continue
		}
		v.Grow(1)
		v.SetLen(n + 1)
		v.Index(n).SetZero()
		d.trail.index(n)
		if d.isNull() {
			d.refuse("An entry of a list must not be null.")
		} else {
			d.value(s.Elem, v.Index(n))
		}
		d.trail.leave()
	}
	d.refuseAll(s.checkSize(n))
}

// mapping reads an object whose names are data.
func (d *decoder) mapping(s *Shape, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	entry := reflect.New(v.Type().Elem()).Elem()
	n := 0
	for d.enter(); d.more(); n++ {
		raw, escaped := d.key()
		if s.Max.Set && int64(n) >= s.Max.N {
			d.skip()
			continue
		}
		name := reflect.ValueOf(text(raw, escaped))
		entry.SetZero()
		d.trail.enter(name.String())
		switch {
		case v.MapIndex(name).IsValid():
			d.twice()
		case d.isNull():
			d.refuse("A value of a map must not be null.")
		default:
			d.refuseAll(s.KeyShape.checkText(name.String(), "name", d.secret > 0 || s.KeyShape.Sensitive))
			d.value(s.Elem, entry)
			v.SetMapIndex(name, entry)
		}
		d.trail.leave()
	}
	d.refuseAll(s.checkSize(n))
}

// isNull steps over a null.
func (d *decoder) isNull() bool {
	if d.next() != 'n' {
		return false
	}
	d.scalar()
	return true
}

func (d *decoder) twice() {
	d.skip()
	d.refuse("This member is given twice.")
}

// Missing is the problem of a required member that is not there.
func Missing(path string) Problem {
	return Problem{Path: path, Message: "This member is required.", Rule: Required}
}

// member returns the index of the member of that name, or -1. The search
// begins at hint, because most clients keep the order of the model.
func (s *Shape) member(raw []byte, escaped bool, hint int) int {
	if escaped {
		raw = []byte(text(raw, true))
	}
	for n := range s.Members {
		i := hint + n
		if i >= len(s.Members) {
			i -= len(s.Members)
		}
		if s.Members[i].Name == string(raw) {
			return i
		}
	}
	return -1
}

func (s *Shape) names() string {
	names := make([]string, len(s.Members))
	for i := range s.Members {
		names[i] = s.Members[i].Name
	}
	return strings.Join(names, ", ")
}

// memberSet remembers which members of a structure were there. No model in
// reach has as many as it can hold; generating one would fail its test.
type memberSet [4]uint64

// add reports whether i was not in the set yet.
func (m *memberSet) add(i int) bool {
	had := m.has(i)
	m[i/64] |= 1 << (i % 64)
	return !had
}

func (m *memberSet) has(i int) bool { return m[i/64]>>(i%64)&1 == 1 }

// settable is the value to fill in for a field: the field itself, or what it
// points to when it is optional.
func settable(field reflect.Value) reflect.Value {
	if field.Kind() != reflect.Pointer {
		return field
	}
	field.Set(reflect.New(field.Type().Elem()))
	return field.Elem()
}
