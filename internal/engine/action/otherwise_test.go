package action

import (
	"testing"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// What a lookup does with an id that its list does not have, and with an answer
// that is one object.
func TestLookupOtherwise(t *testing.T) {
	for _, c := range []struct {
		list, otherwise, answer, wanted string
		want                            string // "": an error
	}{
		{"/tasks", "[0-9]{3}", `{"tasks":[{"id":7,"name":"Wash"}]}`, `"wash"`, `"7"`},
		{"/tasks", "[0-9]{3}", `{"tasks":[{"id":7,"name":"123"}]}`, `"123"`, `"7"`}, // a name comes first
		{"/tasks", "[0-9]{3}", `{"tasks":[]}`, `"123"`, `"123"`},
		{"/tasks", "[0-9]{3}", `{"tasks":[]}`, `"1234"`, ""}, // the whole of it
		{"/tasks", "a|[0-9]", `{"tasks":[]}`, `"ab"`, ""},
		{"/tasks", "", `{"tasks":[]}`, `"123"`, ""},
		{"/task", "", `{"task":{"id":7,"name":"Wash"}}`, `"Wash"`, `"7"`},
		{"", "", `{"id":7,"name":"Wash"}`, `"7"`, `"7"`},
		{"/task", "", `{"task":"Wash"}`, `"Wash"`, ""},
		{"/task", "", `{"error":"Not Found"}`, `"Wash"`, ""},
	} {
		how := &openapi.Lookup{OperationID: "list", List: c.list, Match: []string{"/name"}, Value: "/id", Otherwise: c.otherwise}
		a := &openapi.Action{Parameters: []openapi.Parameter{{Name: "id", In: "path", Input: openapi.Input{Type: "string", Lookup: how}}}}
		got, err := Lookup{Key: "id", Wanted: []byte(c.wanted)}.Find(nil, a, []byte(c.answer))
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
}
