package guard_test

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/guard"
)

//go:embed testdata/topics.txt
var topicTable string

// sample is a text with the topics it is on.
type sample struct {
	text   string
	topics []string
}

// table reads the topics, and the samples by the part they are in.
func table(t *testing.T) (topics []guard.Topic, samples map[string][]sample) {
	t.Helper()
	samples = map[string][]sample{}
	part := ""
	for line := range strings.Lines(topicTable) {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		on, text, isSample := strings.Cut(line, " | ")
		switch {
		case line == "" || word == "#":
		case isSample:
			s := sample{text: text}
			if on != "-" {
				s.topics = strings.Split(on, ",")
			}
			samples[part] = append(samples[part], s)
		case word == "topic":
			topics = append(topics, guard.Topic{Name: rest})
		case word == "description":
			topics[len(topics)-1].Description = rest
		case word == "example":
			topics[len(topics)-1].Examples = append(topics[len(topics)-1].Examples, rest)
		default:
			part = line
		}
	}
	return topics, samples
}

// tally counts how often a topic was seen where it is (right), where it is not
// (wrong), and not seen (missed).
type tally struct{ right, wrong, missed int }

func (c tally) precision() float64 { return float64(c.right) / float64(max(1, c.right+c.wrong)) }
func (c tally) recall() float64    { return float64(c.right) / float64(max(1, c.right+c.missed)) }

func (c *tally) count(t *testing.T, text string, want, got []string) {
	for _, w := range want {
		if slices.Contains(got, w) {
			c.right++
		} else {
			c.missed++
			t.Logf("missed %s: %s", w, text)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			c.wrong++
			t.Logf("taken for %s: %s", g, text)
		}
	}
}

// judges are the rules for each of the topics alone, with the others beside it.
func judges(topics []guard.Topic) (all []guard.Rules) {
	for i := range topics {
		list := slices.Clone(topics)
		for j := range list {
			list[j].Rules = []guard.Rule{{Only: []guard.DataSource{{Index: "i", ID: "s"}}}}
		}
		list[i].Rules = []guard.Rule{{Block: true}}
		all = append(all, guard.Config{Topics: list}.For(nil, nil))
	}
	return all
}

// seen are the topics that a text is judged to be on.
func seen(all []guard.Rules, judge func(guard.Rules, string) guard.Verdict, text string) (names []string) {
	for _, r := range all {
		if v := judge(r, text); v.Blocked {
			names = append(names, v.Topic)
		}
	}
	return names
}

// How much the words of a message tell of its topics.
func TestTopicsByTheirWords(t *testing.T) {
	topics, samples := table(t)
	all := judges(topics)
	for _, tt := range []struct {
		part              string
		judge             func(r guard.Rules, text string) guard.Verdict
		precision, recall float64
		least             int
	}{
		{"messages", guard.Rules.Question, 0.9, 0.93, 100},
		{"held back", guard.Rules.Question, 0.95, 0.8, 60},
		{"answers", guard.Rules.Answer, 1, 0.6, 15},
	} {
		var c tally
		for _, s := range samples[tt.part] {
			c.count(t, s.text, s.topics, seen(all, tt.judge, s.text))
		}
		t.Logf("%s: %d texts, precision %.2f, recall %.2f", tt.part, len(samples[tt.part]), c.precision(), c.recall())
		if c.precision() < tt.precision || c.recall() < tt.recall || len(samples[tt.part]) < tt.least {
			t.Errorf("%s: less than precision %.2f, recall %.2f of %d texts", tt.part, tt.precision, tt.recall, tt.least)
		}
	}
	if len(samples) != 3 {
		t.Error("the table has other parts")
	}
}

// Ten topics with all that they may have, a person's rules, and a message.
func BenchmarkTopics(b *testing.B) {
	var c guard.Config
	for i := range 10 {
		words := strings.Repeat("settlement insurance warranty deadline ", 10)
		c.Topics = append(c.Topics, guard.Topic{
			Name: "topic-" + string(rune('a'+i)), Description: words[:350], Rules: []guard.Rule{{Block: true}},
			Examples: []string{words[:350], words[5:355], words[2:352], words[3:353], words[4:354]},
		})
	}
	b.Run("For", func(b *testing.B) {
		for b.Loop() {
			c.For([]string{"ann@example.com"}, nil)
		}
	})
	b.Run("Question", func(b *testing.B) {
		r := c.For([]string{"ann@example.com"}, nil)
		for b.Loop() {
			r.Question("How do I get from the main station of Berlin to the office with a heavy suitcase?")
		}
	})
}
