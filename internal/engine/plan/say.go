package plan

import (
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// offered is how many examples are named to a person.
const offered = 5

// offer says what can be asked for.
func offer(tools []Tool) string {
	var examples []string
	for _, t := range tools {
		if t.Action == nil || t.Action.Internal || len(examples) == offered {
			continue
		}
		example := t.Action.InstructionExample
		if example == "" {
			example = t.Action.Name
		}
		examples = append(examples, "“"+example+"”")
	}
	if len(examples) == 0 {
		return "There is nothing I can do here."
	}
	return "I cannot tell which action you want. You can ask, for example: " + strings.Join(examples, ", ") + "."
}

// ask asks for what an action lacks, in one sentence.
func ask(a *openapi.Action, missing []action.Input) string {
	names := make([]string, len(missing))
	for i, in := range missing {
		names[i] = in.DisplayName
	}
	list := names[0]
	if n := len(names); n > 1 {
		list = strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return fmt.Sprintf("To do this (%s), please tell me: %s.", a.Name, list)
}
