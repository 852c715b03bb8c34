package converse

import (
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// nothing is the answer of a planner that has none.
const nothing = "I found nothing to do about that. Say what you want to see or change."

// What is said of a model's answers.
const (
	withheld = "The language model's server withheld the answer. Say it in other words."
	silence  = "The language model gave no answer. Try again, or say it in other words."
)

// What is said where there is no answer.
const (
	noModel       = "No language model is configured on this server, so that nothing can be written or explained here. It can quote documents and files: ask about these, or ask the administrator to configure a language model."
	noEyes        = "Only a language model can look at an image, and none is configured on this server. Attach a text, or ask the administrator to configure a language model that sees."
	noSight       = "The language model of this server cannot look at images. Say in words what the image shows, attach a text, or ask the administrator for a model that sees."
	nothingFound  = "I found no answer to that in the documents that you can see. Ask in other words, or name what it is about."
	notInFiles    = "I found no answer to that in the attached files. Ask in other words, or attach the file that has it."
	nothingToFind = "There are no documents here that could be searched for an answer."
)

// nowhere says where no answer was found, and what may help.
func (t *Turn) nowhere() string {
	switch {
	case t.Model && t.unseen():
		return noSight
	case t.searched:
		return nothingFound
	case !t.Model && t.pictured():
		return noEyes
	case !t.Model && t.Mode == Creator:
		return noModel
	case len(t.Files) > 0:
		return notInFiles
	}
	return nothingToFind
}

// admission is said before an answer from the model's own knowledge.
func (t *Turn) admission() string {
	if t.searched {
		return "The documents that you can see do not answer this. From the language model's general knowledge:" + paragraph("")
	}
	return "There are no documents to search. From the language model's general knowledge:" + paragraph("")
}

// unfinished says why an answer is not whole; empty: it is.
func unfinished(r llm.StopReason) string {
	switch r {
	case llm.CutShort:
		return paragraph("(The answer was cut short here: it became too long. Ask for the rest.)")
	case llm.Withheld:
		return paragraph("(The language model's server withheld the rest of the answer.)")
	case llm.EndOfTurn, llm.CallsMade:
	}
	return ""
}

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
	text := "Done: " + carriedOut(tool)
	if shown := a.Readable(); shown != "" {
		text += paragraph(shown)
	}
	return text
}

// carriedOut says who did what.
func carriedOut(tool plan.Tool) string {
	return fmt.Sprintf("“%s” was carried out by %s.", tool.Action.Name, tool.Plugin)
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
