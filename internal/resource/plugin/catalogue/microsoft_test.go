package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestTeams(t *testing.T) {
	v := meet(t, "MICROSOFT_TEAMS", credential, vendortest.Teams(t, credential))
	chats, channels := v.server.Records("chat"), v.server.Records("channel")
	for _, to := range []string{"Jane Roe", "jane", "JANE@example.com"} { // and not the group she is in too
		v.wants(201, "sendPrivateMessage", map[string]any{"chat-id": to, "body.content": "Lunch at \"noon\"?\nTim"})
		v.same(map[string]any{"where": chats[1]["id"], "body": map[string]any{"content": "Lunch at \"noon\"?\nTim", "contentType": "text"}}, v.last("message", "where", "body", "importance"))
	}
	v.wants(201, "sendPrivateMessage", map[string]any{"chat-id": "john doe", "body.content": "Hi", "importance": "urgent"})
	v.same(map[string]any{"where": chats[2]["id"], "importance": "urgent"}, v.last("message", "where", "importance"))
	v.wants(201, "sendPrivateMessage", map[string]any{"chat-id": chats[0]["id"], "body.content": "All"}) // a group by its id
	v.same(chats[0]["id"], v.last("message", "where")["where"])
	v.fails("sendPrivateMessage", map[string]any{"chat-id": "Ann", "body.content": "x"}, "nothing of that name")
	v.fails("sendPrivateMessage", map[string]any{"chat-id": "Tim Wright", "body.content": "x"}, "more than one")
	v.fails("sendPrivateMessage", map[string]any{"chat-id": "Jane Roe", "body.content": ""}, "content")
	v.wants(404, "sendPrivateMessage", map[string]any{"chat-id": "19:0000@thread.v2", "body.content": "x"})

	sent := v.wants(201, "sendChannelMessage", map[string]any{"team-id": "sales", "channel-id": "offers & prices", "subject": "News", "body.content": "<b>Cheaper</b>",
		"body.contentType": "html", "importance": "high"})
	v.same("News", at(sent, "subject"))
	v.same(map[string]any{"where": channels[1]["id"], "subject": "News", "importance": "high", "body": map[string]any{"content": "<b>Cheaper</b>", "contentType": "html"}},
		v.last("message", "where", "subject", "importance", "body"))
	v.wants(201, "sendChannelMessage", map[string]any{"team-id": "Sales", "body.content": "Hello"}) // its General
	v.same(channels[0]["id"], v.last("message", "where")["where"])
	v.fails("sendChannelMessage", map[string]any{"team-id": "S", "body.content": "x"}, "more than one")
	v.fails("sendChannelMessage", map[string]any{"team-id": "Sports", "channel-id": "Offers", "body.content": "x"}, "nothing of that name")
	v.fails("sendChannelMessage", map[string]any{"team-id": "Sales", "body.content": "x", "importance": "low"}, "importance")
	v.wants(404, "sendChannelMessage", map[string]any{"team-id": "Sports", "channel-id": channels[0]["id"], "body.content": "x"})
}

func TestExchange(t *testing.T) {
	v := meet(t, "MICROSOFT_EXCHANGE", credential, vendortest.Exchange(t, credential))
	for _, c := range []struct {
		operation string
		arguments map[string]any
		want      []any
	}{
		{"getEmails", map[string]any{}, []any{"Budget 2026", "Lunch?", "Re: Budget 2026"}}, // what came last first
		{"getEmails", map[string]any{"unread": true, "from": "jane"}, []any{"Budget 2026"}},
		{"getEmails", map[string]any{"unread": false, "subject": "budget"}, []any{"Budget 2026", "Re: Budget 2026"}},
		{"getEmails", map[string]any{"from": "john@example.com"}, []any{"Lunch?"}},
		{"getEmails", map[string]any{"from": "O'Neil"}, []any{"Lunch?"}},
		{"getEmails", map[string]any{"from": "x') or (isRead eq true", "with_attachments": true}, []any{}},
		{"getEmails", map[string]any{"received_since": "2026-02-08T12:00:00+01:00", "received_until": "2026-02-09T00:00:00Z"}, []any{}},
		{"getEmails", map[string]any{"received_since": "2026-02-08T11:00:00+01:00", "$top": 1}, []any{"Budget 2026"}},
		{"searchEmails", map[string]any{"text": "harbour"}, []any{"Lunch?"}},
		{"searchEmails", map[string]any{"text": `numbers "final"`}, []any{"Budget 2026"}},
		{"getCalendarEvents", map[string]any{"startDateTime": "2026-02-11T00:00:00+01:00", "endDateTime": "2026-02-12T00:00:00+01:00"}, []any{"Breakfast", "Board meeting"}},
		{"getCalendarEvents", map[string]any{"startDateTime": "2026-02-11T00:00:00Z", "endDateTime": "2026-02-12T00:00:00Z", "subject": "board", "all_day": false}, []any{"Board meeting"}},
	} {
		v.same(c.want, each(at(v.wants(200, c.operation, c.arguments), "value"), "subject"))
	}
	day := map[string]any{"startDateTime": "2026-02-11T00:00:00Z", "endDateTime": "2026-02-11T12:00:00Z"}
	v.same("2026-02-11T07:00:00.0000000", at(v.wants(200, "getCalendarEvents", day), "value", 0, "start", "dateTime"))
	day["time_zone"] = "Europe/Berlin"
	v.same("2026-02-11T08:00:00.0000000", at(v.wants(200, "getCalendarEvents", day), "value", 0, "start", "dateTime"))
	calls := v.server.Calls()
	v.same(`outlook.body-content-type="text", outlook.timezone="Europe/Berlin"`, calls[len(calls)-1].Header.Get("Prefer"))
	day["time_zone"] = "Moon/Crater"
	v.same("TimeZoneNotSupportedException", at(v.wants(400, "getCalendarEvents", day), "error", "code"))

	v.fails("getCalendarEvents", map[string]any{"startDateTime": "2026-02-11T00:00:00Z"}, "endDateTime")
	v.fails("getCalendarEvents", map[string]any{"startDateTime": "today", "endDateTime": "2026-02-11T00:00:00Z"}, "startDateTime")
	v.fails("getEmails", map[string]any{"received_since": "yesterday"}, "received_since")
	v.fails("searchEmails", map[string]any{}, "text")
	v.wants(400, "getCalendarEvents", map[string]any{"startDateTime": "2026-02-12T00:00:00Z", "endDateTime": "2026-02-11T00:00:00Z"})
}
