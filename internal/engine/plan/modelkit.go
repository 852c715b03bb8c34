package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Bounds of the tools that a model is offered: small models lose their way in
// more, and each costs its length in every request.
const (
	maxTools       = 24
	maxToolBytes   = 8 << 10  // of one tool's parameters
	maxKitBytes    = 48 << 10 // of all
	maxDescription = 1000     // characters
	maxName        = 64       // of a tool or a parameter; servers take no more
)

// A kit is a turn's tools as a model is offered them.
type kit struct {
	turn    Turn
	entries []entry
	aside   string // name of the tool that leaves the rest to documents; empty: there is none
}

// What a model calls, by a name that no action has, when no action fits, and when what
// they answered is not all that it takes.
const (
	aside = "no_tool_fits"
	rest  = "search_documents"
)

// entry is a tool in terms of a model.
type entry struct {
	llm.Tool

	tool int               // index into Turn.Tools
	keys map[string]string // Input.Key by the parameter's name
}

// newKit offers all tools, or, where these are too many, those that were used in
// this turn, those that the words of the message speak for, and the steps that
// people do not ask for.
func newKit(t Turn) *kit {
	k := &kit{turn: t}
	size, names := 0, map[string]bool{}
	switch {
	case t.Open && len(t.Steps) == 0:
		k.aside = unique(aside, names)
	case t.Open:
		k.aside = unique(rest, names)
	}
	for _, i := range precedence(t) {
		o := newEntry(t.Tools[i], i, names)
		size += len(o.Parameters)
		if len(k.entries) == maxTools || size > maxKitBytes && len(k.entries) > 0 {
			break
		}
		k.entries = append(k.entries, o)
	}
	slices.SortFunc(k.entries, func(a, b entry) int { return a.tool - b.tool })
	return k
}

// precedence lists tools, those first that must not be left out.
func precedence(t Turn) (order []int) {
	add := func(i int) {
		if i >= 0 && i < len(t.Tools) && t.Tools[i].Action != nil && !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	for _, s := range t.Steps {
		add(s.Tool)
	}
	if len(t.Tools) > maxTools {
		list := candidates(t.Tools)
		rank(read(topic(t), t.Now), list)
		for i := range list[:min(len(list), maxTools*3/4)] {
			add(list[i].tool)
		}
	}
	for i, tool := range t.Tools {
		if tool.Action != nil && tool.Action.Internal {
			add(i)
		}
	}
	for i := range t.Tools {
		add(i)
	}
	return order
}

// topic is what the person has spoken of lately.
func topic(t Turn) string {
	text := t.Message
	for i := len(t.History) - 1; i >= 0 && len(text) < 1000; i-- {
		if t.History[i].Person {
			text += "\n" + clip(t.History[i].Text, 500)
		}
	}
	return text
}

func newEntry(t Tool, i int, names map[string]bool) entry {
	o := entry{tool: i, keys: map[string]string{}}
	o.Name = unique(t.Action.OperationID, names)
	o.Description = describe(t)
	schema := action.Schema(t.Action)
	taken := map[string]bool{}
	renamed := map[string]string{}
	for j := range schema.Properties {
		p := &schema.Properties[j]
		renamed[p.Name] = unique(p.Name, taken)
		o.keys[renamed[p.Name]], p.Name = p.Name, renamed[p.Name]
	}
	for j, name := range schema.Required {
		schema.Required[j] = renamed[name]
	}
	o.Parameters = parameters(schema)
	return o
}

// describe says what an action is for.
func describe(t Tool) string {
	a := t.Action
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s).", strings.TrimSuffix(a.Name, "."), t.Plugin)
	if a.Description != "" && a.Description != a.Name {
		b.WriteString(" " + clip(a.Description, maxDescription-300))
	}
	if a.InstructionExample != "" {
		b.WriteString(" People say: " + clip(a.InstructionExample, 150))
	}
	if a.Effect != openapi.Read {
		b.WriteString(" It changes data: the person is shown a form first.")
	}
	return clip(b.String(), maxDescription)
}

// parameters writes a schema within its bound: first without the optional
// parameters that come last, then with the sorts of the others only.
func parameters(s *openapi.Schema) json.RawMessage {
	text := schemaText(s)
	for i := len(s.Properties) - 1; i >= 0 && len(text) > maxToolBytes; i-- {
		if !slices.Contains(s.Required, s.Properties[i].Name) {
			s.Properties = slices.Delete(s.Properties, i, i+1)
			text = schemaText(s)
		}
	}
	for i := len(s.Properties) - 1; i >= 0 && len(text) > maxToolBytes; i-- {
		p := &s.Properties[i]
		p.Schema = &openapi.Schema{Type: p.Schema.Type, Description: clip(p.Schema.Description, 100)}
		text = schemaText(s)
	}
	return text
}

func schemaText(s *openapi.Schema) json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`{"type":"object"}`) // a schema that was read from JSON can be written as JSON
	}
	return text
}

// unique makes of a name one that every model's server takes, and that is not
// taken.
func unique(name string, taken map[string]bool) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '_'
	}, name)
	if safe == "" {
		safe = "x"
	}
	safe = safe[:min(len(safe), maxName)]
	short := safe[:min(len(safe), maxName-4)]
	for n := 2; taken[safe]; n++ {
		safe = fmt.Sprintf("%s_%d", short, n)
	}
	taken[safe] = true
	return safe
}
