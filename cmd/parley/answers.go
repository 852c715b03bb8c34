package main

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/chat"
)

type answersCmd struct {
	state
	Application  string `arg:"" help:"ID of the application."`
	Conversation string `arg:"" help:"ID of the conversation."`
	Message      string `arg:"" help:"ID of the system's message (systemMessageId)."`
	User         string `placeholder:"USER" help:"Whose conversation it is: an e-mail address, the ID in the identity store, or what --user-id named (the account's root)."`
	Account      string `default:"000000000000" env:"PARLEY_ACCOUNT_ID" placeholder:"ID" help:"Account of the application (${default})."`
	Region       string `default:"us-east-1" env:"PARLEY_REGION" placeholder:"REGION" help:"Region of the application (${default})."`
	JSON         bool   `name:"json" help:"Print JSON."`
}

// Help says what the one-line help cannot.
func (answersCmd) Help() string {
	return `A chat shows a long answer in part; this prints all that was kept of it, up to 1 MB for each call. Only the server's operator can run it: it reads the store.`
}

// Run prints the answers.
func (c answersCmd) Run(p *process) error {
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	where := op.Caller{Account: c.Account, Region: firstOf(c.Region)}
	user := c.User
	if user == "" {
		user = access.Root{Account: c.Account}.ARN()
	}
	answers, err := rooms.Chats.Answers(p.ctx, where.Tenant(), c.Application, application.Address(user), c.Conversation, c.Message)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.out, withBodies(answers))
	}
	for _, a := range answers {
		fmt.Fprintf(p.err, "%s of plugin %s: status %d, %s, %d bytes\n", a.Operation, a.Plugin, a.Status, dash(a.MediaType), a.Size)
		fmt.Fprintf(p.out, "%s\n", a.Body)
	}
	return nil
}

// answerWithBody is an answer as JSON shows it.
type answerWithBody struct {
	chat.Answer

	Body string `json:"body"`
}

func withBodies(answers []chat.Answer) []answerWithBody {
	all := []answerWithBody{}
	for _, a := range answers {
		all = append(all, answerWithBody{a, string(a.Body)})
	}
	return all
}
