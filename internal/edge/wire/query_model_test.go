package wire

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/internal/awsquery"
)

// encodeForm writes an input the way a client of awsQuery does.
func encodeForm(route *smithy.Route, in any) string {
	var form []string
	var value func(s *smithy.Shape, name string, flat bool, v reflect.Value)
	structure := func(s *smithy.Shape, prefix string, v reflect.Value) {
		for i := range s.Members {
			m := &s.Members[i]
			field := v.Field(m.Field)
			switch field.Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Map:
				if field.IsNil() {
					continue
				}
			}
			if field.Kind() == reflect.Pointer {
				field = field.Elem()
			}
			value(m.Shape, prefix+m.Name, m.Flat, field)
		}
	}
	value = func(s *smithy.Shape, name string, flat bool, v reflect.Value) {
		around := name + "."
		switch s.Kind {
		case smithy.Structure:
			structure(s, name+".", v)
		case smithy.List:
			if !flat {
				around += cmp.Or(s.ElemName, "member") + "."
			}
			for i := range v.Len() {
				value(s.Elem, fmt.Sprint(around, i+1), false, v.Index(i))
			}
			if v.Len() == 0 {
				form = append(form, url.QueryEscape(name)+"=")
			}
		case smithy.Map:
			if !flat {
				around += "entry."
			}
			for i, key := range v.MapKeys() {
				entry := fmt.Sprint(around, i+1, ".")
				form = append(form, url.QueryEscape(entry+cmp.Or(s.KeyName, "key"))+"="+url.QueryEscape(key.String()))
				value(s.Elem, entry+cmp.Or(s.ElemName, "value"), false, v.MapIndex(key))
			}
			if v.Len() == 0 {
				form = append(form, url.QueryEscape(name)+"=")
			}
		default:
			form = append(form, url.QueryEscape(name)+"="+url.QueryEscape(string(smithy.FormatText(nil, s, v))))
		}
	}
	structure(route.Input, "", reflect.ValueOf(in).Elem())
	return strings.Join(form, "&")
}

// says reports whether a form can say the value: it has no word for an empty
// structure, as an element of a list or at all.
func says(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return v.IsNil() || says(v.Elem())
	case reflect.Slice, reflect.Map:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return true
		}
		elements := v
		if v.Kind() == reflect.Map {
			elements = reflect.MakeSlice(reflect.SliceOf(v.Type().Elem()), 0, v.Len())
			for it := v.MapRange(); it.Next(); {
				elements = reflect.Append(elements, it.Value())
			}
		}
		for i := range elements.Len() {
			if !says(elements.Index(i)) {
				return false
			}
		}
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return true
		}
		if v.IsZero() {
			return false
		}
		for _, field := range v.Fields() {
			if !says(field) {
				return false
			}
		}
	}
	return true
}

// TestQueryInputsRoundTrip: whatever valid input a client writes as a form, the
// server reads that input.
func TestQueryInputsRoundTrip(t *testing.T) {
	routes := queryRoutes()
	rapid.Check(t, func(t *rapid.T) {
		route := rapid.SampledFrom(routes).Draw(t, "operation")
		want, got := route.NewInput(), route.NewInput()
		draw(t, route.Input, want)
		if in := reflect.ValueOf(want).Elem(); !in.IsZero() && !says(in) {
			t.Skip("a form cannot say it")
		}
		text := encodeForm(route, want)
		if refused := (awsQuery{}).bind(route, request{Body: []byte(text)}, got); refused != nil {
			t.Fatalf("%s: refused: %v", text, refused)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
	})
}

func queryRoutes() (routes []*smithy.Route) {
	for _, service := range []*smithy.Service{iam.Service, sts.Service, awsquery.Service} {
		routes = append(routes, service.Routes...)
	}
	return routes
}

// FuzzForm: any form is read or refused with few words, and what is read is
// written and read again as the same.
func FuzzForm(f *testing.F) {
	f.Add(0, "Action=GetUser&UserName=ann")
	f.Add(1, "Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.01.Key=&Tags=&Tags.member.2147483648.Key=x")
	f.Add(2, "MapArg.entry.1.key=a&MapArg.entry.1.value=b&Hi.1.K=a&Hi.1.V=b&Hi.2.K=a&Hi.2.V=")
	f.Add(3, "Nested.RecursiveArg.RecursiveArg.StringArg=x&Nested.=&.=&=&&%00=%00&Nested.StringArg.x=")
	f.Add(4, strings.Repeat("Nested.RecursiveArg.", 40)+"StringArg=x")
	routes := queryRoutes()
	f.Fuzz(func(t *testing.T, n int, text string) {
		route := routes[uint(n)%uint(len(routes))]
		in := route.NewInput()
		if refused := (awsQuery{}).bind(route, request{Body: []byte(text)}, in); refused != nil {
			if refused.Message == "" || len(refused.Message) > 100*1000 {
				t.Errorf("%d bytes about %d bytes", len(refused.Message), len(text))
			}
			return
		}
		again := route.NewInput()
		if !reflect.ValueOf(in).Elem().IsZero() && !says(reflect.ValueOf(in).Elem()) {
			return
		}
		written := encodeForm(route, in)
		if refused := (awsQuery{}).bind(route, request{Body: []byte(written)}, again); refused != nil {
			t.Fatalf("%q became %q: %v", text, written, refused)
		}
		if fmt.Sprintf("%#v", smithy.AppendJSON(nil, route.Input, in)) != fmt.Sprintf("%#v", smithy.AppendJSON(nil, route.Input, again)) {
			t.Errorf("%q is not read as it was written", text)
		}
	})
}
