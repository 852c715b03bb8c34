package smithy

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Pair is one name and value of a form, both decoded: Tags.member.1.Key.
type Pair struct{ Name, Text string }

// MaxFormDepth is the most parts that the name of a Pair may have; DecodeForm
// ignores one that has more.
const MaxFormDepth = maxDepth

// DecodeForm reads a form, as Smithy's awsQuery has it, into the struct that into
// points to, and adds to p every constraint of s that it breaks. The parts of a
// name are joined by dots: members of structures by their names, elements of a
// list as member.N, entries of a map as entry.N.key and entry.N.value. Their
// numbers say in which order they stand; gaps between them do not count.
//
// Names that s does not know are ignored. A value that is given twice is refused:
// which of the two counts would be anyone's guess.
func DecodeForm(s *Shape, pairs []Pair, into any, p *Problems) {
	d := formDecoder{decoder{problems: p}}
	shallow := make([]Pair, 0, len(pairs))
	for _, pair := range pairs {
		if strings.Count(pair.Name, ".") < MaxFormDepth {
			shallow = append(shallow, pair)
		}
	}
	d.structure(s, shallow, reflect.ValueOf(into).Elem())
}

// formDecoder walks the parts of names and the table of shapes side by side. The
// names of the pairs that it hands down are what is left of them.
type formDecoder struct{ decoder }

// structure reads the members of a structure, or the one of a union.
func (d *formDecoder) structure(s *Shape, pairs []Pair, v reflect.Value) {
	given := make([][]Pair, len(s.Members))
	hint := 0
	for _, pair := range pairs {
		name, rest, _ := strings.Cut(pair.Name, ".")
		if i := s.member([]byte(name), false, hint); i >= 0 {
			hint = i
			given[i] = append(given[i], Pair{rest, pair.Text})
		}
	}
	var set []string
	for i, pairs := range given {
		m := &s.Members[i]
		d.trail.enter(m.Name)
		switch {
		case m.Field == Streamed:
		case len(pairs) > 0:
			set = append(set, m.Name)
			d.value(m.Shape, pairs, settable(v.Field(m.Field)), m.Flat)
		case m.Required:
			d.problems.Add(Missing(d.trail.String()))
		}
		d.trail.leave()
	}
	if s.Kind == Union && len(set) != 1 {
		d.refuse("Exactly one of %s must be set; here are %d.", s.names(), len(set))
	}
}

// value reads what pairs say of one value; there is at least one.
func (d *formDecoder) value(s *Shape, pairs []Pair, v reflect.Value, flat bool) {
	if s.Sensitive {
		d.secret++
		defer func() { d.secret-- }()
	}
	switch s.Kind {
	case Structure, Union:
		d.structure(s, pairs, v)
	case List:
		if elements, ok := d.numbered(cmp.Or(s.ElemName, "member"), pairs, flat); ok {
			d.list(s, elements, v)
		}
	case Map:
		if entries, ok := d.numbered("entry", pairs, flat); ok {
			d.mapping(s, entries, v)
		}
	default:
		d.scalar(s, pairs, v)
	}
}

func (d *formDecoder) scalar(s *Shape, pairs []Pair, v reflect.Value) {
	switch {
	case len(pairs) > 1:
		d.refuse("This value is given %d times, or has parts.", len(pairs))
	case pairs[0].Name != "":
		d.refuse("A single value was expected here, and one with parts was found.")
	default:
		d.refuseAll(s.setText(v, pairs[0].Text, d.secret > 0))
	}
}

// element is the pairs of one element of a list, or one entry of a map.
type element []Pair

// numbered sorts the pairs of a list or a map by the number in their names, which
// comes after the word around unless they are flat. An empty text in the place of
// them all is an empty list or map.
func (d *formDecoder) numbered(around string, pairs []Pair, flat bool) (elements []element, ok bool) {
	byNumber := map[int][]Pair{}
	for _, pair := range pairs {
		if pair.Name == "" && pair.Text == "" {
			continue
		}
		first, rest, _ := strings.Cut(pair.Name, ".")
		if !flat {
			if first != around {
				d.refuse("The parts of the name must be %s and a number, and others were found.", around)
				return nil, false
			}
			first, rest, _ = strings.Cut(rest, ".")
		}
		n, err := strconv.ParseUint(first, 10, 31)
		if err != nil || first[0] == '0' {
			d.refuse("A number from 1 was expected in the name.")
			return nil, false
		}
		byNumber[int(n)] = append(byNumber[int(n)], Pair{rest, pair.Text})
	}
	for _, number := range slices.Sorted(maps.Keys(byNumber)) {
		elements = append(elements, byNumber[number])
	}
	return elements, true
}

// list reads a list. Elements beyond the most that s allows are counted, not
// kept.
func (d *formDecoder) list(s *Shape, elements []element, v reflect.Value) {
	keep := s.keep(len(elements))
	v.Set(reflect.MakeSlice(v.Type(), keep, keep))
	for i, e := range elements[:keep] {
		d.trail.index(i)
		d.value(s.Elem, e, v.Index(i), false)
		d.trail.leave()
	}
	d.refuseAll(s.checkSize(len(elements)))
}

// mapping reads a map from entries that have a key and a value each.
func (d *formDecoder) mapping(s *Shape, entries []element, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range entries[:s.keep(len(entries))] {
		d.entry(s, e, v)
	}
	d.refuseAll(s.checkSize(len(entries)))
}

func (d *formDecoder) entry(s *Shape, pairs []Pair, v reflect.Value) {
	var keys, values []Pair
	for _, pair := range pairs {
		switch name, rest, _ := strings.Cut(pair.Name, "."); name {
		case cmp.Or(s.KeyName, "key"):
			keys = append(keys, Pair{rest, pair.Text})
		case cmp.Or(s.ElemName, "value"):
			values = append(values, Pair{rest, pair.Text})
		}
	}
	if len(keys) != 1 || keys[0].Name != "" || len(values) == 0 {
		d.refuse("An entry of a map must have one key and a value.")
		return
	}
	name := keys[0].Text
	d.trail.enter(name)
	defer d.trail.leave()
	if v.MapIndex(reflect.ValueOf(name)).IsValid() {
		d.refuse("This key is given twice.")
		return
	}
	d.refuseAll(s.KeyShape.checkText(name, "name", d.secret > 0 || s.KeyShape.Sensitive))
	value := reflect.New(v.Type().Elem()).Elem()
	d.value(s.Elem, values, value, false)
	v.SetMapIndex(reflect.ValueOf(name), value)
}

// keep is how many of n elements are worth memory.
func (s *Shape) keep(n int) int {
	if s.Max.Set {
		return min(n, int(s.Max.N))
	}
	return n
}
