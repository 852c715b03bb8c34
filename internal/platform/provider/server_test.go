package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

func hello() llm.Request {
	return llm.Request{System: "Be brief.", Messages: []llm.Message{{Role: llm.User, Text: "Hello"}}}
}

// TestServerSays: what a scripted server says comes through as it was meant, and
// what it was asked is known.
func TestServerSays(t *testing.T) {
	call := llm.ToolCall{ID: "c1", Name: "look", Arguments: json.RawMessage(`{"a":1}`)}
	s := providertest.NewServer(t, providertest.Say("Good morning to you."), providertest.Call(call))
	m := s.Model(t)
	for _, want := range []llm.Answer{
		{Text: "Good morning to you.", Usage: llm.Usage{Input: 100, Output: 4}, Stop: llm.EndOfTurn},
		{Calls: []llm.ToolCall{call}, Usage: llm.Usage{Input: 100, Output: 1}, Stop: llm.CallsMade},
		{Calls: []llm.ToolCall{call}, Usage: llm.Usage{Input: 100, Output: 1}, Stop: llm.CallsMade}, // the last stays
	} {
		got, err := llm.Collect(m.Stream(t.Context(), hello()))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	asked := s.Asked()
	if len(asked) != 3 || asked[0].Model != "test-model" || asked[0].Last() != "Hello" || asked[0].Messages[0].Text != "Be brief." || asked[0].Authorization != "Bearer "+providertest.Key {
		t.Errorf("%+v", asked)
	}
	s.Respond = func(a providertest.Asked) providertest.Reply { return providertest.Say("You said " + a.Last()) }
	if got, err := llm.Collect(m.Stream(t.Context(), hello())); got.Text != "You said Hello" || err != nil {
		t.Errorf("%q, %v", got.Text, err)
	}
}

// TestServerFails in every way, and the provider says which.
func TestServerFails(t *testing.T) {
	for _, fault := range providertest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			s := providertest.NewServer(t, providertest.Fail(fault, 3))
			got, err := llm.Collect(s.Model(t).Stream(t.Context(), hello()))
			if llm.ReasonOf(err) != fault.Reason() || (err == nil) != (fault.Reason() == "") {
				t.Errorf("%v, want %q", err, fault.Reason())
			}
			if want := "One two three "; (got.Text == want) == fault.Begins() {
				t.Errorf("said %q", got.Text)
			}
			if err != nil && strings.Contains(err.Error(), providertest.Body) {
				t.Errorf("the error quotes the server: %v", err)
			}
			if tries := len(s.Asked()); tries > 1 && !fault.Begins() {
				t.Errorf("%d tries after something was said", tries)
			}
		})
	}
	s := providertest.NewServer(t)
	m := s.Model(t)
	s.Stop()
	if _, err := llm.Collect(m.Stream(t.Context(), hello())); llm.ReasonOf(err) != llm.Unavailable {
		t.Errorf("a server that is not there: %v", err)
	}
}
