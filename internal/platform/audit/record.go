package audit

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// Event is a request that was answered.
type Event struct {
	Caller op.Caller // who asked; with its Trail. Without an account: nobody signed
	Route  *smithy.Route
	Input  any    // pointer to the input; nil when it could not be read
	Code   string // of the error that was answered, or ""
	Err    error  // that error
}

// The bounds of what a client chose freely.
const (
	maxAgent   = 256
	maxMessage = 1024
)

// version of the shape (CloudTrail user guide, "CloudTrail record contents").
const version = "1.11"

// append appends the line of an event.
func (b *Book) append(dst []byte, e *Event) []byte {
	l := line{append(dst, '{')}
	c := &e.Caller
	if c.Origin.At.IsZero() {
		c.Origin.At = b.config.Now()
	}
	l.text("eventVersion", version)
	l.identity(c)
	l.time("eventTime", c.Origin.At)
	l.text("eventSource", e.Route.Service+".amazonaws.com")
	l.text("eventName", e.Route.Name)
	l.text("awsRegion", c.Region)
	l.text("sourceIPAddress", source(c))
	l.text("userAgent", clip(c.Origin.Agent, maxAgent))
	if e.Code != "" {
		l.text("errorCode", e.Code)
		l.optional("errorMessage", clip(message(e.Err), maxMessage))
	}
	l.parameters(b.plan(e.Route), e.Input)
	l.raw("responseElements", "null")
	l.decision(c.Trail)
	l.text("requestID", c.RequestID)
	l.text("eventID", b.config.NewID())
	l.flag("readOnly", readOnly(e.Route))
	l.resources(e)
	l.text("eventType", "AwsApiCall")
	l.flag("managementEvent", !isData(e.Route))
	l.text("recipientAccountId", recipient(e))
	l.text("eventCategory", category(e.Route))
	return append(l.b, "}\n"...)
}

func source(c *op.Caller) string {
	if !c.Origin.IP.IsValid() {
		return ""
	}
	return c.Origin.IP.Unmap().String()
}

// decision says which policy allowed or denied the request. Nothing stands there
// for an operation that asks no policy.
func (l *line) decision(t *op.Trail) {
	if t == nil || !t.Decided {
		return
	}
	l.open("additionalEventData")
	l.open("authorization")
	l.flag("allowed", t.Allowed)
	l.optional("layer", t.Layer)
	l.optional("statement", clip(t.Sid, maxAgent))
	l.shut()
	l.shut()
}

// resources are those that a policy was asked about, or else those that the
// request names.
func (l *line) resources(e *Event) {
	arns := asked(e)
	if len(arns) == 0 || arns[0] == "*" || arns[0] == "" {
		return
	}
	l.name("resources")
	l.b = append(l.b, '[')
	for _, arn := range arns {
		l.comma()
		l.b = append(l.b, '{')
		l.optional("accountId", op.AccountIn(arn))
		l.text("ARN", clip(arn, maxMessage))
		l.shut()
	}
	l.b = append(l.b, ']')
}

func asked(e *Event) []string {
	if t := e.Caller.Trail; t != nil && len(t.Resources) > 0 {
		return t.Resources
	}
	if e.Input == nil || e.Caller.Account == "" {
		return nil
	}
	return op.Resources(e.Caller, e.Route, e.Input)
}

// recipient is the account whose resources the request was about; of a request
// without signature that of the role it is for.
func recipient(e *Event) string {
	c := &e.Caller
	if c.Trail != nil && c.Trail.Owner != "" {
		return c.Trail.Owner
	}
	if c.Account != "" || e.Input == nil {
		return c.Account
	}
	return op.AccountIn(member(e.Route.Input, e.Input, "RoleArn"))
}

// told are the errors whose message is said: what those of other errors quote
// may be a secret or the text of a document, and their fields say enough.
func told(code fault.Code) bool {
	return slices.Contains([]fault.Code{
		fault.AccessDenied, "AccessDenied", fault.Conflict, fault.LicenseNotFound, fault.ResourceNotFound,
		fault.ServiceQuotaExceeded, fault.Throttling, "NoSuchEntityException", "EntityAlreadyExistsException",
		"DeleteConflictException", "LimitExceededException",
	}, code)
}

// message is what may be said of an error.
func message(err error) string {
	f := fault.As(err)
	switch {
	case f == nil:
		return ""
	case told(f.Code):
		return f.Message
	case len(f.Fields) == 0:
		return ""
	}
	names := make([]string, len(f.Fields))
	for i, field := range f.Fields {
		names[i] = field.Name
	}
	return "refused: " + strings.Join(names, ", ")
}

// readOnly reports whether an operation changes nothing, by its name. CloudTrail
// counts those that begin a session among them.
func readOnly(r *smithy.Route) bool {
	return slices.ContainsFunc([]string{"Get", "List", "Describe", "Check", "Search", "Is", "Simulate", "Assume"}, func(verb string) bool {
		rest, ok := strings.CutPrefix(r.Name, verb)
		return ok && rest != "" && unicode.IsUpper(rune(rest[0]))
	})
}

// isData reports whether CloudTrail would call it a data event: what users and
// documents do, in place of what administrators do.
func isData(r *smithy.Route) bool {
	if r.Service != "qbusiness" {
		return false
	}
	switch r.Family {
	case "chat", "document":
		return true
	}
	return r.Name == "SearchRelevantContent"
}

func category(r *smithy.Route) string {
	if isData(r) {
		return "Data"
	}
	return "Management"
}

// line is a line that is being written: JSON, whose commas take care of
// themselves.
type line struct{ b []byte }

func (l *line) comma() {
	if last := l.b[len(l.b)-1]; last != '{' && last != '[' {
		l.b = append(l.b, ',')
	}
}

func (l *line) name(name string) {
	l.comma()
	l.b = append(append(append(l.b, '"'), name...), '"', ':')
}

func (l *line) raw(name, value string) {
	l.name(name)
	l.b = append(l.b, value...)
}

func (l *line) text(name, value string) {
	l.name(name)
	l.b = smithy.AppendJSONString(l.b, value)
}

func (l *line) time(name string, t time.Time) {
	l.name(name)
	l.b = append(t.UTC().AppendFormat(append(l.b, '"'), time.RFC3339), '"')
}

// optional is text, unless there is none.
func (l *line) optional(name, value string) {
	if value != "" {
		l.text(name, value)
	}
}

func (l *line) flag(name string, value bool) {
	l.name(name)
	l.b = strconv.AppendBool(l.b, value)
}

func (l *line) open(name string) {
	l.name(name)
	l.b = append(l.b, '{')
}

func (l *line) shut() { l.b = append(l.b, '}') }

// clip bounds a text to so many bytes.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "..."
}
