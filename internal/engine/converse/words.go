package converse

import (
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// nothing is the answer of a planner that has none.
const nothing = "I found nothing to do about that. Say what you want to see or change."

// question asks for what a call lacks.
func question(a *openapi.Action, problems []action.Problem) string {
	names := map[string]string{}
	inputs, _ := action.Inputs(a)
	for _, in := range inputs {
		names[in.Key] = in.DisplayName
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Please tell me more for “%s”:", a.Name)
	for _, p := range problems {
		name := names[p.Key]
		if name == "" {
			name = p.Key
		}
		fmt.Fprintf(&b, "\n- %s: %s", name, p.Message)
	}
	return b.String()
}

// confirm introduces the form of a write.
func confirm(tool plan.Tool, form action.Review) string {
	var missing []string
	for _, f := range form.Fields {
		if f.Required && len(f.Value) == 0 {
			missing = append(missing, f.DisplayName)
		}
	}
	text := fmt.Sprintf("Check the form for “%s” and confirm it. Nothing is sent to %s until you do.", tool.Action.Name, tool.Plugin)
	if len(missing) > 0 {
		text += " Still to fill in: " + strings.Join(missing, ", ") + "."
	}
	return text
}

// done reports a write that was carried out.
func done(tool plan.Tool, a Answer) string {
	text := fmt.Sprintf("Done: “%s” was carried out by %s.", tool.Action.Name, tool.Plugin)
	if shown := a.Readable(); shown != "" {
		text += paragraph(shown)
	}
	return text
}

// signIn asks for a sign-in. Where is told beside the text, never in it.
func signIn(tool plan.Tool, confirmed bool) string {
	then := "then the answer follows"
	if confirmed {
		then = "then what you confirmed is sent; nothing has been sent yet"
	}
	return fmt.Sprintf("Sign in to %s first: %s.", tool.Plugin, then)
}

// stopped is said before the results of a turn that would have gone on.
func stopped(calls int) string {
	return fmt.Sprintf("I stopped after %d calls. This is the latest result; ask again to go on from it.", calls)
}

func paragraph(text string) string { return "\n\n" + text }
