package action

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A golden is a line of testdata/style.txt.
type golden struct {
	name     string
	in       string
	style    string
	explode  bool
	reserved bool
	value    string
	want     string
}

func goldens(t *testing.T) []golden {
	t.Helper()
	src, err := os.ReadFile("testdata/style.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, " | ")
		if len(columns) != 3 {
			t.Fatalf("not three columns: %q", line)
		}
		words := strings.Fields(columns[0])
		all = append(all, golden{
			name: columns[0], in: words[0], style: words[1], explode: words[2] == "explode",
			reserved: words[3] == "reserved", value: columns[1], want: columns[2],
		})
	}
	return all
}

// action is one with a single parameter, color.
func (g golden) action() *openapi.Action {
	p := openapi.Parameter{Name: "color", In: g.in, Style: g.style, Explode: g.explode, AllowReserved: g.reserved}
	switch g.value[0] {
	case '[':
		p.Type = "array"
	case '{':
		p.Type = "object"
	}
	a := &openapi.Action{Method: "GET", Path: "/x"}
	if g.in == "path" {
		a.Path, p.Required = "/x/{color}", true
	}
	a.Parameters = []openapi.Parameter{p}
	return a
}

// written is what is in the request for the parameter.
func (g golden) written(r *Request) string {
	path, query, asked := strings.Cut(strings.TrimPrefix(r.URL, "https://api.example.com"), "?")
	switch {
	case g.in == "path":
		return strings.TrimPrefix(path, "/x/")
	case g.in == "query" && asked:
		return query
	case g.in == "header" && len(r.Header["Color"]) > 0:
		return r.Header["Color"][0]
	case g.in == "cookie" && len(r.Header["Cookie"]) > 0:
		return r.Header["Cookie"][0]
	}
	return "(left out)"
}

func TestStyles(t *testing.T) {
	all := goldens(t)
	if len(all) < 300 {
		t.Fatalf("%d goldens, want 300 at least", len(all))
	}
	doc := &openapi.Document{Server: "https://api.example.com"}
	for _, g := range all {
		t.Run(g.name, func(t *testing.T) {
			got := "(refused)"
			r, err := Bind(doc, g.action(), "", Args{"color": json.RawMessage(g.value)})
			var wrong *ArgumentError
			switch {
			case err == nil:
				got = g.written(r)
			case !errors.As(err, &wrong) || wrong.Problems[0].Key != "color":
				t.Fatal(err)
			}
			if got != g.want {
				t.Errorf("%s\n got %s\nwant %s", g.value, got, g.want)
			}
		})
	}
}
