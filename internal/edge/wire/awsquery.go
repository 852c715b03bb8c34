package wire

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

const (
	mediaXML  = "text/xml"
	mediaForm = "application/x-www-form-urlencoded"
)

// maxPairs bounds the names of a form before memory is spent on them: the largest
// lists of our models have a hundred elements of a few members.
const maxPairs = 10_000

// awsQuery is Smithy's aws.protocols#awsQuery: every operation is a form that is
// sent to the path / and names it as Action, and every answer is XML.
type awsQuery struct {
	service *smithy.Service // nil: of which API is not known
}

// isForm reports whether a request is one of awsQuery.
func isForm(r *http.Request) bool {
	if r.URL.Path != "/" {
		return false
	}
	switch r.Method {
	case http.MethodPost:
		return mediaType(r.Header.Get("Content-Type")) == mediaForm || has(r.URL.RawQuery, "Action")
	case http.MethodGet:
		return has(r.URL.RawQuery, "Action")
	}
	return false
}

// actions finds the operations of awsQuery.
type actions struct {
	services map[string]*smithy.Service // by name
	byName   map[string]*endpoint       // by action: sts:AssumeRole
	byDate   map[string]*endpoint       // by version and name: 2011-06-15 AssumeRole
	limits   map[string]int64           // the largest body of each service
}

func newActions() *actions {
	return &actions{services: map[string]*smithy.Service{}, byName: map[string]*endpoint{}, byDate: map[string]*endpoint{}, limits: map[string]int64{}}
}

func (a *actions) add(service *smithy.Service) {
	a.services[service.Name] = service
	for _, route := range service.Routes {
		e := newEndpoint(route)
		a.byName[route.Action()] = e
		a.byDate[service.Version+" "+route.Name] = e
		a.limits[service.Name] = max(a.limits[service.Name], e.limit)
	}
}

// protocol tells of which API the operation will be, as far as the signature
// says, and how large its form may be.
func (a *actions) protocol(r *http.Request) (protocol, int64) {
	name, _ := sigv4.ClaimedService(r)
	return awsQuery{a.services[name]}, cmp.Or(a.limits[name], defaultLimit)
}

// find reads the form and finds the endpoint that it names: among those of the
// service that the signature is for, or by the version when there is none.
func (a *actions) find(x *exchange) error {
	form, refused := parseForm(x.r.URL.RawQuery, string(x.body))
	if refused != nil {
		return refused
	}
	x.form = form
	action, version := first(form, "Action"), first(form, "Version")
	if action == "" {
		return &refusal{status: http.StatusBadRequest, code: "MissingAction", message: "The form must name the operation as Action, once."}
	}
	service, signed := sigv4.ClaimedService(x.r)
	e := a.byName[service+":"+action]
	switch {
	case !signed:
		e = a.byDate[version+" "+action]
	case e != nil && version != "" && version != a.services[service].Version:
		e = nil
	}
	if e == nil {
		return &refusal{status: http.StatusBadRequest, code: "InvalidAction",
			message: fmt.Sprintf("Could not find operation %s for version %s.", clip(action, 128), clip(cmp.Or(version, "(none)"), 32))}
	}
	x.protocol, x.endpoint, x.limit = awsQuery{a.services[e.Service]}, e, e.limit
	if int64(len(x.body)) > e.limit {
		return tooLarge(x, int64(len(x.body)))
	}
	return nil
}

// parseForm reads the query and the body of a request as one form.
func parseForm(query, body string) ([]smithy.Pair, error) {
	most := 2 + strings.Count(query, "&") + strings.Count(body, "&")
	if most > maxPairs {
		return nil, malformedForm("it has more than %d parameters", maxPairs)
	}
	form := make([]smithy.Pair, 0, most)
	for _, text := range [...]string{query, body} {
		for part := range strings.SplitSeq(text, "&") {
			if part == "" {
				continue
			}
			name, value, _ := strings.Cut(part, "=")
			name, err := url.QueryUnescape(name)
			if err != nil || !utf8.ValidString(name) {
				return nil, malformedForm("the name %q is not percent-encoded UTF-8", clip(part, 64))
			}
			if value, err = url.QueryUnescape(value); err != nil || !utf8.ValidString(value) {
				return nil, malformedForm("the value of %q is not percent-encoded UTF-8", clip(name, 64))
			}
			form = append(form, smithy.Pair{Name: name, Text: value})
		}
	}
	return form, nil
}

func malformedForm(format string, args ...any) error {
	return &refusal{status: http.StatusBadRequest, code: "MalformedQueryString", message: "The form cannot be read: " + fmt.Sprintf(format, args...) + "."}
}

// first is the value of a parameter; "" when it is given twice, too.
func first(form []smithy.Pair, name string) (text string) {
	found := false
	for _, pair := range form {
		if pair.Name == name {
			if found {
				return ""
			}
			text, found = pair.Text, true
		}
	}
	return text
}

func (awsQuery) bind(route *smithy.Route, r request, in any) *fault.Error {
	var problems smithy.Problems
	smithy.DecodeForm(route.Input, r.Form, in, &problems)
	list := problems.List()
	if len(list) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Validation, Message: violations(list, problems.More())}
}

func (q awsQuery) answer(dst []byte, route *smithy.Route, out any, id string) []byte {
	dst = append(append(append(dst, '<'), route.Name...), `Response xmlns="`...)
	dst = append(append(dst, q.service.XMLNS...), `">`...)
	if !route.Unit {
		dst = append(append(append(dst, '<'), route.Name...), "Result>"...)
		dst = smithy.AppendXML(dst, route.Output, out)
		dst = append(append(append(dst, "</"...), route.Name...), "Result>"...)
	}
	dst = append(dst, "<ResponseMetadata>"...)
	dst = smithy.AppendElement(dst, "RequestId", id)
	dst = append(dst, "</ResponseMetadata></"...)
	return append(append(dst, route.Name...), "Response>"...)
}

// refusal names the error by its code, and says whose mistake it is.
func (q awsQuery) refusal(rep *reply, _ http.Header, id string) []byte {
	switch {
	case rep.shape != nil:
		rep.code = cmp.Or(rep.shape.Code, rep.shape.Name)
	case rep.code == sigv4.ExpiredToken:
		rep.code = "ExpiredToken"
	}
	mistake := "Sender"
	if rep.status >= http.StatusInternalServerError {
		mistake = "Receiver"
	}
	b := []byte("<ErrorResponse>")
	if q.service != nil {
		b = fmt.Appendf(nil, `<ErrorResponse xmlns="%s">`, q.service.XMLNS)
	}
	b = append(b, "<Error>"...)
	b = smithy.AppendElement(b, "Type", mistake)
	b = smithy.AppendElement(b, "Code", rep.code)
	b = smithy.AppendElement(b, "Message", rep.body.Message)
	b = append(b, "</Error>"...)
	b = smithy.AppendElement(b, "RequestId", id)
	return append(b, "</ErrorResponse>"...)
}

func (awsQuery) mediaType() string { return mediaXML }
