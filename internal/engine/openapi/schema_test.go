package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bodySchema parses a document of version whose one operation takes a body of
// the given schema, with components beside it, and returns the body's schema as
// JSON.
func bodySchema(t *testing.T, version, schema, components string) string {
	t.Helper()
	text, err := json.Marshal(bodyOf(t, version, schema, components).Schema)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func bodyOf(t *testing.T, version, schema, components string) *Body {
	t.Helper()
	src := fmt.Sprintf(`{"openapi":%q,"servers":[{"url":"https://a.example.com"}],"paths":{"/a":{"post":{"description":"d","responses":{},`+
		`"requestBody":{"required":true,"content":{"application/json":{"schema":%s}}}}}},"components":{"schemas":{%s}}}`, version, schema, components)
	return understood(t, []byte(src)).Actions[0].Body
}

const ref = `{"$ref":"#/components/schemas/%s"}`

// What a schema of a document comes to, as JSON Schema 2020-12.
func TestSchemas(t *testing.T) {
	const pet = `"Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"tag":{"type":"string"}}}`
	for _, c := range []struct{ name, version, schema, components, want string }{
		{"plain", "3.0.3", `{"type":"string","minLength":1,"maxLength":5,"pattern":"^a+$","format":"x"}`, ``, `{"type":"string","format":"x","pattern":"^a+$","minLength":1,"maxLength":5}`},
		{"nothing said", "3.0.3", `{}`, ``, `{}`},
		{"any", "3.1.0", `true`, ``, `{}`},
		{"numbers", "3.0.3", `{"type":"number","minimum":0,"maximum":1e3,"multipleOf":0.5}`, ``, `{"type":"number","minimum":0,"maximum":1e3,"multipleOf":0.5}`},
		{"exclusive in 3.0", "3.0.3", `{"type":"integer","minimum":0,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":false}`, ``, `{"type":"integer","maximum":9,"exclusiveMinimum":0}`},
		{"exclusive in 3.1", "3.1.0", `{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":9}`, ``, `{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":9}`},
		{"nullable in 3.0", "3.0.3", `{"type":"string","nullable":true}`, ``, `{"type":["string","null"]}`},
		{"nullable in 3.1", "3.1.0", `{"type":["null","string"]}`, ``, `{"type":["string","null"]}`},
		{"several types", "3.1.0", `{"type":["string","integer","null"],"minLength":2}`, ``, `{"minLength":2,"anyOf":[{"type":"string"},{"type":"integer"},{"type":"null"}]}`},
		{"only null", "3.1.0", `{"type":"null"}`, ``, `{"enum":[null]}`},
		{"null as a choice", "3.1.0", `{"anyOf":[{"type":"string"},{"type":"null"}],"description":"d"}`, ``, `{"type":["string","null"],"description":"d"}`},
		{"const", "3.1.0", `{"const":"a"}`, ``, `{"type":"string","const":"a"}`},
		{"enum of numbers", "3.0.3", `{"enum":[1,2.5]}`, ``, `{"type":"number","enum":[1,2.5]}`},
		{"enum of the wrong kind", "3.0.3", `{"type":"string","enum":[1,true,"x"],"default":1}`, ``, `{"type":"string","enum":["1","true","x"],"default":"1"}`},
		{"numbers in quotes", "3.0.3", `{"type":"integer","enum":["1","2"],"default":"2"}`, ``, `{"type":"integer","enum":[1,2],"default":2}`},
		{"default that does not fit", "3.0.3", `{"type":"integer","default":"many"}`, ``, `{"type":"integer"}`},
		{"default outside the enum", "3.0.3", `{"type":"string","enum":["a"],"default":""}`, ``, `{"type":"string","enum":["a"]}`},
		{"examples do not matter", "3.1.0", `{"type":"integer","example":"x","examples":[{}]}`, ``, `{"type":"integer"}`},
		{"a pattern of ECMAScript", "3.0.3", `{"type":"string","pattern":"^(?!a).*$"}`, ``, `{"type":"string"}`},
		{"a pattern of Java", "3.0.3", `{"type":"string","pattern":"\\p{Alpha}++"}`, ``, `{"type":"string"}`},
		{"enum of a list that means its items", "3.0.3", `{"type":"array","items":{"type":"string"},"enum":["a"]}`, ``, `{"type":"array","items":{"type":"string"}}`},
		{"a type there is not", "3.0.3", `{"properties":{"a":{"type":"file"},"b":{"type":"Long"}}}`, ``, `{"type":"object","properties":{"a":{},"b":{}}}`},
		{"list", "3.0.3", `{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2,"uniqueItems":true}`, ``, `{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2,"uniqueItems":true}`},
		{"members in their order", "3.0.3", `{"properties":{"b":{},"a":{"type":"string"}},"required":["a"]}`, ``, `{"type":"object","properties":{"b":{},"a":{"type":"string"}},"required":["a"]}`},
		{"closed", "3.0.3", `{"type":"object","properties":{"a":{}},"additionalProperties":false}`, ``, `{"type":"object","properties":{"a":{}},"additionalProperties":false}`},
		{"further members", "3.0.3", `{"additionalProperties":{"type":"integer"}}`, ``, `{"type":"object","additionalProperties":{"type":"integer"}}`},
		{"any further members", "3.0.3", `{"type":"object","additionalProperties":true}`, ``, `{"type":"object"}`},
		{"read-only members are not required", "3.0.3", `{"type":"object","required":["id","a"],"properties":{"id":{"type":"string","readOnly":true},"a":{"writeOnly":true}}}`, ``,
			`{"type":"object","properties":{"id":{"type":"string","readOnly":true},"a":{"writeOnly":true}},"required":["a"]}`},
		{"a member that is never given", "3.1.0", `{"properties":{"a":false,"b":true}}`, ``, `{"type":"object","properties":{"b":{}}}`},

		{"reference", "3.0.3", fmt.Sprintf(ref, "Pet"), pet, `{"type":"object","properties":{"name":{"type":"string"},"tag":{"type":"string"}},"required":["name"]}`},
		{"beside a reference in 3.0", "3.0.3", `{"$ref":"#/components/schemas/S","description":"d","maxLength":3}`, `"S":{"type":"string","description":"e"}`, `{"type":"string","description":"d"}`},
		{"beside a reference in 3.1", "3.1.0", `{"$ref":"#/components/schemas/S","description":"d","maxLength":3}`, `"S":{"type":"string","maxLength":5}`, `{"type":"string","description":"d","maxLength":3}`},
		{"a member described beside its reference", "3.1.0", `{"properties":{"a":{"$ref":"#/components/schemas/S","description":"d"},"b":{"$ref":"#/components/schemas/S"}}}`, `"S":{"type":"string","description":"s"}`,
			`{"type":"object","properties":{"a":{"type":"string","description":"d"},"b":{"type":"string","description":"s"}}}`},
		{"circle", "3.0.3", fmt.Sprintf(ref, "N"), `"N":{"type":"object","description":"n","properties":{"next":` + fmt.Sprintf(ref, "N") + `,"v":{"type":"string"}}}`,
			`{"type":"object","description":"n","properties":{"next":{"type":"object","description":"n","$comment":"not described further"},"v":{"type":"string"}}}`},
		{"circle through a list", "3.0.3", fmt.Sprintf(ref, "N"), `"N":{"type":"object","properties":{"all":{"type":"array","items":` + fmt.Sprintf(ref, "N") + `}}}`,
			`{"type":"object","properties":{"all":{"type":"array","items":{"type":"object","$comment":"not described further"}}}}`},
		{"twice the same is no circle", "3.0.3", `{"properties":{"a":{"$ref":"#/components/schemas/S"},"b":{"properties":{"c":{"$ref":"#/components/schemas/S"}}}}}`, `"S":{"properties":{"x":{"type":"integer"}}}`,
			`{"type":"object","properties":{"a":{"type":"object","properties":{"x":{"type":"integer"}}},"b":{"type":"object","properties":{"c":{"type":"object","properties":{"x":{"type":"integer"}}}}}}}`},

		{"allOf", "3.0.3", `{"allOf":[` + fmt.Sprintf(ref, "Pet") + `,{"type":"object","required":["age"],"properties":{"age":{"type":"integer"}}}],"description":"d"}`, pet,
			`{"type":"object","description":"d","properties":{"name":{"type":"string"},"tag":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"]}`},
		{"allOf narrows", "3.0.3", `{"allOf":[{"type":"number","minimum":1,"maximum":9},{"type":"integer","minimum":3,"maximum":10}]}`, ``, `{"type":"integer","minimum":3,"maximum":9}`},
		{"allOf narrows lengths", "3.0.3", `{"allOf":[{"type":"string","minLength":1,"maxLength":9},{"minLength":3,"maxLength":10}]}`, ``, `{"type":"string","minLength":3,"maxLength":9}`},
		{"allOf keeps what all list", "3.0.3", `{"allOf":[{"enum":["a","b","c"]},{"enum":["b","c","d"]}]}`, ``, `{"type":"string","enum":["b","c"]}`},
		{"allOf merges one member", "3.0.3", `{"allOf":[{"properties":{"a":{"type":"string","maxLength":9}}},{"properties":{"a":{"minLength":2,"description":"d"}}}]}`, ``,
			`{"type":"object","properties":{"a":{"type":"string","description":"d","minLength":2,"maxLength":9}}}`},
		{"allOf around one reference", "3.0.3", `{"properties":{"a":{"allOf":[{"$ref":"#/components/schemas/E"}],"description":"d"}}}`, `"E":{"type":"string","enum":["x"],"description":"e"}`,
			`{"type":"object","properties":{"a":{"type":"string","description":"d","enum":["x"]}}}`},
		{"allOf of itself", "3.0.3", fmt.Sprintf(ref, "N"), `"N":{"allOf":[` + fmt.Sprintf(ref, "N") + `,{"type":"object","properties":{"a":{"type":"string"}}}]}`, `{"type":"object","properties":{"a":{"type":"string"}}}`},
		{"allOf allows null where all do", "3.0.3", `{"allOf":[{"type":"string","nullable":true},{"type":"string"}]}`, ``, `{"type":"string"}`},

		{"oneOf", "3.0.3", `{"oneOf":[{"type":"string"},{"type":"integer"}],"description":"d"}`, ``, `{"description":"d","oneOf":[{"type":"string"},{"type":"integer"}]}`},
		{"a lone choice", "3.0.3", `{"oneOf":[{"type":"string","maxLength":3}],"description":"d"}`, ``, `{"type":"string","description":"d","maxLength":3}`},
		{"choices of one type", "3.0.3", `{"anyOf":[{"type":"string","format":"email"},{"type":"string","format":"uri"}]}`, ``, `{"type":"string","anyOf":[{"type":"string","format":"email"},{"type":"string","format":"uri"}]}`},
		{"choices beside members", "3.0.3", `{"type":"object","properties":{"a":{}},"oneOf":[{"properties":{"b":{}}},{"properties":{"c":{}}}]}`, ``,
			`{"type":"object","properties":{"a":{}},"oneOf":[{"type":"object","properties":{"b":{}}},{"type":"object","properties":{"c":{}}}]}`},
		{"choices of what belongs together", "3.0.3", `{"type":"object","properties":{"a":{},"b":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}`, ``, `{"type":"object","properties":{"a":{},"b":{}}}`},
		{"two groups of choices", "3.0.3", `{"allOf":[{"oneOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]},{"oneOf":[{"properties":{"c":{}}}]}]}`, ``,
			`{"type":"object","anyOf":[{"type":"object","properties":{"a":{},"c":{}}},{"type":"object","properties":{"b":{},"c":{}}}]}`},
		{"discriminator with a mapping", "3.0.3", `{"oneOf":[` + fmt.Sprintf(ref, "Cat") + `,` + fmt.Sprintf(ref, "Dog") + `],"discriminator":{"propertyName":"kind","mapping":{"cat":"#/components/schemas/Cat","dog":"Dog"}}}`,
			`"Cat":{"type":"object","properties":{"kind":{"type":"string"}}},"Dog":{"type":"object","properties":{"bark":{}}}`,
			`{"type":"object","oneOf":[{"type":"object","properties":{"kind":{"type":"string","enum":["cat"]}}},{"type":"object","properties":{"kind":{"type":"string","enum":["dog"]},"bark":{}}}],"discriminator":{"propertyName":"kind"}}`},
		{"discriminator by name", "3.0.3", `{"oneOf":[` + fmt.Sprintf(ref, "Cat") + `,` + fmt.Sprintf(ref, "Dog") + `],"discriminator":{"propertyName":"kind"}}`,
			`"Cat":{"properties":{"kind":{"type":"string"}}},"Dog":{"properties":{"kind":{"type":"string","enum":["hound"]}}}`,
			`{"type":"object","oneOf":[{"type":"object","properties":{"kind":{"type":"string","enum":["Cat"]}}},{"type":"object","properties":{"kind":{"type":"string","enum":["hound"]}}}],"discriminator":{"propertyName":"kind"}}`},
		{"inheritance", "3.0.3", fmt.Sprintf(ref, "Base"),
			`"Base":{"type":"object","properties":{"kind":{"type":"string"}},"discriminator":{"propertyName":"kind","mapping":{"a":"A"}}},"A":{"allOf":[` + fmt.Sprintf(ref, "Base") + `,{"properties":{"x":{}}}]}`,
			`{"type":"object","properties":{"kind":{"type":"string"}},"anyOf":[{"type":"object","properties":{"kind":{"type":"string","enum":["a"]},"x":{}}}],"discriminator":{"propertyName":"kind"}}`},
		{"inheritance by name", "3.0.3", fmt.Sprintf(ref, "Base"),
			`"Base":{"type":"object","properties":{"kind":{"type":"string"}},"discriminator":{"propertyName":"kind"}},"A":{"allOf":[` + fmt.Sprintf(ref, "Base") + `,{"properties":{"x":{}}}]}`,
			`{"type":"object","properties":{"kind":{"type":"string"}},"anyOf":[{"type":"object","properties":{"kind":{"type":"string","enum":["A"]},"x":{}}},{"type":"object","properties":{"kind":{"type":"string","enum":["Base"]}}}],"discriminator":{"propertyName":"kind"}}`},
		{"a child alone", "3.0.3", fmt.Sprintf(ref, "A"),
			`"Base":{"type":"object","properties":{"kind":{"type":"string"}},"discriminator":{"propertyName":"kind"}},"A":{"allOf":[` + fmt.Sprintf(ref, "Base") + `,{"properties":{"x":{}}}]}`,
			`{"type":"object","properties":{"kind":{"type":"string","enum":["A"]},"x":{}}}`},
		{"a mapped child alone", "3.0.3", fmt.Sprintf(ref, "A"),
			`"Base":{"type":"object","properties":{"kind":{"type":"string"}},"discriminator":{"propertyName":"kind","mapping":{"a":"A","b":"B"}}},"A":{"allOf":[` + fmt.Sprintf(ref, "Base") + `,{"properties":{"x":{}}}]},"B":{"allOf":[` + fmt.Sprintf(ref, "Base") + `]}`,
			`{"type":"object","properties":{"kind":{"type":"string","enum":["a"]},"x":{}}}`},
		{"a child of a parent that offers its children", "3.0.3", fmt.Sprintf(ref, "A"),
			`"Base":{"type":"object","properties":{"k":{}},"oneOf":[` + fmt.Sprintf(ref, "A") + `,` + fmt.Sprintf(ref, "B") + `]},"A":{"allOf":[` + fmt.Sprintf(ref, "Base") + `,{"properties":{"x":{}}}]},"B":{"properties":{"y":{}}}`,
			`{"type":"object","properties":{"k":{},"x":{}}}`},
		{"a parent that offers its children", "3.0.3", fmt.Sprintf(ref, "Base"),
			`"Base":{"type":"object","properties":{"k":{}},"oneOf":[` + fmt.Sprintf(ref, "A") + `]},"A":{"allOf":[` + fmt.Sprintf(ref, "Base") + `,{"properties":{"x":{}}}]}`,
			`{"type":"object","properties":{"k":{}},"anyOf":[{"type":"object","properties":{"x":{}}}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := bodySchema(t, c.version, c.schema, c.components)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			var back Schema
			if err := json.Unmarshal([]byte(got), &back); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(back)
			if err != nil || string(again) != got {
				t.Errorf("%s became %s: %v", got, again, err)
			}
		})
	}
}

// The leaves of bodies, and which of them are required.
func TestFields(t *testing.T) {
	for _, c := range []struct {
		name, schema, components string
		want                     []string
	}{
		{"nested", `{"required":["a"],"properties":{"a":{"required":["b"],"properties":{"b":{"type":"string"},"c":{"type":"integer"}}},"d":{"required":["e"],"properties":{"e":{"type":"boolean"}}}}}`, ``,
			[]string{"a.b string required", "a.c integer", "d.e boolean"}},
		{"allOf", `{"allOf":[{"required":["a"],"properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}},"required":["b"]}]}`, ``, []string{"a string required", "b string required"}},
		{"choices", `{"properties":{"k":{"type":"string"}},"required":["k","z"],"oneOf":[{"properties":{"a":{"type":"string"},"z":{"type":"integer"}},"required":["a"]},{"properties":{"a":{"type":"string"},"b":{"type":"string"},"z":{"type":"string"}},"required":["a","b"]}]}`, ``,
			[]string{"k string required", "a string required", "z  required", "b string"}},
		{"discriminator", `{"oneOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}],"discriminator":{"propertyName":"kind"}}`,
			`"A":{"required":["kind"],"properties":{"kind":{"type":"string"},"x":{"type":"string"}}},"B":{"required":["kind"],"properties":{"kind":{"type":"string"}}}`,
			[]string{`kind string required ["A" "B"]`, "x string"}},
		{"discriminator around the choices", `{"$ref":"#/components/schemas/Base"}`,
			`"Base":{"type":"object","required":["kind"],"properties":{"kind":{"type":"string","description":"d"}},"discriminator":{"propertyName":"kind","mapping":{"a":"A","b":"B"}}},` +
				`"A":{"allOf":[{"$ref":"#/components/schemas/Base"},{"properties":{"x":{"type":"string"}}}]},"B":{"allOf":[{"$ref":"#/components/schemas/Base"}]}`,
			[]string{`kind string required ["a" "b"]`, "x string"}},
		{"constants of choices", `{"oneOf":[{"properties":{"t":{"const":1}}},{"properties":{"t":{"const":2}}}]}`, ``, []string{"t integer [1 2]"}},
		{"free objects", `{"properties":{"a":{"type":"object"},"b":{"additionalProperties":{"type":"string"}}}}`, ``, []string{"a object", "b object"}},
		{"choices that are not all objects", `{"properties":{"a":{"oneOf":[{"type":"string"},{"properties":{"x":{"type":"string"}}}]}}}`, ``, []string{"a "}},
		{"a circle", `{"$ref":"#/components/schemas/N"}`, `"N":{"properties":{"next":{"$ref":"#/components/schemas/N"},"v":{"type":"string"}}}`, []string{"next object", "v string"}},
		{"read-only", `{"required":["id"],"properties":{"id":{"type":"string","readOnly":true}}}`, ``, []string{"id string read-only"}},
		{"a free body", `{"type":"object"}`, ``, nil},
		{"a list", `{"type":"array","items":{"properties":{"a":{}}}}`, ``, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range bodyOf(t, "3.0.3", c.schema, c.components).Fields {
				line := strings.Join(f.Path, ".") + " " + f.Type
				if f.Required {
					line += " required"
				}
				if f.ReadOnly {
					line += " read-only"
				}
				if f.Enum != nil {
					line += fmt.Sprintf(" %s", f.Enum)
				}
				if f.Schema == nil {
					t.Errorf("%s has no schema", line)
				}
				got = append(got, line)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
