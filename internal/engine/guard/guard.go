// Package guard holds a conversation to what an administrator allows: phrases
// that are neither answered nor said, and topics that are refused, or answered
// from chosen data sources only, to some people or to all.
//
// It owns when a text contains a phrase, when a message is on a topic, for whom a
// rule holds, and which of several rules wins. It does not know where a Config is
// kept (resource/chatcontrol), who somebody is (resource/directory), or what a
// person is told in which order (engine/converse).
package guard

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
	phrases []phrase
	message string
	topics  []topic
}
