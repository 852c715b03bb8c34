package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/smithy"
)

// Model is one API: its operations and shapes, as facts.
type Model struct {
	Service    string
	Version    string
	Protocol   string
	Target     string // of awsJson1_1: the prefix of X-Amz-Target
	XMLNS      string // of awsQuery: the namespace of its answers
	Global     bool   // the ARNs of its resources have no Region
	Operations map[string]*Operation
	Shapes     map[string]*Shape

	structs map[string]string // structure or union shape -> Go type
}

// Operation is one row of the model's operation table.
type Operation struct {
	Method, URI, Input, Output string
	Errors, Resources          []string
	Dependent                  []string // further IAM actions that it needs
	Idempotent, ReadOnly       bool
	Auth, Access               string // "none", unsigned; "own", decided by its family

	family string
}

// Shape is one row of the model's shape table.
type Shape struct {
	Type                                           string
	Min, Max                                       *int64
	Pattern                                        string
	Enum                                           []string
	Union, EventStream, Event, Document, Sensitive bool
	Error                                          int
	Code                                           string // of an error, where the wire calls it otherwise
	Payload                                        string
	Required                                       []string
	Member, Key, Value                             string
	MemberName, KeyName                            string // of elements or values, and keys, in forms and XML
	Members                                        members
}

// Member is one member of a structure, under its name in the model.
type Member struct {
	Shape            string
	Location         string
	Name             string // on the wire, where it differs
	IdempotencyToken bool
	Flat             bool // a list or map without an element around it, in forms and XML

	key string
}

// members keeps the order of the file: it is the order of the Go fields.
type members []Member

func (ms *members) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		m := Member{key: key.(string)}
		if err := d.Decode(&m); err != nil {
			return err
		}
		if m.Name == "" {
			m.Name = m.key
		}
		*ms = append(*ms, m)
	}
	return nil
}

// kinds maps the model's types to smithy's; strings, structures and documents
// are told apart by their traits.
var kinds = map[string]string{
	"list": "List", "map": "Map", "boolean": "Boolean", "integer": "Integer", "long": "Long",
	"float": "Float", "double": "Double", "blob": "Blob", "timestamp": "Timestamp",
}

func (s *Shape) kind() string {
	switch {
	case s.Document:
		return "Document"
	case s.Type == "structure" && (s.Union || s.EventStream):
		return "Union"
	case s.Type == "structure":
		return "Structure"
	case s.Type == "string" && len(s.Enum) > 0:
		return "Enum"
	case s.Type == "string":
		return "String"
	}
	return kinds[s.Type]
}

// readModel reads a model and what says which family serves which operation: a
// file, or the one family that serves them all.
func readModel(file, families, family string) (*Model, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := &Model{structs: map[string]string{}}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a trait we do not know is a rule we would not keep
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if family != "" {
		m.serveAll(family)
	} else if err := m.readFamilies(families); err != nil {
		return nil, fmt.Errorf("%s: %w", families, err)
	}
	m.nameStructs()
	return m, m.check()
}

// serveAll gives every operation to one family.
func (m *Model) serveAll(family string) {
	for _, o := range m.Operations {
		o.family = family
	}
}

func (m *Model) readFamilies(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		o := m.Operations[words[0]]
		if o == nil || o.family != "" || len(words) != 2 {
			return fmt.Errorf("%q: want one line for each operation of the model, with its family", lines.Text())
		}
		o.family = words[1]
	}
	return lines.Err()
}

// nameStructs gives every structure its Go type; inputs and outputs are named
// after their operation.
func (m *Model) nameStructs() {
	for name, s := range m.Shapes {
		if s.Type == "structure" && !s.Document {
			m.structs[name] = goName(name)
		}
	}
	for name, o := range m.Operations {
		m.structs[o.Input] = goName(name) + "Input"
		if o.Output != "" {
			m.structs[o.Output] = goName(name) + "Output"
		}
	}
}

