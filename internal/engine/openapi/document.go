package openapi

import (
	"encoding/json"
	"slices"
)

// A Document is what a plugin needs to know of an OpenAPI document. It can be
// kept as JSON.
type Document struct {
	OpenAPI     string   `json:"openapi"` // version of the specification, such as "3.0.3"
	Title       string   `json:"title"`   // info.title
	Version     string   `json:"version"` // info.version
	Description string   `json:"description,omitempty"`
	Server      string   `json:"server"` // absolute URL, variables filled in, no slash at the end
	Schemes     []Scheme `json:"schemes,omitempty"`
	Actions     []Action `json:"actions"` // every operation, in document order
}

// Served says whether every action that can be called knows where: without that
// nothing can be asked of a plugin that has no address of its own.
func (d *Document) Served() bool {
	return d.Server != "" || !slices.ContainsFunc(d.Actions, func(a Action) bool { return a.Callable && a.Server == "" })
}

// An Action is one operation of the document.
type Action struct {
	OperationID        string        `json:"operationId"` // unique in the document, [A-Za-z0-9_-]{1,64}
	Method             string        `json:"method"`      // upper case
	Path               string        `json:"path"`        // the template, as written
	Name               string        `json:"name"`        // for people
	Description        string        `json:"description"`
	InstructionExample string        `json:"instructionExample"` // a prompt that asks for it
	Internal           bool          `json:"internal,omitempty"` // a step for the planner, not offered to people
	Deprecated         bool          `json:"deprecated,omitempty"`
	Callable           bool          `json:"callable"`
	Effect             Effect        `json:"effect"`
	Server             string        `json:"server,omitempty"` // its own absolute URL; empty: the document's
	Accept             []string      `json:"accept,omitempty"` // media types of the answers that went well
	Parameters         []Parameter   `json:"parameters,omitempty"`
	Body               *Body         `json:"body,omitempty"`
	Security           []Requirement `json:"security,omitempty"` // alternatives; none: no authorization
}

// Identifier names the action in the form pa:<plugin>:<version>:<path>:<METHOD>,
// as ListPluginActions does (behaviour seen in the service: "pa:jira:999.0_0:/rest/api/2/issue:POST").
func (a Action) Identifier(plugin, version string) string {
	return "pa:" + plugin + ":" + version + ":" + a.Path + ":" + a.Method
}

// Effect says whether calling an action changes something.
type Effect string

// The two effects.
const (
	Read  Effect = "read"  // runs at once: GET and HEAD, unless the document says otherwise
	Write Effect = "write" // runs after a person has confirmed it
)

// An Input is what is known of a value the caller gives.
type Input struct {
	DisplayName string            `json:"displayName"`
	Description string            `json:"description,omitempty"`
	Type        string            `json:"type,omitempty"`   // string, number, integer, boolean, array, object; "" is any
	Format      string            `json:"format,omitempty"` // as written
	Required    bool              `json:"required,omitempty"`
	Hidden      bool              `json:"hidden,omitempty"` // x-amzn-form-hide
	ReadOnly    bool              `json:"readOnly,omitempty"`
	Enum        []json.RawMessage `json:"enum,omitempty"`
	Default     json.RawMessage   `json:"default,omitempty"`
	Schema      *Schema           `json:"schema,omitempty"` // the complete shape of the value
	Lookup      *Lookup           `json:"lookup,omitempty"` // how a name that people know becomes the value
}

// A Parameter is an input outside the body.
type Parameter struct {
	Name          string   `json:"name"`
	In            string   `json:"in"`              // where it is sent: path, query, header or cookie
	Style         string   `json:"style,omitempty"` // form, simple, label, matrix, spaceDelimited, pipeDelimited or deepObject; never empty after Parse
	Explode       bool     `json:"explode,omitempty"`
	AllowReserved bool     `json:"allowReserved,omitempty"`
	MediaType     string   `json:"mediaType,omitempty"` // of its content: sent so, and not by Style
	Compose       *Compose `json:"compose,omitempty"`   // put together from inputs of its own
	Input
}

// A Compose puts one parameter together from several inputs that people can
// fill in, as a query language wants it (x-parley-compose): Begin, then the
// clauses whose input is given, joined by Join, then End. Without any clause it
// is Empty; a parameter whose Empty is "" is then left out.
type Compose struct {
	Language string   `json:"language"` // jql, cql, soql, odata or plain: how values are quoted
	Begin    string   `json:"begin,omitempty"`
	Join     string   `json:"join,omitempty"`
	End      string   `json:"end,omitempty"`
	Empty    string   `json:"empty,omitempty"`
	Clauses  []Clause `json:"clauses"`
}

// A Clause is a piece of a Compose: Text has {value} where its input's value,
// quoted, stands. Without {value} its input is a boolean, which switches it on.
type Clause struct {
	Name string `json:"name"` // of the input
	Text string `json:"text"`
	Input
}

// A Lookup finds the value of an input by calling another action of the
// document first (x-parley-lookup), such as the id of a transition by its name.
// A value that is already one of the list's values is taken as it is, and so is
// one that the list does not have but that Otherwise matches: an id that cannot
// be searched for.
type Lookup struct {
	OperationID string            `json:"operationId"`
	Arguments   map[string]string `json:"arguments,omitempty"` // that action's input keys, by this action's
	List        string            `json:"list"`                // RFC 6901 pointer to the array in the answer, or to an object: a list of one
	Match       []string          `json:"match"`               // pointers in an item that a name is compared with, case folded
	Value       string            `json:"value"`               // pointer in an item to the value
	Otherwise   string            `json:"otherwise,omitempty"` // regular expression (RE2) for the whole of such an id
}

// A Body is what an operation sends.
type Body struct {
	MediaType string              `json:"mediaType"`
	Required  bool                `json:"required,omitempty"`
	Type      string              `json:"type,omitempty"`
	Fields    []Field             `json:"fields,omitempty"` // leaves of an object body, in document order
	Schema    *Schema             `json:"schema,omitempty"`
	Encoding  map[string]Encoding `json:"encoding,omitempty"` // of members of a form or multipart body
}

// An Encoding says how one member of a form or multipart body is sent.
type Encoding struct {
	ContentType   string `json:"contentType,omitempty"`
	Style         string `json:"style,omitempty"`
	Explode       bool   `json:"explode,omitempty"`
	AllowReserved bool   `json:"allowReserved,omitempty"`
}

// A Field is a leaf of an object body.
type Field struct {
	Path []string `json:"path"`
	Input
}

// A Requirement is one way to be authorized: all of its schemes together. One
// without schemes is no authorization at all.
type Requirement struct {
	Schemes []Use `json:"schemes,omitempty"`
}

// A Use asks a scheme for scopes.
type Use struct {
	Scheme string   `json:"scheme"`
	Scopes []string `json:"scopes,omitempty"`
}

// A Scheme is a way to be authorized that Parley can follow.
type Scheme struct {
	Name             string   `json:"name"`
	Kind             string   `json:"kind"`                // authorizationCode, clientCredentials, basic, bearer or apiKey
	In               string   `json:"in,omitempty"`        // apiKey: query, header or cookie
	Parameter        string   `json:"parameter,omitempty"` // apiKey: its name there
	AuthorizationURL string   `json:"authorizationUrl,omitempty"`
	TokenURL         string   `json:"tokenUrl,omitempty"`
	Scopes           []string `json:"scopes,omitempty"`
}
