// Package guard holds a conversation to what an administrator allows: phrases
// that are neither answered nor said, and topics that are refused, or answered
// from chosen data sources only, to some people or to all.
//
// It owns when a text contains a phrase, when a message is on a topic, for whom a
// rule holds, and which of several rules wins. It does not know where a Config is
// kept (resource/chatcontrol), who somebody is (resource/directory), or what a
// person is told in which order (engine/converse).
package guard

import (
	"cmp"
	"slices"
	"strings"
)

// DataSource is where documents come from: its ID, in an index.
type DataSource struct {
	Index string `json:"index"`
	ID    string `json:"id"`
}

// Config is what an administrator allows, for everybody. Its zero value allows
// all.
type Config struct {
	Phrases []string `json:"phrases,omitempty"` // neither answered nor said
	Message string   `json:"message,omitempty"` // told instead; empty: DefaultMessage
	Topics  []Topic  `json:"topics,omitempty"`
}

// Topic is something that people talk about, and the rules for it.
type Topic struct {
	Name        string   `json:"name"` // unique in a Config
	Description string   `json:"description,omitempty"`
	Examples    []string `json:"examples,omitempty"` // messages on the topic
	Rules       []Rule   `json:"rules,omitempty"`
}

// Rule is one of a topic. It refuses the topic if Block is set; otherwise answers
// come from the data sources in Only. It holds for the people in Include, or for
// all but those in Exclude, or for everybody when both name nobody.
type Rule struct {
	Block   bool         `json:"block,omitempty"`
	Message string       `json:"message,omitempty"` // told instead; empty: DefaultMessage
	Only    []DataSource `json:"only,omitempty"`
	Include People       `json:"include,omitzero"`
	Exclude People       `json:"exclude,omitzero"`
}

// People are users by any of their names (address, user name, ID), and groups.
type People struct {
	Users  []string `json:"users,omitempty"`
	Groups []string `json:"groups,omitempty"`
}

// Verdict is what becomes of a text.
type Verdict struct {
	Blocked bool
	Message string       // if Blocked: what the person is told instead
	Topic   string       // that decided; empty when a phrase did, or nothing
	Only    []DataSource // what may be searched; nil: everything, empty: nothing
}

// Rules are those of a Config that hold for one person. The zero value holds
// nothing back. They do not change, and may be used by several at once.
type Rules struct {
	phrases    []phrase
	message    string // told instead of them
	topics     []topic
	vocabulary *vocabulary // of the topics; nil: there are none
}

// topic is one that has a rule for the person.
type topic struct {
	Topic
	verdict Verdict
}

// DefaultMessage is told where an administrator has set no message.
const DefaultMessage = "I can't help with that: your administrator has restricted it."

// For returns the rules for whoever goes by any of the names (address, user name,
// ID) and is in the groups. Case does not count, nor does what an address has after
// a plus sign. Of several rules of a topic that hold for somebody the more
// restrictive wins: to refuse, or else only the data sources that all of them name
// (user guide, "Using topic-level controls").
func (c Config) For(names, groups []string) Rules {
	r := Rules{message: cmp.Or(c.Message, DefaultMessage)}
	for _, text := range c.Phrases {
		if p := compile(text); len(p) > 0 {
			r.phrases = append(r.phrases, p)
		}
	}
	who := People{Users: each(names, address), Groups: each(groups, strings.ToLower)}
	for _, t := range c.Topics {
		if v, ok := t.verdict(who); ok {
			r.topics = append(r.topics, topic{Topic: t, verdict: v})
		}
	}
	if len(r.topics) > 0 {
		r.vocabulary = learn(r.topics)
	}
	return r
}

// verdict is what becomes of a message on the topic; false: it is answered like
// any other.
func (t Topic) verdict(who People) (v Verdict, ok bool) {
	v.Topic = t.Name
	for _, rule := range t.Rules {
		switch {
		case !rule.holds(who):
			continue
		case rule.Block:
			return Verdict{Blocked: true, Message: cmp.Or(rule.Message, DefaultMessage), Topic: t.Name}, true
		}
		v.Only, ok = narrow(v.Only, rule.Only), true
	}
	return v, ok
}

func (r Rule) holds(who People) bool {
	if !r.Include.empty() {
		return r.Include.has(who)
	}
	return !r.Exclude.has(who)
}

func (p People) empty() bool { return len(p.Users) == 0 && len(p.Groups) == 0 }

func (p People) has(who People) bool {
	in := func(list []string) func(string) bool {
		return func(s string) bool { return slices.Contains(list, s) }
	}
	return slices.ContainsFunc(each(p.Users, address), in(who.Users)) ||
		slices.ContainsFunc(each(p.Groups, strings.ToLower), in(who.Groups))
}

// narrow is what both allow; had may be nil, which allows everything.
func narrow(had, only []DataSource) []DataSource {
	both := []DataSource{}
	for _, d := range only {
		if had == nil || slices.Contains(had, d) {
			both = append(both, d)
		}
	}
	return both
}

// address is a name as it is compared: in lower case, an e-mail address without
// what follows a plus sign in its first part.
func address(name string) string {
	name = strings.ToLower(name)
	local, domain, found := strings.Cut(name, "@")
	if !found {
		return name
	}
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

func each(list []string, fn func(string) string) []string {
	all := make([]string, 0, len(list))
	for _, s := range list {
		all = append(all, fn(s))
	}
	return all
}
