package wire

import (
	"bytes"
	"net/url"
	"reflect"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
)

// FuzzDecodeEvent: an event is refused as a client's mistake, or it sets the one
// member that its name says.
func FuzzDecodeEvent(f *testing.F) {
	for _, seed := range [][3]string{
		{"textEvent", "application/json", `{"userMessage":"hello"}`},
		{"configurationEvent", "application/json", `{"chatMode":"PLUGIN_MODE","chatModeConfiguration":{"pluginConfiguration":{"pluginId":"` + pluginID + `"}}}`},
		{"configurationEvent", "", `{"attributeFilter":{"andAllFilters":[{"equalsTo":{"name":"a","value":{"stringListValue":["b"]}}}]}}`},
		{"attachmentEvent", "application/json", `{"attachment":{"data":"aGVsbG8=","name":"a.txt"}}`},
		{"actionExecutionEvent", "application/json; charset=utf-8", `{"pluginId":"` + pluginID + `","payload":{"a":{"value":1}},"payloadFieldNameSeparator":"."}`},
		{"authChallengeResponseEvent", "application/json", `{"responseMap":{"code":"x"}}`},
		{"endOfInputEvent", "", ""},
		{"textEvent", "text/plain", "hello"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, media, payload string) {
		m := eventstream.Message{Payload: []byte(payload), Headers: []eventstream.Header{
			{Name: eventstream.MessageType, Type: eventstream.String, Value: []byte(eventstream.Event)},
			{Name: eventstream.EventType, Type: eventstream.String, Value: []byte(name)},
		}}
		if media != "" {
			m.Headers = append(m.Headers, eventstream.Header{Name: eventstream.ContentType, Type: eventstream.String, Value: []byte(media)})
		}
		var event api.ChatInputStream
		got, err := decodeEvent(m, events(api.Chat.Input), &event)
		if err != nil {
			if refused := fault.As(err); refused == nil || refused.Code != fault.Validation || refused.Reason == "" || refused.Message == "" {
				t.Fatal(err)
			}
			return
		}
		v := reflect.ValueOf(event)
		for i := range v.NumField() {
			if set := !v.Field(i).IsNil(); set != (events(api.Chat.Input).Members[i].Name == name) || got != name {
				t.Fatalf("%s (%s) sets %+v", name, got, event)
			}
		}
		again := smithy.AppendJSON(nil, eventOf(events(api.Chat.Input), name).Shape, v.Field(eventOf(events(api.Chat.Input), name).Field).Interface())
		m.Payload = again
		var second api.ChatInputStream
		if _, err := decodeEvent(m, events(api.Chat.Input), &second); err != nil {
			t.Fatalf("what was read cannot be read again: %v\n%s", err, again)
		}
	})
}

// FuzzChatInput: what a handshake asks for is refused, or within the model.
func FuzzChatInput(f *testing.F) {
	for _, seed := range []string{chatInput, `{}`, `{"applicationId":"x"}`, `null`, `[`, `{"applicationId":"` + appID + `","userGroups":["a","b"],"inputStream":{}}`} {
		f.Add("chat-input=" + url.QueryEscape(seed))
	}
	f.Add("chat-input=%zz")
	f.Add("chat-input={}&chat-input={}")
	door := newSocketEndpoint(api.Chat.Route)
	f.Fuzz(func(t *testing.T, query string) {
		var in api.ChatInput
		refused := webSocket{document: door.document}.bind(door.Route, request{Query: query}, &in)
		if refused != nil {
			if refused.Code != fault.Validation || refused.Message == "" {
				t.Fatal(refused)
			}
			return
		}
		if len(in.ApplicationID) != 36 {
			t.Fatalf("the application %q", in.ApplicationID)
		}
		again := smithy.AppendJSON(nil, door.document, &in)
		var second api.ChatInput
		if refused := (webSocket{document: door.document}).bind(door.Route, request{Query: "chat-input=" + url.QueryEscape(string(again))}, &second); refused != nil {
			t.Fatalf("%s: %v", again, refused)
		}
		if !bytes.Equal(again, smithy.AppendJSON(nil, door.document, &second)) {
			t.Fatalf("%s", again)
		}
	})
}
