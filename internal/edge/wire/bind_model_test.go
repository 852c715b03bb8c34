package wire

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// TestEveryInputComesBack: what a client sends is what the operation gets, for
// any valid input of every operation.
func TestEveryInputComesBack(t *testing.T) {
	for _, route := range api.Routes {
		t.Run(route.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want, got := route.NewInput(), route.NewInput()
				draw(t, route.Input, want)
				r := encodeRequest(route, want)
				if refused := bindRequest(route, r, got); refused != nil {
					t.Fatalf("%v %+v\nlabels %v\nquery %s\nbody %s", refused, refused.Fields, r.Labels, r.Query, r.Body)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatal(diff)
				}
			})
		})
	}
}

// TestEveryOutputComesBack: what an operation answers is what a client reads.
func TestEveryOutputComesBack(t *testing.T) {
	for _, o := range operations() {
		t.Run(o.route.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want, got := o.newOutput(), o.newOutput()
				draw(t, o.route.Output, want)
				body := smithy.AppendJSON(nil, o.route.Output, want)
				var problems smithy.Problems
				if smithy.DecodeJSON(o.route.Output, body, got, &problems); len(problems.List()) > 0 {
					t.Fatalf("%+v\n%s", problems.List(), body)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatal(diff)
				}
			})
		})
	}
}

// TestTablesAgreeWithTypes: every shape that an input or output holds is laid
// out as the Go struct beside it: field by index, name by tag, kind by type.
func TestTablesAgreeWithTypes(t *testing.T) {
	a := agreement{t: t, seen: map[string]bool{}}
	for i, o := range operations() {
		if o.route != api.Routes[i] {
			t.Fatalf("operation %d is %s, want %s", i, o.route.Name, api.Routes[i].Name)
		}
		a.shape(o.route.Input, reflect.TypeOf(o.route.NewInput()).Elem(), o.route.Name+"Input")
		a.shape(o.route.Output, reflect.TypeOf(o.newOutput()).Elem(), o.route.Name+"Output")
	}
	if n := len(a.seen); n < 300 {
		t.Errorf("only %d shapes were compared", n)
	}
}

type agreement struct {
	t    *testing.T
	seen map[string]bool
}

func (a agreement) shape(s *smithy.Shape, typ reflect.Type, path string) {
	if s.Kind == smithy.Structure || s.Kind == smithy.Union {
		a.structure(s, typ, path)
		return
	}
	a.seen[s.Name] = true
	want := map[smithy.Kind]reflect.Kind{
		smithy.List: reflect.Slice, smithy.Map: reflect.Map, smithy.String: reflect.String, smithy.Enum: reflect.String,
		smithy.Boolean: reflect.Bool, smithy.Integer: reflect.Int32, smithy.Long: reflect.Int64, smithy.Float: reflect.Float32,
		smithy.Double: reflect.Float64, smithy.Blob: reflect.Slice, smithy.Timestamp: reflect.Struct, smithy.Document: reflect.Slice,
	}[s.Kind]
	if typ.Kind() != want {
		a.t.Errorf("%s: shape %s wants %v, the field is a %v", path, s.Name, want, typ)
		return
	}
	switch s.Kind {
	case smithy.List:
		a.shape(s.Elem, typ.Elem(), path+"[]")
	case smithy.Map:
		a.shape(s.Elem, typ.Elem(), path+"{}")
	case smithy.Enum:
		if typ.Name() == "string" {
			a.t.Errorf("%s: the enum %s has no type of its own", path, s.Name)
		}
	}
}

func (a agreement) structure(s *smithy.Shape, typ reflect.Type, path string) {
	if a.seen[s.Name] {
		return
	}
	a.seen[s.Name] = true
	field := 0
	for _, m := range s.Members {
		if m.Field == smithy.Streamed {
			continue
		}
		if m.Field != field || field >= typ.NumField() {
			a.t.Fatalf("%s.%s: field %d of %v, want %d of %d", path, m.Name, m.Field, typ, field, typ.NumField())
		}
		f := typ.Field(field)
		field++
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != m.Name {
			a.t.Errorf("%s.%s: the field's tag says %s", path, m.Name, name)
		}
		if (options == "omitzero") == m.Required {
			a.t.Errorf("%s.%s: required is %v, the tag's options are %q", path, m.Name, m.Required, options)
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			if m.Required {
				a.t.Errorf("%s.%s is required, and its field a pointer", path, m.Name)
			}
			inner = inner.Elem()
		}
		a.shape(m.Shape, inner, path+"."+m.Name)
	}
	if field != typ.NumField() {
		a.t.Errorf("%s: %v has %d fields, the table %d", path, typ, typ.NumField(), field)
	}
}
