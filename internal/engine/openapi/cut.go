package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Cut returns a document with the operations that keep names and nothing that
// only others need: their paths, the components they refer to, the security
// schemes they ask for. An operation is named by its operationId, as
// "GET /things/{id}", or with its whole path as "/things/{id}". The order of
// what is left stays, and JSON stays JSON. References outside components are
// left as they are.
//
// It is for a document's owner: unlike Parse it does not bound what src costs,
// and does not say what is wrong with the operations.
func Cut(src []byte, keep []string) ([]byte, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(src, &file); err != nil {
		return nil, fmt.Errorf("the document cannot be read: %w", err)
	}
	if len(file.Content) != 1 || file.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the document is not an object")
	}
	c := cutter{root: file.Content[0], wanted: map[string]bool{}, needed: map[string]bool{}}
	for _, name := range keep {
		c.wanted[name] = false
	}
	c.paths(member(c.root, "paths"))
	for name, found := range c.wanted {
		if !found {
			return nil, fmt.Errorf("the document has no operation %q%s: name one by its operationId, or as GET /path", name, c.like(name))
		}
	}
	for _, part := range []string{"tags", "webhooks", "x-tagGroups", "x-webhooks"} {
		drop(c.root, func(name string, _ *yaml.Node) bool { return name == part })
	}
	c.components()
	return c.write(looksLikeJSON(src))
}

// A cutter is a document that is being cut.
type cutter struct {
	root   *yaml.Node
	ids    []string        // of all operations
	wanted map[string]bool // names of operations, and whether they were met
	needed map[string]bool // pointers of components, such as schemas/Thing
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// paths drops the operations that are not wanted, and paths without any.
func (c *cutter) paths(paths *yaml.Node) {
	drop(paths, func(path string, item *yaml.Node) bool {
		if c.meet(path) {
			return false
		}
		left := 0
		drop(item, func(method string, operation *yaml.Node) bool {
			if !slices.Contains(methods, method) {
				return false
			}
			id := member(operation, "operationId")
			if id != nil {
				c.ids = append(c.ids, id.Value)
			}
			wanted := c.meet(strings.ToUpper(method)+" "+path) || id != nil && c.meet(id.Value)
			if wanted {
				left++
			}
			return !wanted
		})
		return left == 0
	})
}

// like names a few operations that may have been meant.
func (c *cutter) like(name string) string {
	var near []string
	for _, id := range c.ids {
		a, b := strings.ToLower(id), strings.ToLower(name)
		if len(near) < 5 && (strings.Contains(a, b) || strings.Contains(b, a)) {
			near = append(near, id)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return " (it has " + strings.Join(near, ", ") + ")"
}

func (c *cutter) meet(name string) bool {
	_, wanted := c.wanted[name]
	if wanted {
		c.wanted[name] = true
	}
	return wanted
}

// components drops those that nothing which is left refers to.
func (c *cutter) components() {
	all := member(c.root, "components")
	for name, part := range members(c.root) {
		if name != "components" {
			c.needMember(all, name, part)
		}
	}
	drop(all, func(section string, list *yaml.Node) bool {
		drop(list, func(name string, _ *yaml.Node) bool { return !c.needed[section+"/"+name] })
		return list.Kind == yaml.MappingNode && len(list.Content) == 0
	})
	if all != nil && len(all.Content) == 0 {
		drop(c.root, func(name string, _ *yaml.Node) bool { return name == "components" })
	}
}

// need follows the references below a node, each once. What an alias stands for
// is met where it is written.
func (c *cutter) need(components, n *yaml.Node) {
	for name, value := range members(n) {
		c.needMember(components, name, value)
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			c.need(components, item)
		}
	}
}

func (c *cutter) needMember(components *yaml.Node, name string, value *yaml.Node) {
	switch {
	case name == "$ref":
		c.refer(components, value.Value)
	case name == "security" && value.Kind == yaml.SequenceNode:
		for _, alternative := range value.Content {
			for scheme := range members(alternative) {
				c.refer(components, "#/components/securitySchemes/"+scheme)
			}
		}
	case name == "mapping":
		for _, target := range members(value) {
			c.refer(components, target.Value)
		}
	}
	c.need(components, value)
}

// refer marks the component that a reference points to or into; the bare name of
// a discriminator's mapping is that of a schema.
func (c *cutter) refer(components *yaml.Node, ref string) {
	pointer, local := strings.CutPrefix(ref, "#/components/")
	if !local && !strings.Contains(ref, "/") {
		pointer = "schemas/" + ref
	}
	section, rest, _ := strings.Cut(pointer, "/")
	name, _, _ := strings.Cut(rest, "/")
	key := section + "/" + name
	target := member(member(components, section), name)
	if target == nil || c.needed[key] {
		return
	}
	c.needed[key] = true
	c.need(components, target)
}

func (c *cutter) write(asJSON bool) ([]byte, error) {
	var b bytes.Buffer
	if asJSON {
		if err := writeJSON(&b, c.root); err != nil {
			return nil, err
		}
		var indented bytes.Buffer
		err := json.Indent(&indented, b.Bytes(), "", "  ")
		indented.WriteByte('\n')
		return indented.Bytes(), err
	}
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(c.root); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// writeJSON writes a node that came from JSON, members in order.
func writeJSON(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		return writeBetween(b, '{', '}', n.Content, 2)
	case yaml.SequenceNode:
		return writeBetween(b, '[', ']', n.Content, 1)
	}
	if n.Tag != "!!str" && json.Valid([]byte(n.Value)) {
		b.WriteString(n.Value) // as it was written: a number keeps its digits
		return nil
	}
	text, err := json.Marshal(n.Value)
	b.Write(text)
	return err
}

// writeBetween writes a list, or an object, whose members are nodes in pairs.
func writeBetween(b *bytes.Buffer, open, end byte, nodes []*yaml.Node, together int) error {
	b.WriteByte(open)
	for i, n := range nodes {
		switch {
		case i%together != 0:
			b.WriteByte(':')
		case i > 0:
			b.WriteByte(',')
		}
		if err := writeJSON(b, n); err != nil {
			return err
		}
	}
	b.WriteByte(end)
	return nil
}

// members yields the members of an object, in order.
func members(n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// member is the member of an object; nil when there is none.
func member(n *yaml.Node, name string) *yaml.Node {
	for have, value := range members(n) {
		if have == name {
			return value
		}
	}
	return nil
}

// drop takes members out of an object.
func drop(n *yaml.Node, out func(name string, value *yaml.Node) bool) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	left := make([]*yaml.Node, 0, len(n.Content))
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !out(n.Content[i].Value, n.Content[i+1]) {
			left = append(left, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = left
}
