package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// writeTypes writes a Go struct for every structure and union.
func writeTypes(m *Model) []byte {
	var b bytes.Buffer
	for _, name := range m.shapeNames() {
		s := m.Shapes[name]
		if _, ok := m.structs[name]; !ok || s.Error != 0 || s.Type == "structure" && s.Document {
			continue
		}
		m.writeStruct(&b, name, s)
	}
	for _, name := range m.operationNames() {
		if m.Operations[name].Output == "" {
			fmt.Fprintf(&b, "// %sOutput is the answer of %s: nothing.\ntype %[1]sOutput struct{}\n\n", goName(name), name)
		}
	}
	return append([]byte(imports(b.Bytes(), "encoding/json", "time")), b.Bytes()...)
}

func (m *Model) writeStruct(b *bytes.Buffer, name string, s *Shape) {
	what := "is the model's " + name + "."
	if s.kind() == "Union" {
		what = "is the model's union " + name + ": exactly one member is set."
	}
	fmt.Fprintf(b, "// %s %s\ntype %[1]s struct {\n", m.structs[name], what)
	for _, member := range s.Members {
		if m.streamed(member.Shape) {
			continue
		}
		if slices.Contains(s.Required, member.key) {
			fmt.Fprintf(b, "%s %s `json:%q`\n", goName(member.key), m.goType(member.Shape), member.Name)
		} else {
			fmt.Fprintf(b, "%s %s `json:%q`\n", goName(member.key), m.optionalType(member.Shape), member.Name+",omitzero")
		}
	}
	b.WriteString("}\n\n")
}

// writeEnums writes a string type with its constants for every enum.
func writeEnums(m *Model) []byte {
	var b bytes.Buffer
	for _, name := range m.shapeNames() {
		s := m.Shapes[name]
		if s.kind() != "Enum" {
			continue
		}
		fmt.Fprintf(&b, "// %s is the model's enum %s.\ntype %[1]s string\n\nconst (\n", goName(name), name)
		for _, v := range s.Enum {
			fmt.Fprintf(&b, "%s%s %[1]s = %[3]q\n", goName(name), enumName(v), v)
		}
		b.WriteString(")\n\n")
	}
	return b.Bytes()
}

