package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
)

// Run tries a provider on a server that speaks a dialect.
func Run(t *testing.T, d Dialect) {
	t.Run("answers", func(t *testing.T) { answers(t, d) })
	t.Run("images", func(t *testing.T) { images(t, d) })
	t.Run("split at every byte", func(t *testing.T) { split(t, d) })
	t.Run("refusals", func(t *testing.T) { refusals(t, d) })
	t.Run("tries", func(t *testing.T) { tries(t, d) })
	t.Run("waits as long as it is asked to", func(t *testing.T) { throttled(t, d) })
	t.Run("does not wait for ever", func(t *testing.T) { silent(t, d) })
	t.Run("breaks off", func(t *testing.T) { breaks(t, d) })
	t.Run("nobody listens", func(t *testing.T) { leaves(t, d) })
	t.Run("bounds", func(t *testing.T) { bounds(t, d) })
	t.Run("nonsense", func(t *testing.T) { nonsense(t, d) })
}

// scripts are answers that every provider must get right.
func scripts() map[string][]llm.Event {
	call := func(id, name, args string) llm.ToolCall {
		return llm.ToolCall{ID: id, Name: name, Arguments: json.RawMessage(args)}
	}
	used := llm.Usage{Input: 812, Output: 34}
	return map[string][]llm.Event{
		"text": {
			llm.Text{Text: "Good "}, llm.Text{Text: "“morning” ☕\n"}, llm.Text{Text: "data: [DONE]\n\n"}, used, llm.Stop{Reason: llm.EndOfTurn},
		},
		"one call": {
			call("call_1", "createTicket", `{"subject":"Printer on fire","n":1e3,"deep":{"ü":["\"",null]}}`), used, llm.Stop{Reason: llm.CallsMade},
		},
		"text and several calls": {
			llm.Text{Text: "Let me look."},
			call("call_1", "get-a", `{"a":1}`), call("call_2", "get_b", `{"b":[{"c":"d"}]}`), call("call_3", "get_b", `{}`),
			used, llm.Stop{Reason: llm.CallsMade},
		},
		"cut short": {llm.Text{Text: "It was a dark and"}, used, llm.Stop{Reason: llm.CutShort}},
		"withheld":  {llm.Text{Text: "I"}, used, llm.Stop{Reason: llm.Withheld}},
		"nothing":   {used, llm.Stop{Reason: llm.EndOfTurn}},
	}
}

// want is an answer as this dialect can tell it.
func (d Dialect) want(events []llm.Event) llm.Answer {
	a, _ := llm.Collect(func(yield func(llm.Event, error) bool) {
		for _, e := range events {
			_ = yield(e, nil)
		}
	})
	if d.Countless {
		a.Usage = llm.Usage{}
	}
	if d.Unstopped && len(a.Calls) == 0 {
		a.Stop = llm.EndOfTurn
	}
	return a
}

func answers(t *testing.T, d Dialect) {
	for name, events := range scripts() {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, d.says(d.Answer(events)...))
			m, x := d.open(t, s.URL)
			got, err := llm.Collect(m.Stream(t.Context(), request()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d.want(events), got); diff != "" {
				t.Error(diff)
			}
			want := d.want(events).Usage
			if u := x.only(t); u.Input != want.Input || u.Output != want.Output || u.Tries != 1 || u.Reason != "" || u.Model != modelName {
				t.Errorf("counted %+v", u)
			}
		})
	}
}

// images: those of a message come as they are, in their order, also without a text,
// and beside what came of calls.
func images(t *testing.T, d Dialect) {
	pictures := []llm.Image{
		{MediaType: "image/png", Data: []byte("\x89PNG\r\n\x1a\n\x00\xff")}, {MediaType: "image/jpeg", Data: []byte("\xff\xd8\xff")},
		{MediaType: "image/gif", Data: []byte("GIF89a")}, {MediaType: "image/webp", Data: []byte("RIFF")},
	}
	for name, said := range map[string]llm.Message{
		"with a text":    {Role: llm.User, Text: "What is this? " + Prompt, Images: pictures},
		"alone":          {Role: llm.User, Images: pictures[:1]},
		"beside results": {Role: llm.User, Text: "And this?", Images: pictures[1:2], Results: []llm.ToolResult{{ID: "call_0", Text: "x"}}},
		"none":           {Role: llm.User, Text: "Nothing to see."},
	} {
		t.Run(name, func(t *testing.T) {
			var body []byte
			answer := d.says(d.Answer(scripts()["text"])...)
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ = io.ReadAll(r.Body)
				answer(w, r)
			})
			m, _ := d.open(t, s.URL)
			r := request()
			r.Messages[len(r.Messages)-1] = said
			if _, err := llm.Collect(m.Stream(t.Context(), r)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(said.Images, d.Images(body)); diff != "" {
				t.Error(diff)
			}
			if text, _ := json.Marshal(said.Text); said.Text != "" && !bytes.Contains(body, text) {
				t.Errorf("the text %s is not in\n%s", text, body)
			}
		})
	}
}

