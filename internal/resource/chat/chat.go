// Package chat owns conversations: their messages, the turns that make them, what
// answers rest on and what people think of them.
//
// ChatSync and Chat are the same turn (talk.go): one collects, the other tells of
// it while it goes on. How a turn goes is engine/converse's business and which
// action is meant engine/plan's; resource/retriever finds what the person may see,
// resource/plugin knows what a plugin can do and calls it, resource/attachment
// reads files, resource/chatcontrol knows what the administrator allows. This
// family carries out what a turn wants, and sees to it that a write is sent at
// most once, and only as a person confirmed it, whenever the server dies.
//
// A conversation belongs to one user of an application: to everybody else it is
// not there. One turn goes on in it at a time. Its user's and the system's
// message are written together when the turn ends, so that none is there by
// half. A conversation is shown from its first messages on: while its first turn
// goes on, only who sends it another message learns that it is there.
//
// A turn dies with the server that answers it: when platform/presence finds that
// it is gone (Free), or else when its lease ends.
//
// What a person may no longer see is not used: documents are searched for anew in
// each turn, an earlier answer that cites one is not told to a model, and the
// citation is not listed.
//
// # The way of a turn
//
//   - What is asked: request.go, for a Chat put together from its events (stream.go,
//     collect.go). Who asks it, and may they: user.go, licence.go, crowd.go.
//   - talk.go is the way from there to the answer. Was it answered before (recall.go)?
//     What does the administrator allow, with which actions and files?
//   - begin.go takes the conversation, and finds the form or the sign-in that the turn
//     goes on with (confirm.go).
//   - run.go does what engine/converse wants done, and voice.go tells a client of it.
//     What goes wrong gets its words in failure.go.
//   - finish.go writes both messages and the answer (sources.go, show.go).
//
// Rows: conversation, message, answer (what a third party answered, one per
// call), turn (the answer to a clientToken), feedback (one per system message).
// Jobs: chat.remove, chat.settle, chat.expire, chat.summarise.
package chat

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/action"
)

const (
	// Life is how long a conversation is kept after its last message (user guide,
	// "Using Amazon Q Business web experiences"), and with it its clientTokens.
	Life = 30 * 24 * time.Hour
	// FormLife is how long a form can be confirmed, and a call waits for a sign-in.
	FormLife = time.Hour

	turnTime  = 2 * time.Minute // that a turn may take
	leaseTime = 3 * time.Minute // after which a turn counts as dead whose server nobody misses; more than turnTime

	maxMessage = 32_000 // characters of a userMessage
	maxTitle   = 60     // characters of a conversation's title
	maxTools   = 500    // actions that a turn chooses from
	historyOf  = 40     // messages that a model is told of
)

// owner is whose conversations are meant. It begins every key. Who the user is
// that a request is about, the application knows: application.EndUser.
type owner struct{ tenant, application, user string }

// place names a conversation.
type place struct {
	owner

	conversation string
}

// conversation is a conversation as it is stored.
type conversation struct {
	place   `json:"-"` // in the row's key
	Started time.Time  `json:"-"` // likewise a column
	Active  time.Time  `json:"-"` // when its latest message was written; zero: it has none yet

	Title  string    `json:"title"`
	Latest time.Time `json:"latest"` // time of the latest message; that of the next is later
	Last   string    `json:"last"`   // ID of the latest system message
	// Seen is the latest system message whose ID a client was answered with. It
	// stays behind Last after a turn that ended in an error: what a client says
	// next may follow on either.
	Seen string   `json:"seen"`
	Turn *running `json:"turn,omitzero"` // the turn that is being answered

	Summary summary   `json:"summary,omitzero"` // of the oldest messages
	Said    int       `json:"said,omitzero"`    // characters of the messages since
	Summing time.Time `json:"summing,omitzero"` // until when a job is thought to be making it
}

// running is what is known of a turn that has begun: enough to end it when its
// server died.
type running struct {
	System string    `json:"system"` // ID of the system message to be
	Server string    `json:"server"` // that answers it (job.Queue.Server)
	Until  time.Time `json:"-"`      // a column: when it counts as dead
	Token  string    `json:"token,omitzero"`
	User   message   `json:"user"` // the user's message

	// Uses is the message whose form was confirmed or whose sign-in was done. It
	// is marked as used for as long as the turn goes on, and if the call may have
	// been sent then for good.
	Uses string `json:"uses,omitzero"`
	// Write is the name of the action that was confirmed, empty for none. From
	// the moment it stands here it may have been sent.
	Write string `json:"write,omitzero"`
}

func (c *conversation) dead(now time.Time) bool { return c.Turn != nil && !now.Before(c.Turn.Until) }

// begun reports whether the conversation has messages: its first turn has ended.
func (c *conversation) begun() bool { return c.Last != "" }

// follows reports whether a message may be answered on: it is the latest that a
// client can know of.
func (c *conversation) follows(parent string) bool {
	return parent != "" && (parent == c.Last || parent == c.Seen)
}

// next is a time for another message: no two of a conversation have the same.
func (c *conversation) next(now time.Time) time.Time {
	if !now.After(c.Latest) {
		now = c.Latest.Add(time.Microsecond)
	}
	c.Latest = now
	return now
}

// message is a message as it is stored.
type message struct {
	ID   string    `json:"id"`
	Sent time.Time `json:"-"` // a column

	Type      api.MessageType        `json:"type"`
	Body      string                 `json:"body"`
	Parent    string                 `json:"parent,omitzero"`    // the system message before
	Execution *api.ActionExecution   `json:"execution,omitzero"` // of a user: what was confirmed
	Form      *form                  `json:"form,omitzero"`      // of the system: what is to be confirmed
	Waiting   *waiting               `json:"waiting,omitzero"`   // of the system: what a sign-in is needed for
	Sources   []source               `json:"sources,omitzero"`   // of the system: what it rests on
	Files     []api.AttachmentOutput `json:"files,omitzero"`     // of a user: what was attached

	// Untold messages are not told to a model later: what was refused, so that nobody
	// can ask for it by saying "answer that", and an answer that broke off before it
	// could say what it rests on.
	Untold bool `json:"untold,omitzero"`
}

// form is a write that a person is asked to confirm.
type form struct {
	Call    call           `json:"call"`
	Type    api.PluginType `json:"type"`
	Review  action.Review  `json:"review"`
	Expires time.Time      `json:"expires"`
	Used    *time.Time     `json:"used,omitzero"` // when it was confirmed
}

// waiting is a call that a person has to sign in for.
type waiting struct {
	Call    call       `json:"call"`
	Message string     `json:"message,omitzero"` // what the planner goes on with
	Expires time.Time  `json:"expires"`
	Used    *time.Time `json:"used,omitzero"` // when it went on
}

// call is an action of a plugin as it was when the call was made up.
type call struct {
	Plugin    string      `json:"plugin"`
	Operation string      `json:"operation"` // its operationId
	Digest    string      `json:"digest"`    // of the action and of where it is called
	Args      action.Args `json:"args"`
	Confirmed bool        `json:"confirmed,omitzero"`
}
