package vendortest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Ids of Teams, of the shapes that its ids have.
const (
	chatWithJane = "19:8b081ef6-4792-4def-b2c9-c363a1bf41d5_82af01c5-f7cc-4a2e-a728-3a5df21afd9d@unq.gbl.spaces"
	teamSales    = "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b"
	generalSales = "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2"
)

// Teams is Microsoft Graph's part for chats and channels. It is written from
// "chatMessage: Send in a channel or a chat", "List chats", "List joinedTeams"
// and "List channels".
//
// Tim has a chat with Jane, one with John, and the group "Lunch" with both; he is
// in the teams Sales, with the channels General and Offers, and Sports. Records
// are kept as "message", with the chat or channel.
func Teams(t testing.TB, authorization string) *Server {
	t.Helper()
	s := start(t, authorization, graphDialect(), map[string]operation{
		"GET /v1.0/me/chats":                                  listChats,
		"GET /v1.0/me/joinedTeams":                            func(s *Server, r *request) answer { return plainList(r, s.records["team"]) },
		"GET /v1.0/teams/{team}/channels":                     listChannels,
		"POST /v1.0/chats/{chat}/messages":                    sendToChat,
		"POST /v1.0/teams/{team}/channels/{channel}/messages": sendToChannel,
	})
	member := func(name, email string) any { return map[string]any{"displayName": name, "email": email} }
	tim, jane, john := member("Tim Wright", "tim@example.com"), member("Jane Roe", "jane@example.com"), member("John Doe", "john@example.com")
	s.Add("chat", Record{"id": "19:561082c0f3f847a58069deb8eb300807@thread.v2", "chatType": "group", "topic": "Lunch", "members": []any{tim, jane, john}})
	s.Add("chat", Record{"id": chatWithJane, "chatType": "oneOnOne", "topic": nil, "members": []any{tim, jane}})
	s.Add("chat", Record{"id": strings.Replace(chatWithJane, "82af", "48bf", 1), "chatType": "oneOnOne", "topic": nil, "members": []any{john, tim}})
	s.Add("team", Record{"id": teamSales, "displayName": "Sales", "description": "All who sell"})
	s.Add("team", Record{"id": "8090c93e-ba7c-433e-9f39-08c7ba07c0b3", "displayName": "Sports", "description": nil})
	s.Add("channel", Record{"id": generalSales, "team": teamSales, "displayName": "General"})
	s.Add("channel", Record{"id": "19:561fbdbbfca848a484f0a6f00ce9dbbd@thread.tacv2", "team": teamSales, "displayName": "Offers & prices"})
	return s
}

func listChats(s *Server, r *request) answer {
	q := r.URL.Query()
	if expand := q.Get("$expand"); expand != "" && expand != "members" && expand != "lastMessagePreview" {
		return graphFailure(http.StatusBadRequest, "BadRequest", "Expanding '"+expand+"' is not supported.")
	}
	chats := collection{kinds: map[string]string{"chatType": "string", "topic": "string"}, options: []string{"$expand", "$filter", "$top", "$orderby"}, top: 50}
	var rows []Record
	for _, chat := range s.records["chat"] {
		if q.Get("$expand") != "members" {
			chat = Record{"id": chat["id"], "chatType": chat["chatType"], "topic": chat["topic"]}
		}
		rows = append(rows, chat)
	}
	return chats.list(rows, q)
}

// plainList is one that takes no options but $select and $filter.
func plainList(r *request, rows []Record) answer {
	names := collection{kinds: map[string]string{"id": "string", "displayName": "string", "description": "string"}, options: []string{"$select", "$filter"}, top: 999}
	if r.URL.Query().Has("$top") {
		return graphFailure(http.StatusBadRequest, "BadRequest", "Query option 'Top' is not allowed.")
	}
	return names.list(rows, r.URL.Query())
}

func listChannels(s *Server, r *request) answer {
	if s.find("team", "id", r.PathValue("team")) == nil {
		return graphFailure(http.StatusNotFound, "NotFound", "No team found with Group Id "+r.PathValue("team"))
	}
	rows := slices.DeleteFunc(slices.Clone(s.records["channel"]), func(c Record) bool { return c["team"] != r.PathValue("team") })
	return plainList(r, rows)
}

func sendToChat(s *Server, r *request) answer {
	chat := s.find("chat", "id", r.PathValue("chat"))
	if chat == nil {
		return graphFailure(http.StatusNotFound, "NotFound", "ThreadId does not exist: "+r.PathValue("chat"))
	}
	if _, given := r.body["subject"]; given {
		return graphFailure(http.StatusBadRequest, "BadRequest", "Subject is not supported in a chat.")
	}
	return s.sent(r, chat["id"])
}

func sendToChannel(s *Server, r *request) answer {
	channel := s.find("channel", "id", r.PathValue("channel"))
	if channel == nil || channel["team"] != r.PathValue("team") {
		return graphFailure(http.StatusNotFound, "NotFound", "The requested channel is not part of the team.")
	}
	return s.sent(r, channel["id"])
}

// messageShape is what of a chatMessage can be given.
var messageShape = shape{
	"body": {kind: "object", required: true, members: shape{
		"content": {kind: "string", required: true, max: 28000}, "contentType": {kind: "string", enum: []string{"text", "html"}},
	}},
	"subject":    {kind: "string"},
	"importance": {kind: "string", enum: []string{"normal", "high", "urgent"}},
}

func (s *Server) sent(r *request, where any) answer {
	for _, p := range messageShape.problems(r.body) {
		switch p.what {
		case missing:
			return graphFailure(http.StatusBadRequest, "BadRequest", "Missing body content")
		case unknown:
			return graphFailure(http.StatusBadRequest, "BadRequest", "Invalid request body was sent: the property '"+p.path+"' does not exist on type 'Microsoft.Teams.GraphSvc.chatMessage'.")
		default:
			return graphFailure(http.StatusBadRequest, "BadRequest", "Invalid request body was sent: "+p.say)
		}
	}
	message := Record{"id": strconv.Itoa(1616990032034 + s.serial()), "where": where}
	maps.Copy(message, r.body)
	s.add("message", message)
	return answer{status: http.StatusCreated, body: map[string]any{"id": message["id"], "messageType": "message", "body": message["body"], "subject": message["subject"],
		"importance": message["importance"], "createdDateTime": "2026-02-10T12:00:00Z", "webUrl": nil}}
}