// writeShapes writes the table of shapes.
func writeShapes(m *Model) []byte {
	var b bytes.Buffer
	b.WriteString(imports([]byte("smithy."), "github.com/parleyhq/parley/internal/core/smithy"))
	b.WriteString("// Schema holds every shape of the model.\nvar Schema = smithy.Link(shapes, Routes)\n\n")
	b.WriteString("// shapes and Routes hold no call that runs when the program starts, but for Link's.\nvar shapes = []smithy.Shape{\n")
	for _, name := range m.shapeNames() {
		m.writeShape(&b, name, m.Shapes[name])
	}
	for _, name := range m.operationNames() {
		if m.Operations[name].Output == "" {
			fmt.Fprintf(&b, "{Name: %q, Kind: smithy.Structure},\n", name+"Output")
		}
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func (m *Model) writeShape(b *bytes.Buffer, name string, s *Shape) {
	fmt.Fprintf(b, "{Name: %q, Kind: smithy.%s", name, s.kind())
	if s.Min != nil {
		fmt.Fprintf(b, ", Min: smithy.At(%d)", *s.Min)
	}
	if s.Max != nil {
		fmt.Fprintf(b, ", Max: smithy.At(%d)", *s.Max)
	}
	if s.Pattern != "" {
		fmt.Fprintf(b, ", Pattern: smithy.Match(%s)", quote(s.Pattern))
	}
	if len(s.Enum) > 0 {
		fmt.Fprintf(b, ", Values: %#v", s.Enum)
	}
	switch s.kind() {
	case "List":
		fmt.Fprintf(b, ", Of: %q", s.Member)
	case "Map":
		fmt.Fprintf(b, ", Key: %q, Of: %q", s.Key, s.Value)
	}
	if s.MemberName != "" {
		fmt.Fprintf(b, ", ElemName: %q", s.MemberName)
	}
	if s.KeyName != "" {
		fmt.Fprintf(b, ", KeyName: %q", s.KeyName)
	}
	if s.Sensitive {
		b.WriteString(", Sensitive: true")
	}
	if s.Error != 0 {
		fmt.Fprintf(b, ", Status: %d", s.Error)
	}
	if s.Code != "" {
		fmt.Fprintf(b, ", Code: %q", s.Code)
	}
	if len(s.Members) > 0 && !s.Document {
		m.writeMembers(b, s)
	}
	b.WriteString("},\n")
}

func (m *Model) writeMembers(b *bytes.Buffer, s *Shape) {
	b.WriteString(", Members: []smithy.Member{\n")
	field := 0
	for _, member := range s.Members {
		fmt.Fprintf(b, "{Name: %q, Of: %q", member.Name, member.Shape)
		if m.streamed(member.Shape) {
			b.WriteString(", Field: smithy.Streamed")
		} else {
			fmt.Fprintf(b, ", Field: %d", field)
			field++
		}
		if slices.Contains(s.Required, member.key) {
			b.WriteString(", Required: true")
		}
		if member.IdempotencyToken {
			b.WriteString(", Token: true")
		}
		if member.Flat {
			b.WriteString(", Flat: true")
		}
		if member.Location != "" {
			fmt.Fprintf(b, ", In: smithy.%s", goName(member.Location))
		}
		b.WriteString("},\n")
	}
	b.WriteString("}")
}

// writeOperations writes a typed row for every operation, and their list.
func writeOperations(m *Model) []byte {
	var b bytes.Buffer
	b.WriteString(imports([]byte("smithy."), "github.com/parleyhq/parley/internal/core/smithy"))
	b.WriteString("// The operations, each with the types of its input and output.\nvar (\n")
	for _, name := range m.operationNames() {
		fmt.Fprintf(&b, "%s = &smithy.Operation[%[1]sInput, %[1]sOutput]{Route: &smithy.Route{\n", goName(name))
		m.writeRoute(&b, name, m.Operations[name])
		b.WriteString("}}\n")
	}
	b.WriteString(")\n\n// Routes lists every operation, ordered by name.\nvar Routes = []*smithy.Route{\n")
	for _, name := range m.operationNames() {
		fmt.Fprintf(&b, "%s.Route,\n", goName(name))
	}
	b.WriteString("}\n\n")
	m.writeService(&b)
	return b.Bytes()
}

func (m *Model) writeService(b *bytes.Buffer) {
	fmt.Fprintf(b, "// Service is the API as a whole.\nvar Service = &smithy.Service{\n")
	fmt.Fprintf(b, "Name: %q, Version: %q, Protocol: smithy.%s,", m.Service, m.Version, protocols[m.Protocol])
	if m.Target != "" {
		fmt.Fprintf(b, "Target: %q,", m.Target)
	}
	if m.XMLNS != "" {
		fmt.Fprintf(b, "XMLNS: %q,", m.XMLNS)
	}
	b.WriteString("\nRoutes: Routes, Schema: Schema,\n}\n")
}

func (m *Model) writeRoute(b *bytes.Buffer, name string, o *Operation) {
	output := o.Output
	if output == "" {
		output = name + "Output"
	}
	fmt.Fprintf(b, "Name: %q, Service: %q, Family: %q, Method: %q, URI: %q,\n", name, m.Service, o.family, o.Method, o.URI)
	fmt.Fprintf(b, "In: %q, Out: %q,\n", o.Input, output)
	fmt.Fprintf(b, "NewInput: func() any { return new(%sInput) },\n", goName(name))
	fmt.Fprintf(b, "Errors: %#v,\nResources: %#v,\n", o.Errors, o.Resources)
	if len(o.Dependent) > 0 {
		fmt.Fprintf(b, "Dependent: %#v,\n", o.Dependent)
	}
	for _, fact := range []struct {
		name  string
		holds bool
	}{
		{"ReadOnly", o.ReadOnly}, {"Idempotent", o.Idempotent}, {"Unsigned", o.Auth == "none"},
		{"Own", o.Access == "own"}, {"Global", m.Global}, {"Unit", o.Output == ""},
	} {
		if fact.holds {
			fmt.Fprintf(b, "%s: true,\n", fact.name)
		}
	}
}

// imports declares those of the paths whose package the source mentions.
func imports(src []byte, paths ...string) string {
	var b strings.Builder
	b.WriteString("import (\n")
	for _, p := range paths {
		if bytes.Contains(src, []byte(p[strings.LastIndex(p, "/")+1:]+".")) {
			fmt.Fprintf(&b, "%q\n", p)
		}
	}
	b.WriteString(")\n\n")
	return b.String()
}

// quote writes a pattern the way a Go programmer would.
func quote(s string) string {
	if strings.Contains(s, "`") {
		return fmt.Sprintf("%q", s)
	}
	return "`" + s + "`"
}
