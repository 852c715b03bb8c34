package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// decide makes a decision of a model's call. Wrong says to the model why that
// cannot be done; it is empty when it could.
func (k *kit) decide(c llm.ToolCall) (d Decision, wrong string) {
	if c.Name == k.aside && k.aside != "" {
		return k.unfit(), ""
	}
	at := slices.IndexFunc(k.entries, func(o entry) bool { return o.Name == c.Name })
	if at < 0 {
		return Decision{}, "There is no tool of this name. Call one of those you were given, or answer with a text."
	}
	o := &k.entries[at]
	args, ok := o.read(c.Arguments)
	if !ok {
		return Decision{}, "The arguments are not a JSON object. Call the tool again with one."
	}
	a := k.turn.Tools[o.tool].Action
	problems := mend(a, args)
	if a.Effect == openapi.Read && len(problems) > 0 {
		return Decision{Text: inquire(a, args, problems)}, ""
	}
	return Decision{Call: &Call{Tool: o.tool, Args: fitting(a, args)}}, ""
}

// refusal tells the model what is wrong with its call. Names that servers refuse
// are not repeated to them.
func (k *kit) refusal(c llm.ToolCall, wrong string) []llm.Message {
	c.ID, c.Name, c.Arguments = "wrong0001", unique(c.Name, map[string]bool{}), json.RawMessage("{}")
	return []llm.Message{
		{Role: llm.Assistant, Calls: []llm.ToolCall{c}},
		{Role: llm.User, Results: []llm.ToolResult{{ID: c.ID, Text: wrong, Failed: true}}},
	}
}

// read takes the arguments that the action has, by the names the model was given
// or by their keys. Some models write the object as a text.
func (o *entry) read(raw json.RawMessage) (action.Args, bool) {
	var named map[string]json.RawMessage
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	if json.Unmarshal(raw, &named) != nil {
		return nil, false
	}
	args := action.Args{}
	for name, value := range named {
		if string(value) == "null" {
			continue
		}
		if key, ok := o.keys[name]; ok {
			args[key] = value
		}
	}
	for _, key := range o.keys {
		if value, given := named[key]; given && args[key] == nil && string(value) != "null" {
			args[key] = value
		}
	}
	return args, true
}

// mend turns values into the type that the action wants, where they only have
// another form, and returns what is wrong with args after that.
func mend(a *openapi.Action, args action.Args) []action.Problem {
	problems := action.Check(a, args)
	mended := false
	inputs, _ := action.Inputs(a)
	for _, p := range problems {
		i := slices.IndexFunc(inputs, func(in action.Input) bool { return in.Key == p.Key })
		if value, given := args[p.Key]; given && i >= 0 {
			if other := reform(inputs[i].Schema, value); other != nil {
				args[p.Key], mended = other, true
			}
		}
	}
	if !mended {
		return problems
	}
	return action.Check(a, args)
}

// reform writes a value in the form of a type: 5 for "5", "5" for 5, ["a"] for
// "a", and what a text holds for the text. It is nil when there is no such form.
func reform(s *openapi.Schema, value json.RawMessage) json.RawMessage {
	value = bytes.TrimSpace(value)
	var text string
	isText := json.Unmarshal(value, &text) == nil && len(value) > 0 && value[0] == '"'
	switch s.Type {
	case "string":
		if !isText && len(value) > 0 && value[0] != '{' && value[0] != '[' {
			return inQuotes(string(value))
		}
	case "number", "integer", "boolean", "object":
		if inner := json.RawMessage(strings.TrimSpace(text)); isText && json.Valid(inner) {
			return inner
		}
	case "array":
		if inner := strings.TrimSpace(text); isText && strings.HasPrefix(inner, "[") && json.Valid([]byte(inner)) {
			return json.RawMessage(inner)
		}
		if len(value) > 0 && value[0] != '[' {
			return slices.Concat(json.RawMessage("["), value, json.RawMessage("]"))
		}
	}
	return nil
}

func inQuotes(text string) json.RawMessage {
	out, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return out
}

// fitting is args without the values that the action does not take. The form of
// a write asks for them.
func fitting(a *openapi.Action, args action.Args) action.Args {
	for range len(args) {
		before := len(args)
		for _, p := range action.Check(a, args) {
			delete(args, p.Key)
		}
		if len(args) == before {
			break
		}
	}
	return args
}

// inquire asks for what a read lacks, or says what is wrong with what it was
// given.
func inquire(a *openapi.Action, args action.Args, problems []action.Problem) string {
	inputs, _ := action.Inputs(a)
	var missing []action.Input
	var b strings.Builder
	fmt.Fprintf(&b, "To do this (%s), please tell me more:", a.Name)
	for _, p := range problems {
		in := action.Input{DisplayName: p.Key}
		if i := slices.IndexFunc(inputs, func(in action.Input) bool { return in.Key == p.Key }); i >= 0 {
			in = inputs[i]
		}
		if args[p.Key] == nil {
			missing = append(missing, in)
		}
		fmt.Fprintf(&b, "\n- %s: %s", in.DisplayName, p.Message)
	}
	if len(missing) == len(problems) {
		return ask(a, missing)
	}
	return b.String()
}