func split(t *testing.T, d Dialect) {
	events := scripts()["text and several calls"]
	var bytes [][]byte
	for _, piece := range d.Answer(events) {
		for i := range piece {
			bytes = append(bytes, piece[i:i+1])
		}
	}
	s := newServer(t, d.says(bytes...))
	m, _ := d.open(t, s.URL)
	got, err := llm.Collect(m.Stream(t.Context(), request()))
	if diff := cmp.Diff(d.want(events), got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func refusals(t *testing.T, d Dialect) {
	for _, test := range []struct {
		refusal Refusal
		status  int
		want    llm.Reason
		tries   int
	}{
		{Unauthenticated, 401, llm.Refused, 1},
		{Forbidden, 403, llm.Refused, 1},
		{NoModel, 404, llm.UnknownModel, 1},
		{Bad, 400, llm.BadRequest, 1},
		{TooLong, 400, llm.ContextTooLong, 1},
		{Throttled, 429, llm.RateLimited, 3},
		{Broken, 500, llm.Unavailable, 3},
		{Down, 503, llm.Unavailable, 3},
	} {
		t.Run(string(test.refusal), func(t *testing.T) {
			s := newServer(t, d.refuses(test.refusal, test.status, ""))
			m, x := d.open(t, s.URL)
			got, err := llm.Collect(m.Stream(t.Context(), request()))
			d.fails(t, got, err, test.want)
			if s.requests() != test.tries {
				t.Errorf("%d requests, want %d", s.requests(), test.tries)
			}
			if u := x.only(t); u.Reason != test.want || u.Tries != test.tries {
				t.Errorf("counted %+v", u)
			}
		})
	}
}

// tries: a fault that passes is not seen.
func tries(t *testing.T, d Dialect) {
	events := scripts()["text"]
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	s := newServer(t, d.refuses(Down, 503, ""), abort, d.says(d.Answer(events)...))
	m, x := d.open(t, s.URL)
	got, err := llm.Collect(m.Stream(t.Context(), request()))
	if diff := cmp.Diff(d.want(events), got); diff != "" || err != nil {
		t.Fatalf("%v\n%s", err, diff)
	}
	if u := x.only(t); u.Tries != 3 || u.Reason != "" {
		t.Errorf("counted %+v", u)
	}
	if w := x.waits.all(); len(w) != 2 || w[0] >= w[1] {
		t.Errorf("waited %v", w)
	}
}

func throttled(t *testing.T, d Dialect) {
	events := scripts()["text"]
	s := newServer(t, d.refuses(Throttled, 429, "2"), d.says(d.Answer(events)...))
	m, x := d.open(t, s.URL)
	if _, err := llm.Collect(m.Stream(t.Context(), request())); err != nil {
		t.Fatal(err)
	}
	if w := x.waits.all(); len(w) != 1 || w[0] != 2*time.Second {
		t.Errorf("waited %v", w)
	}

	s = newServer(t, d.refuses(Throttled, 429, "3600"))
	m, x = d.open(t, s.URL)
	_, err := llm.Collect(m.Stream(t.Context(), request()))
	d.fails(t, llm.Answer{}, err, llm.RateLimited)
	e, ok := errors.AsType[*llm.Error](err)
	if !ok {
		return
	}
	if e.RetryAfter != time.Hour || s.requests() != 1 || len(x.waits.all()) != 0 {
		t.Errorf("%v after %d requests and %v", e.RetryAfter, s.requests(), x.waits.all())
	}
	if got := e.Sentence(); !strings.Contains(got, "60 minutes") {
		t.Errorf("sentence: %s", got)
	}
}

// silent: a server that does not begin, and one that does not go on.
func silent(t *testing.T, d Dialect) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	impatient := func(c *provider.Config) {
		c.Patience = provider.Patience{First: 50 * time.Millisecond, Next: 50 * time.Millisecond}
	}
	s := newServer(t, hang)
	m, _ := d.open(t, s.URL, impatient)
	got, err := llm.Collect(m.Stream(t.Context(), request()))
	d.fails(t, got, err, llm.Timeout)
	if s.requests() != 1 {
		t.Errorf("%d requests: a server that is slow is not asked again", s.requests())
	}

	s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
		d.says(d.start()...)(w, r)
		hang(w, r)
	})
	m, _ = d.open(t, s.URL, impatient)
	got, err = llm.Collect(m.Stream(t.Context(), request()))
	d.fails(t, got, err, llm.Timeout)
	if d.Whole == (got.Text != "") {
		t.Errorf("text before the silence: %q", got.Text)
	}
}

