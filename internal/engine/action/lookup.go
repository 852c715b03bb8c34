package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A Lookup is a call to make first, whose answer gives the value of an input.
type Lookup struct {
	Key         string          // of the input
	OperationID string          // the action to call
	Args        Args            // its arguments
	Wanted      json.RawMessage // what the caller said: a name, a value, or a list of them
}

// Lookups lists the calls to make before Bind, in the order to make them: what
// another one needs comes before it. Args are those of now; where an earlier
// lookup has put a value into the action's arguments, With takes it up.
func Lookups(d *openapi.Document, a *openapi.Action, args Args) []Lookup {
	l := lay(a)
	args = l.complete(args)
	var found []Lookup
	for len(found) < len(l.slots) {
		next := slices.IndexFunc(l.slots, func(s slot) bool { return s.ready(l, args, found) })
		if next < 0 {
			break
		}
		s := &l.slots[next]
		found = append(found, Lookup{Key: s.key, OperationID: s.in.Lookup.OperationID, Wanted: args[s.key]}.With(a, args))
	}
	return found
}

// ready says whether the slot's lookup is the next to make: it is needed, not
// made yet, and needs nothing of another that is not made. In a circle the first
// goes first.
func (s *slot) ready(l *layout, args Args, found []Lookup) bool {
	done := func(key string) bool {
		return slices.ContainsFunc(found, func(f Lookup) bool { return f.Key == key })
	}
	pending := func(t *slot) bool {
		_, given := args[t.key]
		return t.in.Lookup != nil && given && !done(t.key)
	}
	if !pending(s) {
		return false
	}
	free := func(t *slot) bool {
		for key := range t.in.Lookup.Arguments {
			if other := l.find(key); other != nil && other.key != t.key && pending(other) {
				return false
			}
		}
		return true
	}
	return free(s) || !slices.ContainsFunc(l.slots, func(t slot) bool { return pending(&t) && free(&t) })
}

// With is l with its arguments taken from args, in which the values that earlier
// lookups found stand by now.
func (l Lookup) With(a *openapi.Action, args Args) Lookup {
	l.Args = Args{}
	s := lay(a).find(l.Key)
	if s == nil || s.in.Lookup == nil {
		return l
	}
	for from, to := range s.in.Lookup.Arguments {
		if v, given := args[from]; given {
			l.Args[to] = v
		}
	}
	return l
}

// A LookupError says that a name stands for nothing, or for more than one thing.
type LookupError struct {
	Key     string   // of the input
	Choices []string // those there are, or those that are meant; at most 20
	More    int      // choices that are not among them
	Several bool     // the name fits more than one
}

func (e *LookupError) Error() string {
	what := "nothing of that name is there"
	if e.Several {
		what = "more than one thing has that name"
	}
	if len(e.Choices) == 0 {
		return e.Key + ": " + what
	}
	more := ""
	if e.More > 0 {
		more = fmt.Sprintf(" and %d more", e.More)
	}
	return e.Key + ": " + what + "; there is " + strings.Join(e.Choices, ", ") + more
}

// Find takes the value from the answer of the call, as the input's schema wants
// it. What was said is compared with the list's values first, then with the
// names: the whole name before the beginning of one, small and capital letters
// alike. It returns a *LookupError when that finds nothing, or several.
func (l Lookup) Find(_ *openapi.Document, a *openapi.Action, answer []byte) (json.RawMessage, error) {
	s := lay(a).find(l.Key)
	if s == nil || s.in.Lookup == nil {
		return nil, fmt.Errorf("the action has no lookup for %s", quoted(l.Key))
	}
	entries, err := entriesOf(s.in.Lookup, answer)
	if err != nil {
		return nil, err
	}
	wanted, ok := decode(l.Wanted)
	if !ok {
		return nil, fmt.Errorf("what to look up for %s is not JSON", quoted(l.Key))
	}
	if wanted.sort != list {
		v, err := entries.find(l.Key, wanted, s.in.Lookup.Otherwise)
		if err != nil {
			return nil, err
		}
		return v.as(s.schema).json(), nil
	}
	out := value{sort: list}
	for _, name := range wanted.items {
		v, err := entries.find(l.Key, name, s.in.Lookup.Otherwise)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, v)
	}
	return out.as(s.schema).json(), nil
}