// protocols maps the model's protocols to smithy's.
var protocols = map[string]string{
	string(smithy.RestJSON1): "RestJSON1", string(smithy.AWSJSON11): "AWSJSON11", string(smithy.AWSQuery): "AWSQuery",
}

// check refuses what the rest of the program could not honour.
func (m *Model) check() error {
	if protocols[m.Protocol] == "" {
		return fmt.Errorf("unknown protocol %q", m.Protocol)
	}
	if (m.Target != "") != (m.Protocol == string(smithy.AWSJSON11)) {
		return fmt.Errorf("the target %q: awsJson1_1 has one, and no other protocol", m.Target)
	}
	if (m.XMLNS != "") != (m.Protocol == string(smithy.AWSQuery)) {
		return fmt.Errorf("the xmlns %q: awsQuery has one, and no other protocol", m.XMLNS)
	}
	for _, name := range m.shapeNames() {
		if err := m.checkShape(m.Shapes[name]); err != nil {
			return fmt.Errorf("shape %s: %w", name, err)
		}
	}
	for name, o := range m.Operations {
		if err := m.checkOperation(o); err != nil {
			return fmt.Errorf("operation %s%w", name, err)
		}
	}
	types := map[string]string{}
	for _, shape := range slices.Sorted(maps.Keys(m.structs)) {
		if other, taken := types[m.structs[shape]]; taken {
			return fmt.Errorf("shapes %s and %s would both be named %s", shape, other, m.structs[shape])
		}
		types[m.structs[shape]] = shape
	}
	return nil
}

func (m *Model) checkOperation(o *Operation) error {
	switch {
	case o.family == "":
		return errors.New(" belongs to no family")
	case m.Shapes[o.Input] == nil || (o.Output != "" && m.Shapes[o.Output] == nil):
		return errors.New(": unknown input or output")
	case o.Auth != "" && o.Auth != "none":
		return fmt.Errorf(": unknown auth %q", o.Auth)
	case o.Access != "" && o.Access != "own":
		return fmt.Errorf(": unknown access %q", o.Access)
	}
	return nil
}

func (m *Model) checkShape(s *Shape) error {
	if s.kind() == "" {
		return fmt.Errorf("unknown type %q", s.Type)
	}
	if s.Pattern != "" {
		if _, err := smithy.Compile(s.Pattern); err != nil {
			return err
		}
	}
	for _, member := range s.Members {
		if m.Shapes[member.Shape] == nil {
			return fmt.Errorf("member %s has unknown shape %s", member.key, member.Shape)
		}
	}
	for _, r := range s.Required {
		if !slices.ContainsFunc(s.Members, func(m Member) bool { return m.key == r }) {
			return fmt.Errorf("requires a member %s that it does not have", r)
		}
	}
	return nil
}

func (m *Model) shapeNames() []string     { return slices.Sorted(maps.Keys(m.Shapes)) }
func (m *Model) operationNames() []string { return slices.Sorted(maps.Keys(m.Operations)) }

// streamed reports whether a member of that shape is an event stream.
func (m *Model) streamed(shape string) bool { return m.Shapes[shape].EventStream }

// goType is the Go type of a shape as a required member or an element.
func (m *Model) goType(shape string) string {
	s := m.Shapes[shape]
	switch s.kind() {
	case "Structure", "Union":
		return m.structs[shape]
	case "Enum":
		return goName(shape)
	case "List":
		return "[]" + m.goType(s.Member)
	case "Map":
		return "map[string]" + m.goType(s.Value)
	}
	return map[string]string{
		"String": "string", "Boolean": "bool", "Integer": "int32", "Long": "int64", "Float": "float32",
		"Double": "float64", "Blob": "[]byte", "Timestamp": "time.Time", "Document": "json.RawMessage",
	}[s.kind()]
}

// optionalType is the Go type of an optional member: a pointer, unless nil
// already is a value of the type.
func (m *Model) optionalType(shape string) string {
	switch m.Shapes[shape].kind() {
	case "List", "Map", "Blob", "Document":
		return m.goType(shape)
	}
	return "*" + m.goType(shape)
}