// start is the beginning of an answer, up to its first text.
func (d Dialect) start() [][]byte {
	pieces := d.Answer(scripts()["text"])
	if d.Whole {
		return [][]byte{pieces[0][:10]}
	}
	return pieces[:2]
}

// breaks: what was said stays, and nothing is asked again.
func breaks(t *testing.T, d Dialect) {
	pieces := d.Answer(scripts()["text and several calls"])
	for name, last := range map[string]http.HandlerFunc{
		"connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"end":        func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			half := pieces[:len(pieces)/2]
			if d.Whole {
				half = [][]byte{pieces[0][:len(pieces[0])/2]}
			}
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				d.says(half...)(w, r)
				last(w, r)
			})
			m, _ := d.open(t, s.URL)
			got, err := llm.Collect(m.Stream(t.Context(), request()))
			want := llm.Unavailable
			if d.Whole && name == "end" {
				want = llm.BadAnswer // half an object
			}
			d.fails(t, got, err, want)
			if !d.Whole && (got.Text != "Let me look." || s.requests() != 1) {
				t.Errorf("text %q, %d requests", got.Text, s.requests())
			}
		})
	}
}

// leaves: the request ends with whoever asked.
func leaves(t *testing.T, d Dialect) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		d.says(d.start()...)(w, r)
		<-r.Context().Done()
	}
	s := newServer(t, hang)
	m, x := d.open(t, s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(50*time.Millisecond, cancel)
	got, err := llm.Collect(m.Stream(ctx, request()))
	d.fails(t, got, err, llm.Cancelled)
	<-s.gone
	if u := x.only(t); u.Reason != llm.Cancelled {
		t.Errorf("counted %+v", u)
	}
	if d.Whole {
		return
	}

	s = newServer(t, hang)
	m, x = d.open(t, s.URL)
	for event, err := range m.Stream(t.Context(), request()) {
		if _, ok := event.(llm.Text); !ok || err != nil {
			t.Errorf("%#v, %v", event, err)
		}
		break
	}
	<-s.gone
	if u := x.only(t); u.Reason != "" || u.Tries != 1 {
		t.Errorf("counted %+v", u)
	}
}

func bounds(t *testing.T, d Dialect) {
	long := strings.Repeat("x", 5000)
	call := llm.ToolCall{ID: "c", Name: "t", Arguments: json.RawMessage(`{"a":"` + long + `"}`)}
	stop := llm.Stop{Reason: llm.CallsMade}
	for name, test := range map[string]struct {
		bounds provider.Bounds
		events []llm.Event
	}{
		"event":     {provider.Bounds{Event: 4000}, []llm.Event{llm.Text{Text: long}, stop}},
		"text":      {provider.Bounds{Text: 9000}, []llm.Event{llm.Text{Text: long}, llm.Text{Text: long}, stop}},
		"arguments": {provider.Bounds{Arguments: 4000}, []llm.Event{call, stop}},
		"calls":     {provider.Bounds{Calls: 1}, []llm.Event{call, llm.ToolCall{ID: "d", Name: "t", Arguments: json.RawMessage(`{}`)}, stop}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, d.says(d.Answer(test.events)...))
			m, _ := d.open(t, s.URL, func(c *provider.Config) { c.Bounds = test.bounds })
			got, err := llm.Collect(m.Stream(t.Context(), request()))
			d.fails(t, got, err, llm.BadAnswer)
		})
	}
}

