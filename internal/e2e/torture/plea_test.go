package torture

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/smithy-go"
)

// kind is what a plea is for.
type kind int

const (
	asking     kind = iota // a question to the sage
	wishing                // a ticket
	confirming             // its form
	rating                 // an answer
	erasing                // a conversation
)

// plea is one request. Sent again it is the same: a turn has its token.
type plea struct {
	kind    kind
	in      *dialogue // nil: a new one
	chat    qbusiness.ChatSyncInput
	stream  bool
	cites   string // what a source has to be called; empty: there is none
	subject string // of the ticket that it is about
	comment string // of a rating

	heard *heard // of the turn, before the server died
}

func newPlea(k kind) *plea { return &plea{kind: k, heard: &heard{}} }

// String is what the plea asks for.
func (p *plea) String() string {
	what := []string{"a question", "a wish", "a confirmation", "a rating", "a deletion"}[p.kind]
	if p.chat.ClientToken != nil {
		what += " " + *p.chat.ClientToken
	}
	if p.chat.UserMessage != nil {
		what += fmt.Sprintf(" %q", *p.chat.UserMessage)
	}
	return what
}

// whole demands an answer from its first to its last word, on what it was asked about.
func (p *plea) whole() error {
	if h := p.heard; !strings.HasSuffix(h.Text, theEnd) || !strings.Contains(h.Sources, p.cites) || (p.cites == "") != (h.Sources == "") {
		return fmt.Errorf("%s, about %q: %q from %s", p, p.cites, h.Text, h.Sources)
	}
	return nil
}

// refusedAs reports whether the server said no with an error of that name.
func refusedAs(err error, name string) bool {
	var said smithy.APIError
	return errors.As(err, &said) && said.ErrorCode() == name
}

// turn reports whether the plea is for a turn.
func (p *plea) turn() bool { return p.kind < rating }
