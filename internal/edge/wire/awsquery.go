package wire

import (
	"bytes"
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

// malformedForm is what services of awsQuery call a form that cannot be read.
const malformedForm fault.Code = "MalformedQueryString"

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

// find finds the endpoint that the form names: among those of the service that
// the signature is for, or by the version when there is none. No more of the form
// is read: who sent it is not known yet.
func (a *actions) find(x *exchange) error {
	action, version := x.parameter("Action"), x.parameter("Version")
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

// parameter is the value of one parameter of a form; "" when it is given twice,
// too.
func (x *exchange) parameter(name string) (value string) {
	found := false
	for _, text := range [...][]byte{[]byte(x.r.URL.RawQuery), x.body} {
		for part := range bytes.SplitSeq(text, []byte("&")) {
			raw, encoded, _ := bytes.Cut(part, []byte("="))
			if len(raw) > 3*len(name) || !decodesTo(string(raw), name) {
				continue
			}
			if found {
				return ""
			}
			found = true
			value, _ = url.QueryUnescape(string(encoded)) // the form as a whole is refused for a wrong escape
		}
	}
	return value
}

// parseForm reads the query and the body of a request as one form.
func parseForm(query string, body []byte) ([]smithy.Pair, *fault.Error) {
	most := 2 + strings.Count(query, "&") + bytes.Count(body, []byte("&"))
	if most > maxPairs {
		return nil, malformed("it has more than %d parameters", maxPairs)
	}
	form := make([]smithy.Pair, 0, most)
	for _, text := range [...][]byte{[]byte(query), body} {
		for part := range bytes.SplitSeq(text, []byte("&")) {
			if len(part) == 0 {
				continue
			}
			name, value, _ := strings.Cut(string(part), "=")
			name, err := url.QueryUnescape(name)
			if err != nil || !utf8.ValidString(name) {
				return nil, malformed("the name %q is not percent-encoded UTF-8", clip(string(part), 64))
			}
			if value, err = url.QueryUnescape(value); err != nil || !utf8.ValidString(value) {
				return nil, malformed("the value of %q is not percent-encoded UTF-8", clip(name, 64))
			}
			form = append(form, smithy.Pair{Name: name, Text: value})
		}
	}
	return form, nil
}

func malformed(format string, args ...any) *fault.Error {
	return &fault.Error{Code: malformedForm, Message: "The form cannot be read: " + fmt.Sprintf(format, args...) + "."}
}

func (awsQuery) bind(route *smithy.Route, r request, in any) *fault.Error {
	form, refused := parseForm(r.Query, r.Body)
	if refused != nil {
		return refused
	}
	var problems smithy.Problems
	smithy.DecodeForm(route.Input, form, in, &problems)
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