// nonsense: answers that are none.
func nonsense(t *testing.T, d Dialect) {
	for name, body := range map[string]string{
		"a page":   "<!DOCTYPE html><title>" + Body + "</title>",
		"no JSON":  "data: {" + Body + "\n\n",
		"no words": "data: 7\n\n",
		"frames":   "\x00\x00\x00\x10\x00\x00\x00\x00\x01\x02\x03\x04" + Body,
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, d.says([]byte(body)))
			m, _ := d.open(t, s.URL)
			got, err := llm.Collect(m.Stream(t.Context(), request()))
			want := llm.BadAnswer
			if name == "frames" && !strings.Contains(d.MediaType, "eventstream") {
				want = llm.Unavailable // lines without data, and an end
			}
			d.fails(t, got, err, want)
		})
	}
}

const modelName = "test-model"

// request is one with everything in it.
func request() llm.Request {
	cold := 0.0
	return llm.Request{
		System: "Be brief.",
		Messages: []llm.Message{
			{Role: llm.User, Text: Prompt},
			{Role: llm.Assistant, Calls: []llm.ToolCall{{ID: "call_0", Name: "get-a", Arguments: json.RawMessage(`{"a":0}`)}}},
			{Role: llm.User, Results: []llm.ToolResult{{ID: "call_0", Text: "nothing", Failed: true}}},
		},
		Tools: []llm.Tool{
			{Name: "get-a", Description: "Gets an a.", Parameters: json.RawMessage(`{"type":"object","properties":{"a":{"type":"integer"}}}`)},
			{Name: "get_b", Parameters: json.RawMessage(`{"type":"object"}`)},
		},
		MaxTokens: 500, Temperature: &cold,
	}
}

// extras are what a Model was given beside.
type extras struct {
	waits waits
	uses  chan provider.Use
}

func (x *extras) only(t *testing.T) provider.Use {
	t.Helper()
	if len(x.uses) != 1 {
		t.Fatalf("counted %d times", len(x.uses))
	}
	return <-x.uses
}

func (d Dialect) open(t *testing.T, url string, change ...func(*provider.Config)) (llm.Model, *extras) {
	t.Helper()
	origin, err := outbound.ParseOrigin(url)
	if err != nil {
		t.Fatal(err)
	}
	out := outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}}, slog.New(slog.DiscardHandler))
	t.Cleanup(out.CloseIdleConnections)
	x := &extras{uses: make(chan provider.Use, 16)}
	now := time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)
	c := provider.Config{
		Model: modelName, Out: out, Now: func() time.Time { return now },
		Wait: func(ctx context.Context, d time.Duration) error { x.waits.add(d); return ctx.Err() },
		Done: func(u provider.Use) { x.uses <- u },
	}
	for _, f := range change {
		f(&c)
	}
	return d.Open(c, url), x
}

// says writes pieces one by one.
func (d Dialect) says(pieces ...[]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or else the server does not notice who leaves
		w.Header().Set("Content-Type", d.MediaType)
		for _, piece := range pieces {
			_, _ = w.Write(piece)
			w.(http.Flusher).Flush()
		}
	}
}

// refuses writes an error that quotes all that it was told.
func (d Dialect) refuses(kind Refusal, status int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		h, body := d.Refuse(kind, Body+" "+r.Header.Get("Authorization")+" "+r.Header.Get("X-Amz-Security-Token")+" "+string(sent))
		maps.Copy(w.Header(), h)
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// fails wants an error of a reason that says nothing it should not.
func (d Dialect) fails(t *testing.T, got llm.Answer, err error, want llm.Reason) {
	t.Helper()
	e, ok := errors.AsType[*llm.Error](err)
	if !ok {
		t.Fatalf("err = %v (%T); got %+v", err, err, got)
	}
	if e.Reason != want || e.Model != modelName {
		t.Errorf("err = %v; want %s", err, want)
	}
	if got.Stop != "" {
		t.Errorf("a stop beside an error: %s", got.Stop)
	}
	for _, canary := range []string{Key, Prompt, Body} {
		if strings.Contains(e.Error()+e.Sentence(), canary) {
			t.Errorf("the error says %s: %s", canary, e)
		}
	}
}
