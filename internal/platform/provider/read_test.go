package provider

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// readAll reads a body as the answer of a server of chat completions.
func readAll(body io.Reader) (told []llm.Event, err error) {
	s := &openAI{config: OpenAIConfig{Config: Config{Bounds: Bounds{Event: 4096, Calls: 4, Arguments: 4096}.withDefaults()}}}
	err = s.read(body, func(e llm.Event) error {
		if e != nil {
			told = append(told, e)
		}
		return nil
	})
	return told, err
}

// FuzzChatStream: whatever a server sends, in whatever pieces, an answer has one
// Stop, at its end, or an error of ours, and is within its bounds.
func FuzzChatStream(f *testing.F) {
	for _, seed := range []string{
		"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\ndata: [DONE]\n\n",
		"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"n\",\"arguments\":\"{\"}},{\"index\":1,\"function\":{\"arguments\":{\"b\":1}}}]},\"finish_reason\":\"tool_calls\"}]}\n\n",
		"data: {\"choices\":[{\"delta\":{\"content\":\"<think>x\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"y</think> z\"},\"finish_reason\":\"stop\"}]}",
		":\ndata: {\"choices\":[\ndata: ]}\n\ndata:[DONE]\n",
		" {\"choices\":[{\"message\":{\"content\":[{\"text\":\"a\"}]}}],\"usage\":{\"prompt_tokens\":1}}",
		"data: {\"error\":\"x\"}\n\n", "<html>", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		told, err := readAll(bytes.NewReader(body))
		again, errAgain := readAll(iotest.OneByteReader(bytes.NewReader(body)))
		if diff := cmp.Diff(told, again); diff != "" || (err == nil) != (errAgain == nil) {
			t.Fatalf("in pieces: %v, %v\n%s", err, errAgain, diff)
		}
		if e, ok := errors.AsType[*llm.Error](err); err != nil && (!ok || e.Reason == "") {
			t.Fatalf("err = %v", err)
		}
		for i, e := range told {
			if _, stop := e.(llm.Stop); stop != (err == nil && i == len(told)-1) {
				t.Fatalf("%#v, %v", told, err)
			}
		}
		if err == nil && len(told) == 0 {
			t.Fatal("neither an answer nor an error")
		}
	})
}

func TestThoughtsAreNotSpoken(t *testing.T) {
	for text, want := range map[string]string{
		"Hello":                                 "Hello",
		"":                                      "",
		"<think>secret</think>Hello":            "Hello",
		"\n<think>\nse<b>cret\n</think>\n\nHi ": "Hi ",
		"<think>a</think><think>b</think>c":     "c",
		"<think></think>":                       "",
		"<think>never ends":                     "",
		"<thinking>is a word":                   "<thinking>is a word",
		"<thi":                                  "<thi",
		" <":                                    " <",
		"a <think>b</think>":                    "a <think>b</think>",
		"<think>a</thin</think>b</think>":       "b</think>",
	} {
		for size := 1; size <= len(text)+1; size++ {
			var th thoughts
			got := ""
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				got += th.without(rest[:n])
				rest = rest[n:]
			}
			if got += th.rest(); got != want {
				t.Errorf("%q in pieces of %d: %q, want %q", text, size, got, want)
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", "0.5", 500 * time.Millisecond},
		{"Retry-After", "Wed, 11 Mar 2026 09:01:00 GMT", time.Minute},
		{"Retry-After", "Wed, 11 Mar 2026 08:59:00 GMT", 0},
		{"Retry-After", "1e30", 24 * time.Hour},
		{"Retry-After", "-1", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "", 0},
		{"Retry-After-Ms", "1500", 1500 * time.Millisecond},
		{"Retry-After-Ms", "1e300", 24 * time.Hour},
	} {
		if got := retryAfter(http.Header{test.name: {test.value}}, now); got != test.want {
			t.Errorf("%s: %s is %v, want %v", test.name, test.value, got, test.want)
		}
	}
}

func TestFramesAreBounded(t *testing.T) {
	frame := func(n int) string { return string([]byte{0, 0, byte(n >> 8), byte(n)}) + strings.Repeat("x", n-4) }
	for _, test := range []struct {
		name, body string
		fails      bool
	}{
		{"within", frame(12) + frame(100) + frame(16), false},
		{"beyond", frame(12) + frame(101), true},
		{"far beyond", "\xff\xff\xff\xff", true},
		{"too short to be one", "\x00\x00\x00\x00\x00\x00\x00\x02ab", false},
	} {
		for _, split := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
			got, err := io.ReadAll(&frames{ReadCloser: io.NopCloser(split(strings.NewReader(test.body))), most: 100})
			if (err != nil) != test.fails || !test.fails && string(got) != test.body {
				t.Errorf("%s: %d bytes, %v", test.name, len(got), err)
			}
		}
	}
}
