package converse_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/converse/conversetest"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/engine/plan"
)

const (
	asksHere = "You can ask about the documents that you can see here."
	quotes   = "Answers are quotations, because no language model is configured."
	plugins  = "You can use these plugins: Desk, Rooms."
)

// polite is a turn of a message where there are documents, and two plugins.
func polite(mode converse.Mode, message string) *converse.Turn {
	read := &openapi.Action{Name: "List tickets", OperationID: "listTickets", Method: "GET", Effect: openapi.Read}
	t := &converse.Turn{Turn: plan.Turn{Message: message, Open: mode == converse.Orchestrated}, Mode: mode, Searchable: true}
	t.Tools = []plan.Tool{{Plugin: "Desk", Action: read}, {Plugin: "Desk", Action: read}, {Plugin: "Rooms", Action: read}}
	return t
}

// TestCourtesies: without a model, a message that asks for nothing is answered
// politely, in its language, from no document; one that asks for something is not
// taken for such.
func TestCourtesies(t *testing.T) {
	const open, documents = converse.Orchestrated, converse.Retrieval
	for _, tt := range []struct {
		mode    converse.Mode
		message string
		want    string // empty: the documents are asked, and have nothing
	}{
		{open, "Hello!", "Hello. " + asksHere + " " + plugins},
		{documents, "hi there :-)", "Hello. " + asksHere},
		{open, "Thanks, that helps.", "You are welcome."},
		{open, "ok, thank you very much for your help", "You are welcome."},
		{open, "Who are you?", asksHere + " " + plugins + " " + quotes},
		{documents, "Hello, what can you do?", asksHere + " " + quotes},
		{documents, "help", asksHere + " " + quotes},
		{open, "Goodbye", "Goodbye."},
		{documents, "Guten Morgen zusammen", "Guten Tag. Sie können nach allem fragen, was in den Dokumenten steht, die Sie hier sehen dürfen."},
		{documents, "Vielen Dank!", "Gern geschehen."},
		{open, "TSCHUESS", ""},
		{open, "tschüss", "Auf Wiedersehen."},
		{documents, "Bonjour à tous", "Bonjour. Vous pouvez poser des questions sur les documents auxquels vous avez accès ici."},
		{open, "merci beaucoup", "Je vous en prie."},
		{documents, "Hola, buenos dias", "Hola. Puede preguntar por todo lo que digan los documentos que puede ver aquí."},
		{documents, "¿Qué puedes hacer?", "Puede preguntar por todo lo que digan los documentos que puede ver aquí. Las respuestas son citas, porque no hay ningún modelo de lenguaje configurado."},
		{documents, "Hello, how many vacation days do I get?", ""},
		{documents, "What can you do about a broken laptop?", ""},
		{documents, "Who are you to decide?", ""},
		{documents, "please", ""},
		{documents, "help desk", ""},
		{documents, "👋", ""},
	} {
		t.Run(tt.message, func(t *testing.T) {
			w := conversetest.World{Planner: plan.Words{}}
			r := w.Run(t.Context(), polite(tt.mode, tt.message).Ask())
			if r.Final == nil || r.Ends != 1 {
				t.Fatalf("%+v", r)
			}
			want := converse.Final{Answer: cite.Answer{Text: tt.want}}
			if tt.want == "" {
				want = converse.Final{Answer: cite.Answer{Text: nothingFound}, NoAnswer: true}
			}
			if diff := cmp.Diff(want, *r.Final); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCourtesiesElsewhere: nothing is claimed that is not there; a model answers
// for itself; what a mode is for is still said in its own words.
func TestCourtesiesElsewhere(t *testing.T) {
	say := func(turn *converse.Turn, model *conversetest.Scripted) string {
		w := conversetest.World{Model: model, Planner: plan.Words{}}
		r := w.Run(t.Context(), turn.Ask())
		if r.Final == nil || len(r.Final.Answer.Sources) > 0 {
			t.Fatalf("%+v", r)
		}
		return r.Final.Answer.Text
	}
	bare := &converse.Turn{Turn: plan.Turn{Message: "Hello"}, Mode: converse.Retrieval}
	if got, want := say(bare, nil), "Hello. There are no documents here yet that you could ask about."; got != want {
		t.Errorf("without documents: %q, want %q", got, want)
	}
	filed := &converse.Turn{Turn: plan.Turn{Message: "Hello"}, Mode: converse.Retrieval, Files: []converse.File{file(true)}}
	if got, want := say(filed, nil), "Hello. You can ask about the attached files."; got != want {
		t.Errorf("with a file: %q, want %q", got, want)
	}
	if got := say(polite(converse.Creator, "Hello"), nil); got != noModel {
		t.Errorf("to write: %q, want %q", got, noModel)
	}
	if got, want := say(polite(converse.Creator, "thanks"), nil), "You are welcome."; got != want {
		t.Errorf("thanks for what was written: %q, want %q", got, want)
	}
	if got, want := say(polite(converse.Plugin, "Hello"), nil), "I cannot tell which action you want. You can ask, for example: “List tickets”, “List tickets”, “List tickets”."; got != want {
		t.Errorf("to a plugin: %q, want %q", got, want)
	}
	if got, want := say(polite(converse.Plugin, "thank you"), nil), "You are welcome."; got != want {
		t.Errorf("thanks to a plugin: %q, want %q", got, want)
	}
	modelled := polite(converse.Creator, "Hello")
	modelled.Model = true
	if got, want := say(modelled, conversetest.Says("Good morning.")), "Good morning."; got != want {
		t.Errorf("with a model: %q, want %q", got, want)
	}
}
