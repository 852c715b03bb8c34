// Package smithy is the hand-written runtime that the generated package api
// leans on: shapes and operations as tables, the JSON codec of model values,
// and the check of every constraint the model states.
//
// It knows nothing of HTTP (edge/wire binds members to paths, queries and
// bodies) and nothing of any one API.
package smithy

import (
	"fmt"
	"slices"
)

// Kind is the Smithy type of a shape.
type Kind uint8

// The kinds the models use. Enum is a string with a closed set of values;
// Union is a structure of which exactly one member is set.
const (
	Structure Kind = iota + 1
	Union
	List
	Map
	String
	Enum
	Boolean
	Integer // 32 bits
	Long    // 64 bits
	Float
	Double
	Blob
	Timestamp
	Document // any JSON value
)

// Protocol is the way in which an API travels, by its name in Smithy.
type Protocol string

// The protocols that the models use.
const (
	RestJSON1 Protocol = "restJson1"
	AWSJSON11 Protocol = "awsJson1_1"
	AWSQuery  Protocol = "awsQuery"
)

// Service is an API as a whole.
type Service struct {
	Name     string // signing name, and prefix of its IAM actions
	Version  string // a date
	Protocol Protocol
	Target   string // of AWSJSON11: the prefix of X-Amz-Target
	XMLNS    string // of AWSQuery: the namespace of its answers
	Routes   []*Route
	Schema   *Schema
}

// Location says where an HTTP request carries a member of an input.
type Location uint8

// Body is the zero Location: most members travel in the JSON document.
const (
	Body Location = iota
	Label
	Query
)

// Streamed as a Member's Field marks an event stream: it has no Go field,
// because events are read and written one by one.
const Streamed = -1

// Bound is an optional limit on a length, a size or a number.
type Bound struct {
	N   int64
	Set bool
}

// At is the bound n.
func At(n int64) Bound { return Bound{N: n, Set: true} }

// Shape is one type of the model with its constraints. Min and Max count
// characters of a string, bytes of a blob, entries of a list or map, or bound
// the value of a number.
type Shape struct {
	Name      string
	Kind      Kind
	Min, Max  Bound
	Pattern   *Pattern
	Values    []string // of an Enum
	Members   []Member // of a Structure or Union, in the order of the Go fields
	Of        string   // name of the element of a List, the value of a Map
	Key       string   // name of the key of a Map
	ElemName  string   // in forms and XML: of an element or a value, where it is not member or value
	KeyName   string   // in forms and XML: of a key, where it is not key
	Sensitive bool     // never shown in a log or an error
	Status    int      // HTTP status of an error shape
	Code      string   // of an error shape: what the wire calls it, where that is not Name

	Elem, KeyShape *Shape // resolved from Of and Key by Link
}

// Member is one member of a structure or union.
type Member struct {
	Name     string // in JSON, path or query
	Of       string // name of its shape
	Field    int    // index of the Go field, or Streamed
	Required bool
	Token    bool // an idempotency token
	Flat     bool // in forms and XML: a List or Map without an element around it
	In       Location

	Shape *Shape // resolved from Of by Link
}

// Route is the untyped part of an operation: everything the pipeline needs to
// know before and after the one typed function is called.
type Route struct {
	Name        string
	Service     string   // signing name, and prefix of the IAM action
	Family      string   // which family serves it
	Method, URI string   // as published: /applications/{applicationId}/conversations?sync
	In, Out     string   // names of the shapes of its input and output
	Errors      []string // names of the error shapes it may answer
	Resources   []string // of its IAM action: ARN paths with {label}s, or "*"
	ReadOnly    bool
	Idempotent  bool
	Unsigned    bool       // called without a signature: what it carries says who calls
	Own         bool       // its family decides who may; the pipeline asks nobody
	Global      bool       // the ARNs of its resources have no Region
	Unit        bool       // the model gives it no output
	Dependent   []string   // further IAM actions it needs on its resources: qbusiness:PutResourcePolicy
	NewInput    func() any // a pointer to a zero input

	Input, Output *Shape // resolved from In and Out by Link
}

// Action is the IAM action that permits the operation.
func (r *Route) Action() string { return r.Service + ":" + r.Name }

// Declares reports whether the operation may answer the error named code.
func (r *Route) Declares(code string) bool {
	return slices.Contains(r.Errors, code)
}

// Token returns the input's idempotency token member, or nil.
func (r *Route) Token() *Member {
	for i := range r.Input.Members {
		if m := &r.Input.Members[i]; m.Token {
			return m
		}
	}
	return nil
}

// Operation ties a route to the Go types of its input and output, so that the
// compiler holds an operation's function to its model.
type Operation[In, Out any] struct{ *Route }

// Schema is a set of shapes whose references are resolved.
type Schema struct {
	byName map[string]*Shape
	shapes []Shape
}

// Link resolves the references among shapes, and those of the routes to them. It
// panics on a dangling one: the generator never writes one, so it can only be a
// mistake in the program.
func Link(shapes []Shape, routes []*Route) *Schema {
	s := &Schema{byName: make(map[string]*Shape, len(shapes)), shapes: shapes}
	for i := range shapes {
		s.byName[shapes[i].Name] = &shapes[i]
	}
	for i := range shapes {
		sh := &shapes[i]
		if sh.Of != "" {
			sh.Elem = s.Shape(sh.Of)
		}
		if sh.Key != "" {
			sh.KeyShape = s.Shape(sh.Key)
		}
		for j := range sh.Members {
			sh.Members[j].Shape = s.Shape(sh.Members[j].Of)
		}
	}
	for _, r := range routes {
		r.Input, r.Output = s.Shape(r.In), s.Shape(r.Out)
	}
	return s
}

// Shape returns the shape of that name; it panics when there is none.
func (s *Schema) Shape(name string) *Shape {
	sh, ok := s.byName[name]
	if !ok {
		panic(fmt.Sprintf("smithy: no shape %q", name))
	}
	return sh
}

// Shapes lists every shape, ordered by name.
func (s *Schema) Shapes() []Shape { return s.shapes }

// Errors lists the error shapes, ordered by name.
func (s *Schema) Errors() []*Shape {
	var out []*Shape
	for i := range s.shapes {
		if s.shapes[i].Status != 0 {
			out = append(out, &s.shapes[i])
		}
	}
	return out
}
