package wire

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/edge/wire/internal/restjson1"
)

// assign fills a generated struct from the parameters of a protocol case. It
// goes by the struct's tags and knows nothing of the tables or the codec, so
// it can judge them.
func assign(t *testing.T, into any, params json.RawMessage) {
	t.Helper()
	set(t, reflect.ValueOf(into).Elem(), anyJSON(t, params))
}

func set(t *testing.T, v reflect.Value, param any) {
	t.Helper()
	if isDocument(v) {
		b, err := json.Marshal(param)
		if err != nil {
			t.Fatal(err)
		}
		v.SetBytes(b)
		return
	}
	switch p := param.(type) {
	case nil:
	case map[string]any:
		setObject(t, v, p)
	case []any:
		setArray(t, v, p)
	case string:
		setString(t, v, p)
	case bool:
		indirect(v).SetBool(p)
	case float64:
		setNumber(v, p)
	}
}

func setObject(t *testing.T, v reflect.Value, p map[string]any) {
	t.Helper()
	v = indirect(v)
	if v.Kind() == reflect.Map {
		v.Set(reflect.MakeMap(v.Type()))
		for name, value := range p {
			entry := reflect.New(v.Type().Elem()).Elem()
			set(t, entry, value)
			v.SetMapIndex(reflect.ValueOf(name), entry)
		}
		return
	}
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = v.Field(i)
	}
	for name, value := range p {
		field, ok := fields[name]
		if !ok {
			t.Fatalf("%s has no member %s", v.Type(), name)
		}
		set(t, field, value)
	}
}

func setArray(t *testing.T, v reflect.Value, p []any) {
	t.Helper()
	v.Set(reflect.MakeSlice(v.Type(), len(p), len(p)))
	for i, value := range p {
		set(t, v.Index(i), value)
	}
}

func setString(t *testing.T, v reflect.Value, p string) {
	t.Helper()
	v = indirect(v)
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		at, err := time.Parse(time.RFC3339, p)
		if err != nil {
			t.Fatal(err)
		}
		v.Set(reflect.ValueOf(at))
	case v.Kind() == reflect.Slice:
		b, err := base64.StdEncoding.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		v.SetBytes(b)
	case v.CanFloat():
		v.SetFloat(map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}[p])
	default:
		v.SetString(p)
	}
}

func setNumber(v reflect.Value, p float64) {
	v = indirect(v)
	if v.CanInt() {
		v.SetInt(int64(p))
		return
	}
	if v.Kind() == reflect.Float32 {
		p = float64(float32(p))
	}
	v.SetFloat(p)
}

func isDocument(v reflect.Value) bool { return v.Type() == reflect.TypeFor[json.RawMessage]() }

func indirect(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return v.Elem()
	}
	return v
}

// newOutput returns a pointer to a zero output of an operation.
func newOutput(t *testing.T, op string) any {
	t.Helper()
	outputs := map[string]any{
		"DocumentType":                new(restjson1.DocumentTypeOutput),
		"DocumentTypeAsMapValue":      new(restjson1.DocumentTypeAsMapValueOutput),
		"EmptyInputAndEmptyOutput":    new(restjson1.EmptyInputAndEmptyOutputOutput),
		"IgnoreQueryParamsInResponse": new(restjson1.IgnoreQueryParamsInResponseOutput),
		"JsonBlobs":                   new(restjson1.JSONBlobsOutput),
		"JsonEnums":                   new(restjson1.JSONEnumsOutput),
		"JsonLists":                   new(restjson1.JSONListsOutput),
		"JsonMaps":                    new(restjson1.JSONMapsOutput),
		"JsonTimestamps":              new(restjson1.JSONTimestampsOutput),
		"JsonUnions":                  new(restjson1.JSONUnionsOutput),
		"NoInputAndOutput":            new(restjson1.NoInputAndOutputOutput),
		"PostPlayerAction":            new(restjson1.PostPlayerActionOutput),
		"PostUnionWithJsonName":       new(restjson1.PostUnionWithJSONNameOutput),
		"RecursiveShapes":             new(restjson1.RecursiveShapesOutput),
		"SimpleScalarProperties":      new(restjson1.SimpleScalarPropertiesOutput),
	}
	out, ok := outputs[op]
	if !ok {
		t.Fatalf("no output type for %s", op)
	}
	return out
}
