package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// request is the parts of an HTTP request that can carry members of an input.
type request struct {
	Labels map[string]string // cut from the path, still percent-encoded
	Query  string            // raw, without the question mark
	Header http.Header
	Body   []byte
}

// bindRequest fills in, a pointer made by route.NewInput. It returns nil, a
// fault.Validation with a field for every constraint that the request breaks,
// or a refusal of the protocol: unsupportedMediaType or notAcceptable.
func bindRequest(route *smithy.Route, r request, in any) *fault.Error {
	if refused := checkMedia(route, r); refused != nil {
		return refused
	}
	b := binding{query: parseQuery(r.Query), labels: r.Labels}
	v := reflect.ValueOf(in).Elem()
	for i := range route.Input.Members {
		switch m := &route.Input.Members[i]; m.In {
		case smithy.Label:
			b.label(m, v.Field(m.Field))
		case smithy.Query:
			b.param(m, v.Field(m.Field))
		}
	}
	if takesJSON(route.Input) {
		body := r.Body
		if len(body) == 0 {
			body = []byte("{}") // a client may leave out a body that says nothing
		}
		smithy.DecodeJSON(route.Input, body, in, &b.problems)
	}
	return invalid(&b.problems)
}

// binding is the members of one request that travel outside its body.
type binding struct {
	labels   map[string]string
	query    []param
	problems smithy.Problems
}

func (b *binding) label(m *smithy.Member, field reflect.Value) {
	text, err := url.PathUnescape(b.labels[m.Name])
	switch {
	case err != nil || !utf8.ValidString(text):
		b.unreadable(m.Name)
	case text == "":
		b.problems.Add(smithy.Missing(m.Name))
	default:
		smithy.ParseText(m.Shape, text, field, m.Name, &b.problems)
	}
}

func (b *binding) param(m *smithy.Member, field reflect.Value) {
	var texts []string
	for _, p := range b.query {
		if p.name == m.Name {
			if p.bad || !utf8.ValidString(p.text) {
				b.unreadable(m.Name)
				return
			}
			texts = append(texts, p.text)
		}
	}
	switch {
	case len(texts) == 0 && m.Required:
		b.problems.Add(smithy.Missing(m.Name))
	case len(texts) == 0:
	case m.Shape.Kind == smithy.List:
		smithy.ParseTexts(m.Shape, texts, field, m.Name, &b.problems)
	case len(texts) > 1:
		b.problems.Add(smithy.Problem{Path: m.Name, Parse: true, Message: fmt.Sprintf("This query parameter is given %d times; it takes one value.", len(texts))})
	default:
		smithy.ParseText(m.Shape, texts[0], field, m.Name, &b.problems)
	}
}

func (b *binding) unreadable(name string) {
	b.problems.Add(smithy.Problem{Path: name, Parse: true, Message: "The text is not percent-encoded UTF-8."})
}

// param is one name and value of a query. bad says that its value cannot be
// decoded.
type param struct {
	name, text string
	bad        bool
}

// parseQuery cuts a raw query into parameters. One whose name cannot be
// decoded is none that an operation knows.
func parseQuery(raw string) []param {
	if raw == "" {
		return nil
	}
	params := make([]param, 0, 1+strings.Count(raw, "&"))
	for pair := range strings.SplitSeq(raw, "&") {
		name, text, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || name == "" {
			continue
		}
		text, err = url.QueryUnescape(text)
		params = append(params, param{name, text, err != nil})
	}
	return params
}

// invalid is the refusal for the problems of a request, or nil when there are
// none: one field each, but for those of the document as a whole.
func invalid(problems *smithy.Problems) *fault.Error {
	list := problems.List()
	if len(list) == 0 {
		return nil
	}
	f := &fault.Error{Code: fault.Validation, Reason: fault.FieldValidationFailed}
	var told []string
	for _, p := range list {
		if p.Parse {
			f.Reason = fault.CannotParse
		}
		if p.Path == "" {
			told = append(told, p.Message)
			continue
		}
		told = append(told, p.Path+": "+p.Message)
		f.Fields = append(f.Fields, fault.Field{Name: p.Path, Message: p.Message})
	}
	f.Message = fault.Summary(told, problems.More())
	return f
}
