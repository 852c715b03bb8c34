package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// TestOneBrokenConstraintIsNamed: breaking any one constraint of a valid body
// is refused, with the path of that constraint and no other.
func TestOneBrokenConstraintIsNamed(t *testing.T) {
	for _, route := range api.Routes {
		if !takesJSON(route.Input) || len(route.Input.Members) == 0 {
			continue
		}
		t.Run(route.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				in := route.NewInput()
				draw(t, route.Input, in)
				r := encodeRequest(route, in)
				sites := find(t, route.Input, r.Body)
				if len(sites) == 0 {
					t.Skip("an input that says nothing can be no worse")
				}
				broken := rapid.SampledFrom(sites).Draw(t, "what to break")
				r.Body = broken.body()
				refused := bindRequest(route, r, route.NewInput())
				if refused == nil {
					t.Fatalf("%s: %s was accepted\n%s", broken.path, broken.what, r.Body)
				}
				if len(refused.Fields) == 0 {
					t.Fatalf("%s: %s is not named in %v\n%s", broken.path, broken.what, refused, r.Body)
				}
				for _, f := range refused.Fields {
					if f.Name != broken.path {
						t.Fatalf("%s: %s is refused at %s: %s\n%s", broken.path, broken.what, f.Name, f.Message, r.Body)
					}
				}
			})
		})
	}
}

// site is one way to break a document.
type site struct {
	path, what string
	body       func() []byte
}

// finder walks a document and its shapes, and lists the ways to break it.
type finder struct {
	t     *rapid.T
	root  any
	sites []site
}

func find(t *rapid.T, s *smithy.Shape, body []byte) []site {
	f := &finder{t: t}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a 64-bit number is no float64
	if err := d.Decode(&f.root); err != nil {
		t.Fatal(err)
	}
	f.members(s, f.root.(map[string]any), "", true)
	return f.sites
}

// put adds the site where a value is replaced through set, which undoes it
// when called with the old one.
func (f *finder) put(path, what string, old, broken any, set func(any)) {
	f.sites = append(f.sites, site{path, what, func() []byte {
		set(broken)
		defer set(old)
		b, err := json.Marshal(f.root)
		if err != nil {
			f.t.Fatal(err)
		}
		return b
	}})
}

type absent struct{}

func (f *finder) members(s *smithy.Shape, object map[string]any, path string, top bool) {
	for i := range s.Members {
		m := &s.Members[i]
		if top && m.In != smithy.Body || m.Field == smithy.Streamed {
			continue
		}
		at := strings.TrimPrefix(path+"."+m.Name, ".")
		set := func(v any) {
			if object[m.Name] = v; v == (absent{}) {
				delete(object, m.Name)
			}
		}
		old, there := object[m.Name]
		if m.Required {
			f.put(at, "left out", old, absent{}, set)
			f.put(at, "null", old, nil, set)
		}
		if there {
			f.value(m.Shape, old, at, set)
		}
	}
}

func (f *finder) value(s *smithy.Shape, v any, path string, set func(any)) {
	switch s.Kind {
	case smithy.Structure:
		f.put(path, "an array for an object", v, []any{}, set)
		f.members(s, v.(map[string]any), path, false)
	case smithy.Union:
		f.union(s, v.(map[string]any), path, set)
	case smithy.List:
		f.list(s, v.([]any), path, set)
	case smithy.Map:
		f.mapping(s, v.(map[string]any), path, set)
	case smithy.String, smithy.Enum:
		f.text(s, v, path, set)
	case smithy.Boolean:
		f.put(path, "a string for a boolean", v, "true", set)
	case smithy.Integer, smithy.Long:
		f.integer(s, v, path, set)
	case smithy.Blob:
		f.put(path, "no base64", v, "****", set)
		f.put(path, "base64 without padding", v, "YQ", set)
	case smithy.Timestamp:
		f.put(path, "a time as text", v, "2026-11-22T08:00:00Z", set)
		f.put(path, "a time beyond the calendar", v, 1e300, set)
	case smithy.Document:
	default:
		f.t.Fatalf("%s: nothing known to break its kind", s.Name)
	}
}

func (f *finder) union(s *smithy.Shape, v map[string]any, path string, set func(any)) {
	f.put(path, "an empty union", v, map[string]any{}, set)
	f.put(path, "a string for a union", v, "one", set)
	for i := range s.Members {
		m := &s.Members[i]
		if old, there := v[m.Name]; there {
			f.put(path, "a second, unknown member", v, map[string]any{m.Name: old, "unheardOf": 1}, set)
			f.value(m.Shape, old, path+"."+m.Name, func(n any) { v[m.Name] = n })
		}
	}
}

func (f *finder) list(s *smithy.Shape, v []any, path string, set func(any)) {
	f.put(path, "an object for a list", v, map[string]any{}, set)
	if s.Min.Set && s.Min.N > 0 {
		f.put(path, "too short a list", v, v[:s.Min.N-1], set)
	}
	for i, old := range v {
		at := fmt.Sprintf("%s[%d]", path, i)
		f.put(at, "a null entry", old, nil, func(n any) { v[i] = n })
		f.value(s.Elem, old, at, func(n any) { v[i] = n })
	}
	if s.Max.Set && s.Max.N <= 1000 && len(v) > 0 {
		long := make([]any, s.Max.N+1)
		for i := range long {
			long[i] = v[0]
		}
		f.put(path, "too long a list", v, long, set)
	}
}

func (f *finder) mapping(s *smithy.Shape, v map[string]any, path string, set func(any)) {
	f.put(path, "an array for a map", v, []any{}, set)
	if s.Min.Set && s.Min.N > 0 {
		f.put(path, "an empty map", v, map[string]any{}, set)
	}
	for name, old := range v {
		if len(name) > 60 {
			continue // its path is cut short
		}
		f.put(path+"."+name, "a null value", old, nil, func(n any) { v[name] = n })
		f.value(s.Elem, old, path+"."+name, func(n any) { v[name] = n })
	}
}

func (f *finder) text(s *smithy.Shape, v any, path string, set func(any)) {
	f.put(path, "a number for a string", v, 7, set)
	f.put(path, "an object for a string", v, map[string]any{"a": "b"}, set)
	if s.Kind == smithy.Enum {
		f.put(path, "no value of the enum", v, "NO_SUCH_VALUE", set)
	}
	if s.Min.Set && s.Min.N > 0 {
		f.put(path, "too short a string", v, strings.Repeat("a", int(s.Min.N-1)), set)
	}
	if s.Max.Set && s.Max.N <= 10_000 {
		f.put(path, "too long a string", v, strings.Repeat("ü", int(s.Max.N+1)), set)
	}
	if s.Pattern != nil && !strings.HasPrefix(s.Pattern.String(), `[\s\S]`) {
		f.put(path, "a string against the pattern", v, "\x01", set)
	}
}

func (f *finder) integer(s *smithy.Shape, v any, path string, set func(any)) {
	f.put(path, "a string for a number", v, "7", set)
	f.put(path, "a fraction", v, 1.5, set)
	f.put(path, "an exponent", v, json.RawMessage("1e400"), set)
	f.put(path, "more than 64 bits", v, json.RawMessage("9223372036854775808"), set)
	if s.Kind == smithy.Integer {
		f.put(path, "more than 32 bits", v, math.MaxInt32+1, set)
	}
	if s.Min.Set {
		f.put(path, "too small", v, s.Min.N-1, set)
	}
	if s.Max.Set {
		f.put(path, "too great", v, s.Max.N+1, set)
	}
}
