package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// chat is one turn of the demo's conversation: what is sent, beside what every
// turn has.
func (d *demo) chat(ctx context.Context, turn document) (document, error) {
	turn["chatMode"] = "PLUGIN_MODE"
	turn["chatModeConfiguration"] = document{"pluginConfiguration": document{"pluginId": d.plugin}}
	if d.conversation != "" {
		turn["conversationId"], turn["parentMessageId"] = d.conversation, d.last
	}
	out, err := d.client.call(ctx, "POST", "/applications/"+d.app+"/conversations?sync", turn)
	if err != nil {
		return nil, err
	}
	d.conversation, _ = out["conversationId"].(string)
	d.last, _ = out["systemMessageId"].(string)
	return out, nil
}

// chatCommand prints a turn as a command.
func (d *demo) chatCommand(more string) {
	place := ""
	if d.conversation != "" {
		place = " \\\n      --conversation-id " + d.conversation + " --parent-message-id " + d.last
	}
	d.command("aws qbusiness chat-sync --application-id " + d.app + ` --chat-mode PLUGIN_MODE \
      --chat-mode-configuration pluginConfiguration={pluginId=` + d.plugin + "}" + place + " \\\n      " + more)
}

// read asks for something that changes nothing: it is done at once.
func (d *demo) read(ctx context.Context) error {
	const message = "Which tickets are open?"
	d.heading("Ask for something in plain words")
	d.chatCommand(fmt.Sprintf("--user-message %q", message))
	out, err := d.chat(ctx, document{"userMessage": message})
	if err != nil {
		return err
	}
	text, _ := out["systemMessage"].(string)
	if !strings.Contains(text, "Coffee machine leaks") || strings.Contains(text, "room 4.12") {
		return fmt.Errorf("the answer does not show the open ticket, and only that: %q", text)
	}
	d.say("%s", indent(text))
	return nil
}

// write asks for something that changes the help desk: the server shows what it
// would send, and sends it when it is confirmed.
func (d *demo) write(ctx context.Context) error {
	const message = `Create an urgent ticket with the subject "Printer on floor 3 jams", due by 2026-12-01`
	d.heading("Ask for a change: the server shows a form first, and sends nothing")
	d.chatCommand("--user-message '" + message + "'")
	out, err := d.chat(ctx, document{"userMessage": message})
	if err != nil {
		return err
	}
	review, _ := out["actionReview"].(document)
	fields, _ := review["payload"].(document)
	if len(fields) == 0 || d.api.newest().ID != 102 {
		return fmt.Errorf("there is no form, or something was sent before it was confirmed: %v", out)
	}
	d.say("%s", indent(fmt.Sprint(out["systemMessage"])))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		field, _ := fields[key].(document)
		d.say("      %-10v %v", field["displayName"], field["value"])
	}
	return d.confirm(ctx, document{
		"pluginId": d.plugin, "payload": filled(fields), "payloadFieldNameSeparator": review["payloadFieldNameSeparator"],
	})
}

// filled are the fields of a form that have a value, as a confirmation has them.
func filled(fields document) document {
	payload := document{}
	for key, entry := range fields {
		field, _ := entry.(document)
		if v, there := field["value"]; there {
			payload[key] = document{"value": v}
		}
	}
	return payload
}

func (d *demo) confirm(ctx context.Context, execution document) error {
	d.heading("Confirm it, and look at the help desk")
	shown, err := json.Marshal(execution)
	if err != nil {
		return err
	}
	d.chatCommand("--action-execution '" + string(shown) + "'")
	out, err := d.chat(ctx, document{"actionExecution": execution})
	if err != nil {
		return err
	}
	d.say("%s", indent(fmt.Sprint(out["systemMessage"])))
	want := ticket{ID: 103, Subject: "Printer on floor 3 jams", Status: "open", Priority: "urgent", DueBy: "2026-12-01"}
	if got := d.api.newest(); got != want {
		return fmt.Errorf("the help desk has the ticket %+v, not %+v", got, want)
	}
	d.say("    The help desk has it: number %d, %q, %s, due by %s.", want.ID, want.Subject, want.Priority, want.DueBy)
	return nil
}

// reread asks for the conversation after the server was killed.
func (d *demo) reread(ctx context.Context) error {
	d.command("aws qbusiness list-messages --application-id " + d.app + " --conversation-id " + d.conversation)
	out, err := d.client.call(ctx, "GET", "/applications/"+d.app+"/conversations/"+d.conversation, nil)
	if err != nil {
		return err
	}
	messages, _ := out["messages"].([]any)
	if len(messages) != 6 {
		return fmt.Errorf("the conversation has %d messages, not the 6 of its three turns", len(messages))
	}
	d.say("    %d messages, the newest first.", len(messages))
	return nil
}

func indent(text string) string { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }
