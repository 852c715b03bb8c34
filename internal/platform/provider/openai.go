package provider

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// OpenAIConfig says where a server is that has OpenAI's chat completions:
// OpenAI itself, Ollama, vLLM, llama.cpp and many others.
type OpenAIConfig struct {
	Config
	URL    string // its base, such as http://127.0.0.1:11434/v1
	APIKey string // empty: none is sent
}

// OpenAI returns a Model at such a server. It is written on net/http, because
// the vendor's client would make the program half as large again (decision 11),
// and takes answers that differ from OpenAI's in the ways that servers are known
// for.
func OpenAI(c OpenAIConfig) llm.Model {
	s := &openAI{config: c, url: strings.TrimRight(c.URL, "/") + "/chat/completions"}
	s.config.Bounds = c.Bounds.withDefaults()
	return newModel(c.Config, s)
}

type openAI struct {
	config OpenAIConfig
	url    string

	mu     sync.Mutex
	habits habits // what the server was found not to take
}

// maxRefusal bounds what is read of an error's body.
const maxRefusal = 64 << 10

func (s *openAI) stream(ctx context.Context, r llm.Request, tell func(llm.Event) error) error {
	h := s.learned()
	for {
		res, err := s.send(ctx, r, h)
		if err != nil {
			return err
		}
		if res.StatusCode == http.StatusOK {
			defer func() { _ = res.Body.Close() }()
			s.learn(h)
			return s.read(res.Body, tell)
		}
		said := s.refused(res)
		better := h.without(said)
		if better == h {
			return said.err(s.config.APIKey)
		}
		h = better
	}
}

func (s *openAI) send(ctx context.Context, r llm.Request, h habits) (*http.Response, error) {
	body, err := json.Marshal(completionOf(s.config.Model, r, h))
	if err != nil {
		return nil, &llm.Error{Reason: llm.BadRequest, Detail: "a tool's parameters are not JSON", Cause: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, &llm.Error{Reason: llm.BadRequest, Detail: "the URL cannot be called", Cause: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Accept-Encoding", "identity") // compressed events would come in heaps
	req.Header.Set("User-Agent", "Parley")
	if s.config.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+s.config.APIKey)
	}
	return s.config.Out.Send(req, outbound.Terms{NoRedirects: true, Partial: true})
}

// refused reads an answer that is none.
func (s *openAI) refused(res *http.Response) refusal {
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	said := complaint(body)
	said.status, said.after = res.StatusCode, retryAfter(res.Header, s.config.Now())
	return said
}

// complaint reads an error in the forms that servers give it: OpenAI's object,
// a text (Ollama), the members without the object (vLLM), FastAPI's detail.
func complaint(body []byte) refusal {
	var in struct {
		Error   json.RawMessage `json:"error"`
		Detail  json.RawMessage `json:"detail"`
		Message string          `json:"message"`
		Type    string          `json:"type"`
		Param   any             `json:"param"`
		Code    any             `json:"code"`
	}
	_ = json.Unmarshal(body, &in) // a page of HTML says nothing that can be sorted
	if len(in.Error) > 0 && in.Error[0] == '{' {
		_ = json.Unmarshal(in.Error, &in)
	}
	said := refusal{code: in.Type, message: in.Message}
	if code, ok := in.Code.(string); ok && code != "" {
		said.code = code
	}
	said.about, _ = in.Param.(string)
	for _, text := range []json.RawMessage{in.Error, in.Detail} {
		if said.message == "" {
			said.message = string(text)
		}
	}
	return said
}

// read reads an answer: a stream of events, or, from servers that do not
// stream, one object.
func (s *openAI) read(body io.Reader, tell func(llm.Event) error) error {
	r := bufio.NewReader(body)
	w := &writing{tell: tell, most: s.config.Bounds, secret: s.config.APIKey}
	switch first, err := firstByte(r); {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case first == '{':
		return s.readWhole(r, w)
	case first == '<':
		return &llm.Error{Reason: llm.BadAnswer, Detail: "it is a web page: is the base URL right?"}
	}
	events := &sse{r: r, most: s.config.Bounds.Event, alive: func() error { return tell(nil) }}
	for {
		data, err := events.next()
		if errors.Is(err, io.EOF) {
			return w.end()
		}
		if err != nil {
			return err
		}
		if string(bytes.TrimSpace(data)) == "[DONE]" {
			w.done = true
			return w.end()
		}
		if err := w.chunk(data); err != nil {
			return err
		}
	}
}

func (s *openAI) readWhole(r io.Reader, w *writing) error {
	most := s.config.Bounds.Event
	body, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil {
		return err
	}
	if len(body) > most {
		return tooMuch()
	}
	if err := w.chunk(body); err != nil {
		return err
	}
	w.done = true
	return w.end()
}

// firstByte is the first byte of a body that is not white space.
func firstByte(r *bufio.Reader) (byte, error) {
	for n := range 1 << 10 {
		head, err := r.Peek(n + 1)
		if err != nil {
			return 0, err
		}
		switch head[n] {
		case ' ', '\t', '\r', '\n', 0xEF, 0xBB, 0xBF:
		default:
			return head[n], nil
		}
	}
	return 0, nil
}

func (s *openAI) learned() habits {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.habits
}

func (s *openAI) learn(h habits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.habits = s.habits.and(h)
}
