package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// assistant is the conversation that the demo ends with: Anna's, with documents
// and a plugin.
type assistant struct {
	conversation, last string // the last message of the server in it
	speaker            *client
}

// streamed is what a turn came to.
type streamed struct {
	text    string // of all its text events, one after the other
	events  int    // how many of these
	final   string
	sources []any
	review  document
}

// openDesk gives the library's application the help desk's plugin.
func (d *demo) openDesk(ctx context.Context) error {
	d.heading("Give the people of the library the help desk, too")
	d.command("aws qbusiness create-plugin --application-id " + d.lib.app + " --display-name desk --type CUSTOM …   # as before")
	_, err := d.create(ctx, "/applications/"+d.lib.app+"/plugins", "pluginId", document{
		"displayName": "desk", "type": "CUSTOM", "authConfiguration": document{"noAuthConfiguration": document{}},
		"customPluginConfiguration": document{
			"description": "Help desk tickets", "apiSchemaType": "OPEN_API_V3", "apiSchema": document{"payload": d.api.document()},
		},
	})
	if err != nil {
		return err
	}
	key, err := d.session(ctx, anna)
	d.talk.speaker = d.client.as(key)
	return err
}

// ask streams a question about the documents. Every claim of the answer says
// which document it is from, to the character.
func (d *demo) ask(ctx context.Context) error {
	const question = "How many days of holiday do I have?"
	d.heading("Ask the assistant as Anna: the answer is streamed, and every claim says where it is from")
	d.note(fmt.Sprintf("--user-message %q", question))
	got, err := d.turn(ctx, event{"textEvent", document{"userMessage": question}})
	if err != nil {
		return err
	}
	d.say("%s", indent(got.final))
	if !strings.Contains(got.final, "thirty days of holiday") || got.text != got.final {
		return fmt.Errorf("the answer is not the handbook's, or was streamed differently: %q, %q", got.final, got.text)
	}
	cited := false
	for _, entry := range got.sources {
		source, _ := entry.(document)
		segments, _ := source["textMessageSegments"].([]any)
		for _, s := range segments {
			segment, _ := s.(document)
			d.say("      [%v] %v: characters %v to %v", source["citationNumber"], source["title"], segment["beginOffset"], segment["endOffset"])
			cited = cited || source["documentId"] == "handbook" && strings.Contains(span(got.final, segment), "thirty days")
		}
	}
	if !cited {
		return fmt.Errorf("the claim does not cite the handbook: %v", got.sources)
	}
	return nil
}

// span is the part of a text that a segment is about.
func span(text string, segment document) string {
	characters := []rune(text)
	begin, _ := segment["beginOffset"].(float64)
	end, _ := segment["endOffset"].(float64)
	if begin < 0 || end < begin || int(end) > len(characters) {
		return ""
	}
	return string(characters[int(begin):int(end)])
}

// act asks for a change in the same conversation, and confirms it.
func (d *demo) act(ctx context.Context) error {
	const message = `Create a ticket with the subject "Holiday calendar is wrong"`
	before := d.api.newest().ID
	d.heading("Ask for a change in the same conversation: a form comes first; confirm it")
	d.note("--user-message '" + message + "'")
	got, err := d.turn(ctx, event{"textEvent", document{"userMessage": message}})
	if err != nil {
		return err
	}
	d.say("%s", indent(got.final))
	fields, _ := got.review["payload"].(document)
	if len(fields) == 0 || d.api.newest().ID != before {
		return fmt.Errorf("there is no form, or something was sent before it was confirmed: %+v", got)
	}
	execution := document{"pluginId": got.review["pluginId"], "payload": filled(fields), "payloadFieldNameSeparator": got.review["payloadFieldNameSeparator"]}
	shown, err := json.Marshal(execution)
	if err != nil {
		return err
	}
	d.note("--action-execution '" + string(shown) + "'")
	if got, err = d.turn(ctx, event{"actionExecutionEvent", execution}); err != nil {
		return err
	}
	d.say("%s", indent(got.final))
	if t := d.api.newest(); t.ID != before+1 || t.Subject != "Holiday calendar is wrong" {
		return fmt.Errorf("the help desk has the ticket %+v, not what was confirmed", t)
	}
	d.say("    The help desk has it: number %d.", before+1)
	return nil
}

// turn is one turn of the assistant's conversation.
func (d *demo) turn(ctx context.Context, said event) (got streamed, err error) {
	query := url.Values{}
	if d.talk.conversation != "" {
		query.Set("conversationId", d.talk.conversation)
		query.Set("parentMessageId", d.talk.last)
	}
	var told strings.Builder
	err = d.talk.speaker.stream(ctx, "/applications/"+d.lib.app+"/conversations", query,
		[]event{said, {"endOfInputEvent", document{}}}, func(e event) error {
			switch e.name {
			case "textEvent":
				text, _ := e.body["systemMessage"].(string)
				told.WriteString(text)
				got.events++
			case "actionReviewEvent":
				got.review = e.body
			case "metadataEvent":
				got.final, _ = e.body["finalTextMessage"].(string)
				got.sources, _ = e.body["sourceAttributions"].([]any)
				d.talk.conversation, _ = e.body["conversationId"].(string)
				d.talk.last, _ = e.body["systemMessageId"].(string)
			}
			return nil
		})
	got.text = told.String()
	if err == nil && got.final == "" {
		err = errors.New("the stream ended without a metadataEvent")
	}
	return got, err
}

// note prints a turn as a command. The CLI has no streams: chat-sync is the same
// in one piece.
func (d *demo) note(more string) {
	place := ""
	if d.talk.conversation != "" {
		place = " --conversation-id " + d.talk.conversation + " --parent-message-id " + d.talk.last
	}
	d.command("aws qbusiness chat-sync --application-id " + d.lib.app + place + " \\\n      " + more + "   # as " + anna + "; streamed by the SDKs' Chat")
}
