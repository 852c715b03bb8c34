package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/internal/awsquery"
)

// publishedQueryCases is how many cases Smithy publishes for awsQuery. Each is
// either run or left out for a reason.
const publishedQueryCases = 77

// queryCase is one published case: the facts of it, in our own form.
type queryCase struct {
	ID, Op string
	Form   string
	Params json.RawMessage
	Error  string
	Status int
	Body   string
	Less   string // what of the published case no model of ours can say
}

// element is an XML element by what it says.
type element struct {
	Name  string
	Space string
	Text  string
	In    []element
}

// readXML reads one element. The order of those in it does not count: that of the
// entries of a map is anybody's.
func readXML(t testing.TB, text []byte) element {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	stack := []element{{}}
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		top := &stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			stack = append(stack, element{Name: token.Name.Local, Space: token.Name.Space})
		case xml.CharData:
			top.Text += string(token)
		case xml.EndElement:
			slices.SortStableFunc(top.In, func(a, b element) int { return strings.Compare(a.Name+a.inside(), b.Name+b.inside()) })
			above := &stack[len(stack)-2]
			above.In = append(above.In, *top)
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) != 1 || len(stack[0].In) != 1 || stack[0].Text != "" {
		t.Fatalf("not one element: %s", text)
	}
	return stack[0].In[0]
}

// inside is the text of an element and of all in it.
func (e element) inside() string {
	text := e.Text
	for _, in := range e.In {
		text += " " + in.inside()
	}
	return text
}

// without drops the elements of a name.
func (e element) without(name string) element {
	e.In = slices.DeleteFunc(slices.Clone(e.In), func(in element) bool { return in.Name == name })
	return e
}

func queryRoute(t *testing.T, name string) *smithy.Route {
	t.Helper()
	i := slices.IndexFunc(awsquery.Routes, func(r *smithy.Route) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("there is no operation %s", name)
	}
	return awsquery.Routes[i]
}

func readQueryCases(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "awsquery", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// TestQueryRequests: a server reads the parameters that the client wrote.
func TestQueryRequests(t *testing.T) {
	var cases []queryCase
	readQueryCases(t, "requests.json", &cases)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			route := queryRoute(t, c.Op)
			x := exchange{r: &http.Request{URL: &url.URL{}}, body: []byte(c.Form)}
			if action := x.parameter("Action"); action != c.Op {
				t.Fatalf("it is for %q", action)
			}
			got, want := route.NewInput(), route.NewInput()
			if refused := (awsQuery{}).bind(route, request{Body: []byte(c.Form)}, got); refused != nil {
				t.Fatalf("refused: %v", refused)
			}
			assign(t, want, c.Params)
			if diff := gocmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestQueryResponses: a server writes the body that clients expect.
func TestQueryResponses(t *testing.T) {
	var cases []queryCase
	readQueryCases(t, "responses.json", &cases)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			var body []byte
			if c.Error != "" {
				rep := newVocabulary(awsquery.Schema.Errors()).fault(&fault.Error{Code: fault.Code(c.Error), Message: "Hi"})
				body = awsQuery{}.refusal(&rep, http.Header{}, "foo-id")
				if rep.status != c.Status {
					t.Errorf("status %d, want %d", rep.status, c.Status)
				}
			} else {
				out := newQueryOutput(t, c.Op)
				assign(t, out, c.Params)
				body = awsQuery{awsquery.Service}.answer(nil, queryRoute(t, c.Op), out, "abc-123")
			}
			want, got := readXML(t, []byte(c.Body)), readXML(t, body)
			if !strings.Contains(c.Body, "<ResponseMetadata>") {
				got = got.without("ResponseMetadata")
			}
			if want.Space == "" && c.Error == "" {
				got.Space = "" // the one published answer without a namespace
				for i := range got.In {
					got.In[i].Space = ""
				}
			}
			if diff := gocmp.Diff(want, got, ignoreInnerSpace()); diff != "" {
				t.Errorf("%s\n%s", diff, body)
			}
		})
	}
}

// ignoreInnerSpace compares the namespace of the outermost element alone: the
// others inherit it.
func ignoreInnerSpace() gocmp.Option {
	return gocmp.FilterPath(func(p gocmp.Path) bool { return len(p) > 3 && p.Last().String() == ".Space" }, gocmp.Ignore())
}

// TestQueryCoverage counts the published cases: every one is either run above or
// left out for a reason.
func TestQueryCoverage(t *testing.T) {
	seen := map[string]bool{}
	once := func(kind, id string) {
		if seen[kind+" "+id] {
			t.Errorf("%s %s is there twice", kind, id)
		}
		seen[kind+" "+id] = true
	}
	less := 0
	for kind, file := range map[string]string{"request": "requests.json", "response": "responses.json"} {
		var cases []queryCase
		readQueryCases(t, file, &cases)
		for _, c := range cases {
			once(kind, c.ID)
			less += min(len(c.Less), 1)
		}
	}
	run := len(seen)
	var out []struct {
		Reason string
		Cases  map[string][]string
	}
	readQueryCases(t, "left-out.json", &out)
	for _, o := range out {
		for kind, ids := range o.Cases {
			for _, id := range ids {
				once(kind, id)
			}
			t.Logf("%d left out: %s", len(ids), o.Reason)
		}
	}
	if len(seen) != publishedQueryCases {
		t.Errorf("%d cases are accounted for, want %d", len(seen), publishedQueryCases)
	}
	t.Logf("awsQuery: %d of %d cases pass (%d of them without a member of a kind that no model of ours has)", run, publishedQueryCases, less)
}

// newQueryOutput returns a pointer to a zero output of an operation.
func newQueryOutput(t *testing.T, op string) any {
	t.Helper()
	outputs := map[string]any{
		"FlattenedXmlMap":            new(awsquery.FlattenedXMLMapOutput),
		"FlattenedXmlMapWithXmlName": new(awsquery.FlattenedXMLMapWithXMLNameOutput),
		"GreetingWithErrors":         new(awsquery.GreetingWithErrorsOutput),
		"IgnoresWrappingXmlName":     new(awsquery.IgnoresWrappingXMLNameOutput),
		"NoInputAndNoOutput":         new(awsquery.NoInputAndNoOutputOutput),
		"RecursiveXmlShapes":         new(awsquery.RecursiveXMLShapesOutput),
		"SimpleScalarXmlProperties":  new(awsquery.SimpleScalarXMLPropertiesOutput),
		"XmlBlobs":                   new(awsquery.XMLBlobsOutput),
		"XmlEnums":                   new(awsquery.XMLEnumsOutput),
		"XmlIntEnums":                new(awsquery.XMLIntEnumsOutput),
		"XmlLists":                   new(awsquery.XMLListsOutput),
		"XmlMaps":                    new(awsquery.XMLMapsOutput),
		"XmlMapsXmlName":             new(awsquery.XMLMapsXMLNameOutput),
		"XmlTimestamps":              new(awsquery.XMLTimestampsOutput),
	}
	out, ok := outputs[op]
	if !ok {
		t.Fatalf("no output type for %s", op)
	}
	return out
}
