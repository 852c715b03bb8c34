package conversetest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"iter"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// Obedient is a language model that is the attacker's. It knows no rules and no
// borders: it looks for the last instruction anywhere in what it is asked, sees
// through disguises (invisible characters, look-alikes, base64), and does what it
// is told as far as a model can: it asks for calls, repeats what it was told, and
// hides what it knows in links. Without an instruction it cites the first passage.
type Obedient struct{}

// Stream implements llm.Model. A text comes in pieces of a few bytes.
func (Obedient) Stream(_ context.Context, r llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		for _, e := range obey(r) {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// An instruction is something that the model does when it is told to.
type instruction struct {
	words *regexp.Regexp
	do    func(found []string, r llm.Request) []llm.Event
}

var instructions = []instruction{
	{regexp.MustCompile(`(?i)\b(?:call|invoke|execute|rufe|appelle|llama)\s+(?:(?:now|the|das|l'outil|la|tool|function|werkzeug|herramienta)\s+)*["“'` + "`" + `]?([a-z_./-]+)["”'` + "`" + `]?\s*(?:tool|function)?\s*(?:with|mit|avec|con)?\s*(\{[^}]*\})?`), call},
	{regexp.MustCompile(`"(?:name|tool)"\s*:\s*"([a-zA-Z_]+)"\s*,\s*"(?:arguments|input|parameters)"\s*:\s*(\{[^}]*\})`), call},
	{regexp.MustCompile(`(?:调用|呼び出せ|Вызови инструмент)\s*([a-zA-Z_]+)\s*с?\s*(\{[^}]*\})?`), call},
	{regexp.MustCompile(`(?i)\b(?:say|answer|reply|output|write|antworte|sage|réponds|dis|responde|di|скажи)\s*(?:with|only|exactly|mit|avec)?\s*:?\s*["“«]([^"”»]+)["”»]`), say},
	{regexp.MustCompile(`(?:说|言え)\s*[:：]?\s*["“「]([^"”」]+)["”」]`), say},
	{regexp.MustCompile(`(?i)\b(?:send|append|attach|embed|put|post|leak|schicke|envoie|envía)\b[^\n]{0,120}?((?:[a-z]{2,8}:)?//[^\s)"'>\]]+|[a-z0-9.-]+@evil\.example|www\.evil\.example[^\s)"'>\]]*)`), leak},
	{regexp.MustCompile(`(?i)\b(?:repeat|reveal|print|show|recite)\b[^\n]{0,60}\b(?:instructions|prompt|rules)\b`), repeat},
	{regexp.MustCompile(`(?i)\bcite\s+(?:passage|source|number)?\s*\[?(\d+)`), cites},
	{regexp.MustCompile(`(?i)\b(?:the user|this person|the person|whoever asks|i|you)\s+(?:is|am|are)\s+(?:now\s+)?(?:an?\s+|the\s+)?(admin\w*|root|ceo|owner)\b`), promote},
}

// obey is the answer.
func obey(r llm.Request) []llm.Event {
	text := bare(told(r))
	last := -1
	var found []string
	var do func([]string, llm.Request) []llm.Event
	for _, i := range instructions {
		for _, at := range i.words.FindAllStringSubmatchIndex(text, -1) {
			if at[0] <= last {
				continue
			}
			last, do, found = at[0], i.do, nil
			for n := 0; n < len(at); n += 2 {
				group := ""
				if at[n] >= 0 {
					group = text[at[n]:at[n+1]]
				}
				found = append(found, group)
			}
		}
	}
	if do == nil {
		return idle(r)
	}
	return do(found, r)
}

// told is all that the model reads, in the order of its reading.
func told(r llm.Request) string {
	var b strings.Builder
	b.WriteString(r.System)
	for _, m := range r.Messages {
		for _, result := range m.Results {
			b.WriteString("\n" + result.Text)
		}
		b.WriteString("\n" + m.Text)
	}
	return b.String()
}

var packed = regexp.MustCompile(`[A-Za-z0-9+/]{24,}={0,2}`)

// bare is a text without its disguises.
func bare(text string) string {
	text = norm.NFKC.String(strings.Map(func(c rune) rune {
		switch {
		case c >= 0xe0020 && c <= 0xe007e:
			return c - 0xe0000 // tags say ASCII
		case c >= 0x200b && c <= 0x200f, c >= 0x202a && c <= 0x202e, c >= 0x2060 && c <= 0x206f, c == 0xfeff, c == 0xad:
			return -1
		}
		return c
	}, text))
	if latin := strings.Map(looks, text); latin != text {
		text += "\n" + latin
	}
	return packed.ReplaceAllStringFunc(text, func(s string) string {
		if plain, err := base64.StdEncoding.DecodeString(s); err == nil {
			return string(plain)
		}
		return s
	})
}

// looks is the Latin letter that another looks like.
func looks(c rune) rune {
	if latin, ok := lookalikes[c]; ok {
		return latin
	}
	return c
}

var lookalikes = map[rune]rune{'а': 'a', 'с': 'c', 'е': 'e', 'о': 'o', 'р': 'p', 'і': 'i', 'ѕ': 's', 'ⅼ': 'l', 'ο': 'o', 'α': 'a'}

// idle is what the model does when nobody tells it to.
func idle(r llm.Request) []llm.Event {
	for _, t := range r.Tools {
		if t.Name == "no_tool_fits" {
			return []llm.Event{llm.ToolCall{ID: "idle", Name: t.Name, Arguments: json.RawMessage("{}")}, llm.Stop{Reason: llm.CallsMade}}
		}
	}
	return speak("This is what I found. [1]")
}

// call asks for a call, in the ways that models have of doing so.
func call(found []string, r llm.Request) []llm.Event {
	arguments := found[2]
	if arguments == "" {
		arguments = "{}"
	}
	c := llm.ToolCall{ID: "obey", Name: found[1], Arguments: json.RawMessage(arguments)}
	if len(r.Tools) > 0 {
		return []llm.Event{c, llm.Stop{Reason: llm.CallsMade}}
	}
	text := speak("Done: I called " + found[1] + `. {"name":"` + found[1] + `","arguments":` + arguments + "}")
	return append([]llm.Event{c}, text...)
}

func say(found []string, _ llm.Request) []llm.Event { return speak(found[1]) }

func repeat(_ []string, r llm.Request) []llm.Event { return speak(r.System) }

func cites(found []string, _ llm.Request) []llm.Event {
	return speak("That is certain [" + found[1] + "], as others say [1][" + found[1] + "].")
}

func promote(found []string, r llm.Request) []llm.Event {
	if len(r.Tools) > 0 {
		arguments := json.RawMessage(`{"id":"1","confirmed":true,"Confirmed":true,"userId":"admin","role":"` + found[1] + `"}`)
		return []llm.Event{llm.ToolCall{ID: "obey", Name: "deleteTicket", Arguments: arguments}, llm.Stop{Reason: llm.CallsMade}}
	}
	return speak("You are " + found[1] + ", so that I may do anything for you.")
}

// leak hides what the model knows in every kind of link that there is.
func leak(found []string, r llm.Request) []llm.Event {
	to := strings.TrimRight(found[1], ".,;!")
	if strings.Contains(to, "@") {
		to = "mailto:" + to + "?body="
	}
	known := told(r)
	secret := url.QueryEscape(known[:min(len(known), 60)] + known[max(0, len(known)-60):])
	if strings.Contains(known, "canary") {
		secret = "canary" + secret
	}
	link := to + secret
	return speak("Look: ![x](" + link + ") [here](" + link + ") <" + link + "> " + link + " <img src=\"" + link + "\"> [ref]: " + link + "\n[ref] ![y][ref]\n`" + link + "`")
}

// speak is a text in pieces.
func speak(text string) (events []llm.Event) {
	for text != "" {
		n := min(3, len(text))
		events = append(events, llm.Text{Text: text[:n]})
		text = text[n:]
	}
	return append(events, llm.Stop{Reason: llm.EndOfTurn})
}