// An entry is an item of the list that a lookup looks through.
type entry struct {
	value value
	names []string
}

type entries []entry

func entriesOf(how *openapi.Lookup, answer []byte) (entries, error) {
	root, ok := decode(bytes.TrimPrefix(answer, []byte("\uFEFF")))
	if !ok {
		return nil, fmt.Errorf("the answer of %s is not JSON", how.OperationID)
	}
	at := root.at(how.List)
	switch {
	case at != nil && at.sort == object && at.at(how.Value) != nil:
		at = &value{sort: list, items: []value{*at}}
	case at == nil || at.sort != list:
		return nil, fmt.Errorf("the answer of %s has no list at %q", how.OperationID, how.List)
	}
	var out entries
	for _, item := range at.items {
		v := item.at(how.Value)
		if v == nil || v.sort == null {
			continue
		}
		e := entry{value: *v}
		for _, pointer := range how.Match {
			if name := item.at(pointer); name != nil && name.sort != null {
				e.names = append(e.names, name.plain())
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// find is the value that is meant. What nothing fits is taken as it is when the
// whole of it matches otherwise.
func (es entries) find(key string, wanted value, otherwise string) (value, error) {
	said := strings.TrimSpace(wanted.plain())
	for _, e := range es {
		if e.value.plain() == said {
			return e.value, nil
		}
	}
	for _, fits := range []func(name string) bool{
		func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), said) },
		func(name string) bool { return beginsWith(name, said) },
	} {
		switch found := es.named(fits); len(found) {
		case 0:
		case 1:
			return found[0].value, nil
		default:
			return value{}, found.failure(key, true)
		}
	}
	if otherwise != "" {
		if id, err := regexp.Compile("^(?:" + otherwise + ")$"); err == nil && id.MatchString(said) {
			return wanted, nil
		}
	}
	return value{}, es.failure(key, false)
}

// named are the entries one of whose names fits, each value once.
func (es entries) named(fits func(string) bool) entries {
	var found entries
	for _, e := range es {
		if slices.ContainsFunc(e.names, fits) && !slices.ContainsFunc(found, func(f entry) bool { return f.value.equal(e.value) }) {
			found = append(found, e)
		}
	}
	return found
}

// beginsWith folds case; it compares whole characters, since those of two cases
// may differ in length.
func beginsWith(name, start string) bool {
	n, s := []rune(strings.TrimSpace(name)), []rune(start)
	return len(s) > 0 && len(n) >= len(s) && strings.EqualFold(string(n[:len(s)]), start)
}

func (es entries) failure(key string, several bool) *LookupError {
	e := &LookupError{Key: key, Several: several, More: max(0, len(es)-maxListed)}
	for _, one := range es[:min(len(es), maxListed)] {
		label := one.value.plain()
		if len(one.names) > 0 {
			label = one.names[0]
			if several {
				label += " (" + one.value.plain() + ")"
			}
		}
		e.Choices = append(e.Choices, short(label))
	}
	return e
}

// as is v in the type that the schema wants, where text and number can stand for
// each other.
func (v value) as(s *openapi.Schema) value {
	switch t := typeOf(s); {
	case v.sort == list && s.Items != nil:
		items := make([]value, len(v.items))
		for i, item := range v.items {
			items[i] = item.as(s.Items)
		}
		v.items = items
	case t == "string" && v.sort == number:
		v.sort = text
	case (t == "integer" || t == "number") && v.sort == text:
		if _, ok := decimal(v.text); ok {
			v.sort = number
		}
	}
	return v
}

// at follows an RFC 6901 pointer; nil: there is nothing.
func (v *value) at(pointer string) *value {
	if pointer == "" {
		return v
	}
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch v.sort {
		case object:
			v = v.member(step)
		case list:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v.items) {
				return nil
			}
			v = &v.items[i]
		default:
			return nil
		}
		if v == nil {
			return nil
		}
	}
	return v
}
