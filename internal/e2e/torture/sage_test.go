package torture

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

const (
	thinking = 50 * time.Millisecond // at most, before the sage's first word
	speaking = 6 * time.Millisecond  // at most, before each sentence that follows
)

// theEnd is how each of the sage's answers ends: what lacks it is not whole.
const theEnd = "The end."

// sage is a slow language model, a server of OpenAI's chat completions. It cites the
// passage with the word that it is asked for, orders the tickets that are wished
// for, and never says the same twice: an answer that was made again shows.
type sage struct {
	url  string
	said atomic.Int64
}

func newSage(t *testing.T) *sage {
	t.Helper()
	s := &sage{}
	web := httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	s.url = web.URL
	return s
}

// flags make a server ask it.
func (s *sage) flags() []string {
	return []string{"--model-provider", "openai", "--model-url", s.url + "/v1", "--model", "sage"}
}

func (s *sage) answer(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Messages []struct{ Content string }
		Tools    []struct{ Function struct{ Name string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || len(asked.Messages) == 0 {
		http.Error(w, "no request", http.StatusBadRequest)
		return
	}
	passages, message := cutLast(asked.Messages[len(asked.Messages)-1].Content, "person says:")
	events := s.words(passages, named.FindString(message))
	if len(asked.Tools) > 0 {
		events = order(message, asked.Tools[len(asked.Tools)-1].Function.Name)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	wait := thinking
	for _, piece := range (providertest.Chat{}).Answer(events) {
		if !linger(r.Context(), rand.N(wait)) {
			return
		}
		wait = speaking
		if _, err := w.Write(piece); err != nil {
			return
		}
		w.(http.Flusher).Flush()
	}
}

var (
	wished = regexp.MustCompile(`with the subject "([^"]+)"`)
	named  = regexp.MustCompile(`(?:canary|parrot)[a-z0-9]+`)
	number = regexp.MustCompile(`\[(\d+)\]\n`)
)

// cutLast is strings.Cut at the last of the separators; without one all is after it.
func cutLast(text, separator string) (before, after string) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):]
	}
	return "", text
}

// order calls the tool that a message is for: if not the desk's, then the one for
// all else.
func order(message, otherwise string) []llm.Event {
	call := llm.ToolCall{ID: "call_1", Name: otherwise, Arguments: json.RawMessage(`{}`)}
	if subject := wished.FindStringSubmatch(message); subject != nil {
		call.Name, call.Arguments = "createTicket", fmt.Appendf(nil, `{"subject":%q}`, subject[1])
	}
	return []llm.Event{call, llm.Stop{Reason: llm.CallsMade}}
}

// words are an answer about a bird, with the mark of the passage that has it.
func (s *sage) words(passages, bird string) (events []llm.Event) {
	mark := ""
	if _, after, found := strings.Cut(passages, "The passages:"); found && bird != "" {
		before, _, found := strings.Cut(after, bird)
		if marks := number.FindAllString(before, -1); found && len(marks) > 0 {
			mark = " " + strings.TrimSpace(marks[len(marks)-1])
		}
	}
	text := fmt.Sprintf("Answer %d is about the bird %s%s. ", s.said.Add(1), bird, mark)
	text += strings.Repeat("It sings of coal and light, as birds do in mines. ", rand.N(12)) + theEnd
	for sentence := range strings.SplitAfterSeq(text, ". ") {
		events = append(events, llm.Text{Text: sentence})
	}
	return append(events, llm.Usage{Input: 100, Output: len(events)}, llm.Stop{Reason: llm.EndOfTurn})
}
