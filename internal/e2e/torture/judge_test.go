package torture

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

// pairs are the turns of a conversation, from its messages as they are listed, the
// newest first. problem is not empty when they are not both halves of each.
func pairs(conversation string, listed []types.Message) (turns []turn, problem string) {
	var kinds []string
	for i, m := range slices.Backward(listed) {
		kinds = append(kinds, string(m.Type))
		if n := len(listed) - 1 - i; n%2 == 0 {
			t := turn{Conversation: conversation, User: *m.MessageId}
			if m.ActionExecution == nil {
				t.Said = *m.Body
			}
			for _, f := range m.Attachments {
				t.Files = append(t.Files, *f.Name)
			}
			turns = append(turns, t)
			continue
		}
		t := &turns[len(turns)-1]
		t.System, t.Text, t.Sources = *m.MessageId, *m.Body, sourcesOf(m.SourceAttribution)
		if m.ActionReview != nil {
			t.Form = *m.ActionReview.PluginId
		}
	}
	for i, kind := range kinds {
		if kind != []string{"USER", "SYSTEM"}[i%2] || len(kinds)%2 != 0 {
			return nil, "messages do not come in pairs: " + strings.Join(kinds, ", ")
		}
	}
	return turns, ""
}

// judge compares the turns that a conversation is seen to have with those that were
// acknowledged. doubt is the turn that got no answer, or nil: it may be there as a
// whole, and is then returned, or not at all.
func judge(sure, seen []turn, doubt *plea) (happened *turn, problem string) {
	n := len(sure)
	if len(seen) < n || !slices.EqualFunc(sure, seen[:n], func(a, b turn) bool { return cmp.Equal(a, b) }) {
		return nil, "acknowledged (-) and seen (+) differ:\n" + cmp.Diff(sure, seen)
	}
	switch more := seen[n:]; {
	case len(more) == 0:
		return nil, ""
	case doubt == nil || len(more) > 1:
		return nil, "there is more than was asked for:\n" + cmp.Diff(sure, seen)
	default:
		return &more[0], doubt.fits(more[0])
	}
}

// fits returns how a turn differs from what the plea can have become.
func (p *plea) fits(t turn) string {
	h := p.heard
	switch {
	case t.Said != h.Said || !slices.Equal(t.Files, h.Files):
		return fmt.Sprintf("nobody said %q with the files %q", t.Said, t.Files)
	case p.kind == asking && !strings.HasSuffix(t.Text, theEnd):
		return fmt.Sprintf("half an answer is kept: %q", t.Text)
	case h.System != "" && (h.System != t.System || h.User != t.User || h.Conversation != t.Conversation):
		return fmt.Sprintf("the stream told of %s and %s, and there are %s and %s", h.User, h.System, t.User, t.System)
	case p.kind == confirming && strings.Contains(t.Text, interrupted): // whatever the stream told before its end
	case !strings.HasPrefix(t.Text, h.told.String()):
		return fmt.Sprintf("%q was told, and %q is kept", h.told.String(), t.Text)
	}
	return ""
}

// TestJudge: the harness sees what it is there to see.
func TestJudge(t *testing.T) {
	one := turn{Conversation: "c", User: "u1", System: "s1", Said: "Who?", Text: "Me. " + theEnd, Sources: `[{"Title":"me"}]`}
	two := turn{Conversation: "c", User: "u2", System: "s2", Said: "What?", Files: []string{"a.txt"}, Text: "This. " + theEnd}
	changed := func(t turn, edit func(*turn)) turn { edit(&t); return t }
	doubt := func(heard ...func(*heard)) *plea {
		p := newPlea(asking)
		p.heard.Said, p.heard.Files = two.Said, two.Files
		for _, f := range heard {
			f(p.heard)
		}
		return p
	}
	told := func(text string) func(*heard) {
		return func(h *heard) {
			h.Conversation, h.User, h.System = "c", "u2", "s2"
			h.told.WriteString(text)
		}
	}
	sure := []turn{one}
	if happened, problem := judge(nil, []turn{two}, doubt()); happened == nil || problem != "" {
		t.Errorf("a conversation that began: %v, %q", happened, problem)
	}
	for _, tc := range []struct {
		name     string
		seen     []turn
		doubt    *plea
		happened bool
		problem  bool
	}{
		{"all is there", sure, nil, false, false},
		{"an acknowledged turn is lost", nil, nil, false, true},
		{"another answer than was given", []turn{changed(one, func(t *turn) { t.Text = "You. " + theEnd })}, nil, false, true},
		{"a source is lost", []turn{changed(one, func(t *turn) { t.Sources = "" })}, nil, false, true},
		{"a form where there was none", []turn{changed(one, func(t *turn) { t.Form = "p" })}, nil, false, true},
		{"a turn nobody asked for", []turn{one, two}, nil, false, true},
		{"the doubtful did not happen", sure, doubt(), false, false},
		{"the doubtful happened", []turn{one, two}, doubt(), true, false},
		{"the doubtful happened twice", []turn{one, two, changed(two, func(t *turn) { t.User, t.System = "u3", "s3" })}, doubt(), false, true},
		{"the doubtful in place of the acknowledged", []turn{two}, doubt(), false, true},
		{"something else happened", []turn{one, changed(two, func(t *turn) { t.Said = "When?" })}, doubt(), true, true},
		{"its file is lost", []turn{one, changed(two, func(t *turn) { t.Files = nil })}, doubt(), true, true},
		{"half an answer", []turn{one, changed(two, func(t *turn) { t.Text = "This" })}, doubt(), true, true},
		{"as the stream told", []turn{one, two}, doubt(told("This.")), true, false},
		{"not what the stream told", []turn{one, two}, doubt(told("That.")), true, true},
		{"with other IDs than the stream told", []turn{one, changed(two, func(t *turn) { t.System = "s3" })}, doubt(told("")), true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			happened, problem := judge(sure, tc.seen, tc.doubt)
			if (happened != nil) != tc.happened || (problem != "") != tc.problem {
				t.Errorf("happened %v, problem %q", happened, problem)
			}
		})
	}
}

// TestPairs: so are messages without their other half.
func TestPairs(t *testing.T) {
	user := types.Message{Type: types.MessageTypeUser, MessageId: new("u"), Body: new("Who?")}
	system := types.Message{Type: types.MessageTypeSystem, MessageId: new("s"), Body: new("Me.")}
	for name, listed := range map[string][]types.Message{
		"the user's half": {user}, "the system's half": {system}, "the wrong way round": {user, system}, "a second half later": {user, system, user},
		"one half twice": {system, system, user, user},
	} {
		if turns, problem := pairs("c", listed); problem == "" {
			t.Errorf("%s: %+v", name, turns)
		}
	}
	turns, problem := pairs("c", []types.Message{system, user})
	if diff := cmp.Diff([]turn{{Conversation: "c", User: "u", System: "s", Said: "Who?", Text: "Me."}}, turns); diff != "" || problem != "" {
		t.Errorf("%s\n%s", problem, diff)
	}
}
