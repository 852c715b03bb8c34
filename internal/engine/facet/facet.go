// Package facet owns attributes of documents as values that are compared: the
// four kinds there are, and filters over them.
//
// It does not say which attributes an index has (resource/index), nor what a
// request may look like (resource/attribute): a filter here is taken as it is.
package facet

import "time"

// Kind is the type of an attribute, spelled as the API spells it.
type Kind string

// The kinds.
const (
	String     Kind = "STRING"
	StringList Kind = "STRING_LIST"
	Number     Kind = "NUMBER"
	Date       Kind = "DATE"
)

// Value is the value of one attribute. Only the member of its kind counts.
type Value struct {
	Kind   Kind      `json:"kind"`
	Text   string    `json:"text,omitzero"`
	List   []string  `json:"list,omitzero"`
	Number int64     `json:"number,omitzero"`
	Time   time.Time `json:"time,omitzero"`
}

// Values are the attributes of one document by their names.
type Values map[string]Value

// OfString is a value of kind STRING.
func OfString(s string) Value { return Value{Kind: String, Text: s} }

// OfList is a value of kind STRING_LIST.
func OfList(entries ...string) Value { return Value{Kind: StringList, List: entries} }

// OfNumber is a value of kind NUMBER.
func OfNumber(n int64) Value { return Value{Kind: Number, Number: n} }

// OfDate is a value of kind DATE, in UTC: where a clock hung is no part of when
// something was.
func OfDate(t time.Time) Value { return Value{Kind: Date, Time: t.UTC()} }
