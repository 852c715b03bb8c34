package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// What people ask the model of these tests, and what it is to do then.
const (
	askHoliday = "How many days of holiday do I have?" // it cites the passage
	askDoor    = "Which colour is the door?"           // likewise
	askSlowly  = "Take your time: what is a parrot?"   // it says nothing until it is let go
	askBroken  = "Break off: what is a parrot?"        // its connection is cut after a few words
)

// oracle is a language model with a script, a server of OpenAI's chat completions:
// it cites the passage that it is asked for, uses the desk's tools, holds its
// tongue, or breaks off.
type oracle struct {
	*providertest.Server

	letGo string // URL: a request to it lets it say what it holds back
	gate  chan struct{}
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	o := &oracle{Server: providertest.NewServer(t), gate: make(chan struct{}, 1)}
	o.Respond = o.respond
	gate := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { o.gate <- struct{}{} }))
	t.Cleanup(gate.Close)
	o.letGo = gate.URL
	return o
}

// flags make a server ask it.
func (o *oracle) flags() []string {
	return []string{"--model-provider", "openai", "--model-url", o.URL, "--model", "oracle"}
}

func (o *oracle) respond(a providertest.Asked) providertest.Reply {
	said := a.Last()[strings.LastIndex(a.Last(), "person says:")+1:] // not what was said before
	switch {
	case strings.Contains(said, askSlowly):
		r := providertest.Say("A parrot is a bird 🦜 that speaks.")
		r.Hold = turned(o.gate)
		return r
	case strings.Contains(said, askBroken):
		return providertest.Fail(providertest.Cut, 4)
	case strings.Contains(said, askHoliday):
		return providertest.Say("Everybody has thirty days 🎉 of holiday a year " + mark(a, "thirty days") + ". Ask your team lead two weeks ahead " + mark(a, "thirty days") + ".")
	case strings.Contains(said, askDoor):
		return providertest.Say("The door is blue " + mark(a, "door is blue") + ".")
	case len(a.Tools) > 0:
		return deskCall(a.Body)
	}
	return providertest.Say("I can say only so much.")
}

// turned is closed when something comes from gate.
func turned(gate <-chan struct{}) <-chan struct{} {
	open := make(chan struct{})
	go func() { <-gate; close(open) }()
	return open
}

var numbered = regexp.MustCompile(`(?s)\[(\d+)\]\n(.*?)(\n\n|$)`)

// mark is the mark of the passage that has those words.
func mark(a providertest.Asked, words string) string {
	for _, passage := range numbered.FindAllStringSubmatch(a.Last(), -1) {
		if strings.Contains(passage[2], words) {
			return "[" + passage[1] + "]"
		}
	}
	return ""
}

// deskCall is what a model does that has the desk's tools.
func deskCall(asked string) providertest.Reply {
	call := func(name, args string) providertest.Reply {
		return providertest.Call(llm.ToolCall{ID: "call_1", Name: name, Arguments: json.RawMessage(args)})
	}
	switch {
	case strings.Contains(asked, "Create an urgent ticket"):
		return call("createTicket", `{"subject":"Printer on floor 3 jams","priority":"urgent","dueBy":"2026-12-01"}`)
	case strings.Contains(asked, "Coffee machine leaks"): // it has been told
		return providertest.Say("One ticket is open: Coffee machine leaks.")
	}
	return call("findTickets", `{"status":"open"}`)
}
