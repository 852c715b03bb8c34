package providertest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
)

// A Reply is what a Server does with one request.
type Reply struct {
	Events []llm.Event     // the answer; a Usage and a Stop are added where there are none
	Pace   time.Duration   // between events
	Hold   <-chan struct{} // before anything is answered; nil: at once

	Fault      Fault  // in place of the rest of the answer; empty: none
	After      int    // events before it, of those that do not come in place of the answer
	RetryAfter string // header of a refusal
}

// Say is an answer of text, word by word.
func Say(text string) Reply {
	var r Reply
	for _, word := range strings.SplitAfter(text, " ") {
		r.Events = append(r.Events, llm.Text{Text: word})
	}
	return r
}

// Call is an answer that asks for tools.
func Call(calls ...llm.ToolCall) Reply {
	var r Reply
	for _, c := range calls {
		r.Events = append(r.Events, c)
	}
	return r
}

// Fail is a fault after so many words of an answer.
func Fail(f Fault, after int) Reply {
	r := Say("One two three four five six seven eight.")
	r.Fault, r.After = f, after
	return r
}

// whole is the answer with a Usage and a Stop.
func (r Reply) whole() []llm.Event {
	events, has, stop := slices.Clone(r.Events), false, llm.EndOfTurn
	for _, e := range events {
		switch e.(type) {
		case llm.ToolCall:
			stop = llm.CallsMade
		case llm.Usage:
			has = true
		case llm.Stop:
			return events
		case llm.Text:
		}
	}
	if !has {
		events = append(events, llm.Usage{Input: 100, Output: len(r.Events)})
	}
	return append(events, llm.Stop{Reason: stop})
}

// Asked is a request that a Server got.
type Asked struct {
	Model         string
	Authorization string
	Messages      []AskedMessage // the system's too
	Tools         []string       // their names
	Body          string
}

// AskedMessage is a message of a request.
type AskedMessage struct {
	Role   string // system, developer, user, assistant or tool
	Text   string
	Images []llm.Image
}

// Last is what the last message says.
func (a Asked) Last() string {
	if len(a.Messages) == 0 {
		return ""
	}
	return a.Messages[len(a.Messages)-1].Text
}

// Server speaks chat completions as OpenAI's do, for tests of whatever asks a model.
// It answers each request with the next of its replies, and the last stays; or as
// Respond says. It is safe for concurrent use; Respond is set before the first
// request.
type Server struct {
	URL     string // base URL of the API: http://127.0.0.1:PORT/v1
	Respond func(Asked) Reply

	mu      sync.Mutex
	replies []Reply
	asked   []Asked
	left    int
	http    *httptest.Server
}

// NewServer starts a server, which ends with the test.
func NewServer(t testing.TB, replies ...Reply) *Server {
	t.Helper()
	s := &Server{replies: replies}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL + "/v1"
	t.Cleanup(s.Stop)
	return s
}

// Model is an llm.Model at the server, without pauses between tries, and with the
// patience of a tenth of a second.
func (s *Server) Model(t testing.TB, change ...func(*provider.Config)) llm.Model {
	t.Helper()
	origin, err := outbound.ParseOrigin(s.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	out := outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}}, slog.New(slog.DiscardHandler))
	t.Cleanup(out.CloseIdleConnections)
	c := provider.Config{
		Model: modelName, Out: out, Now: time.Now, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Patience: provider.Patience{First: 100 * time.Millisecond, Next: 100 * time.Millisecond},
	}
	for _, f := range change {
		f(&c)
	}
	return provider.OpenAI(provider.OpenAIConfig{Config: c, URL: s.URL, APIKey: Key})
}

// Stop ends the server: connections are refused from then on.
func (s *Server) Stop() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Then replaces the replies that are still to come.
func (s *Server) Then(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies = replies
}

// Asked are the requests so far.
func (s *Server) Asked() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Left is how many clients left before they had their answer.
func (s *Server) Left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

// next is the reply to a request, which it notes.
func (s *Server) next(a Asked) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, a)
	if s.Respond != nil {
		return s.Respond(a)
	}
	if len(s.replies) == 0 {
		return Say("Yes.")
	}
	r := s.replies[0]
	if len(s.replies) > 1 {
		s.replies = s.replies[1:]
	}
	return r
}

// ServeHTTP answers POST /v1/chat/completions.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/chat/completions" || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body) // all of it, or else the server does not notice who leaves
	reply := s.next(readAsked(body, r.Header.Get("Authorization")))
	defer func() {
		if r.Context().Err() != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.left++
		}
	}()
	if reply.Hold != nil {
		select {
		case <-reply.Hold:
		case <-r.Context().Done():
			return
		}
	}
	if reply.Fault.Begins() {
		reply.Fault.begin(w, r, reply.RetryAfter)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	if reply.Fault == "" {
		reply.write(w, r, Chat{}.Answer(reply.whole()))
		return
	}
	before := reply.Events[:min(reply.After, len(reply.Events))]
	reply.write(w, r, Chat{NoFinish: true, NoUsage: true, NoDone: true}.Answer(before))
	for _, piece := range reply.Fault.end(r) {
		_, _ = w.Write(piece)
	}
}

// write sends pieces at the reply's pace, the first at once.
func (r Reply) write(w http.ResponseWriter, req *http.Request, pieces [][]byte) {
	for i, piece := range pieces {
		if i > 0 && r.Pace > 0 {
			select {
			case <-time.After(r.Pace):
			case <-req.Context().Done():
				return
			}
		}
		_, _ = w.Write(piece)
		w.(http.Flusher).Flush()
	}
}

// readAsked reads the body of a request.
func readAsked(body []byte, authorization string) Asked {
	var in struct {
		Model    string `json:"model"`
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		Tools []struct {
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		} `json:"tools"`
	}
	_ = json.Unmarshal(body, &in) // a test sees in Body what is no request
	a := Asked{Model: in.Model, Authorization: authorization, Body: string(body)}
	for _, m := range in.Messages {
		text, images := readContent(m.Content)
		a.Messages = append(a.Messages, AskedMessage{Role: m.Role, Text: text, Images: images})
	}
	for _, t := range in.Tools {
		a.Tools = append(a.Tools, t.Function.Name)
	}
	return a
}

// readContent reads a text, or parts that are texts and images.
func readContent(content json.RawMessage) (text string, images []llm.Image) {
	if json.Unmarshal(content, &text) == nil {
		return text, nil
	}
	var parts []struct {
		Text  string `json:"text"`
		Image struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	_ = json.Unmarshal(content, &parts)
	var said strings.Builder
	for _, p := range parts {
		said.WriteString(p.Text)
		kind, data, ok := strings.Cut(strings.TrimPrefix(p.Image.URL, "data:"), ";base64,")
		if decoded, err := base64.StdEncoding.DecodeString(data); ok && err == nil {
			images = append(images, llm.Image{MediaType: kind, Data: decoded})
		}
	}
	return said.String(), images
}
