package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestGoogleCalendar(t *testing.T) {
	v := meet(t, "GOOGLE_CALENDAR", credential, vendortest.Google(t, credential))
	for _, c := range []struct {
		operation string
		arguments map[string]any
		want      []any
	}{
		{"listEvents", map[string]any{}, []any{"Budget review", "Dentist"}}, // as they begin
		{"listEvents", map[string]any{"timeMin": "2026-03-03T00:00:00+01:00", "timeMax": "2026-03-04T00:00:00+01:00"}, []any{"Dentist"}},
		{"listEvents", map[string]any{"showDeleted": true, "maxResults": 2}, []any{"Lunch", "Budget review"}},
		{"listEvents", map[string]any{"calendarId": "team", "timeZone": "Europe/Berlin"}, []any{"Team budget"}},
		{"listEvents", map[string]any{"calendarId": "Holidays"}, []any{"Good Friday"}}, // an id with a #
		{"listEvents", map[string]any{"calendarId": "Tim"}, []any{"Budget review", "Dentist"}},
		{"findEvents", map[string]any{"q": "budget"}, []any{"Budget review"}},
		{"findEvents", map[string]any{"q": "budget", "calendarId": "Team", "timeMin": "2026-03-06T00:00:00Z"}, []any{}},
	} {
		v.same(c.want, each(at(v.wants(200, c.operation, c.arguments), "items"), "summary"))
	}
	v.fails("listEvents", map[string]any{"calendarId": "Choir"}, "nothing of that name")
	v.fails("listEvents", map[string]any{"timeMin": "tomorrow"}, "timeMin")
	v.fails("findEvents", map[string]any{}, "q")
	v.same("Not Found", at(v.wants(404, "listEvents", map[string]any{"calendarId": "someone@example.com"}), "error", "message"))
	v.same("timeRangeEmpty", at(v.wants(400, "listEvents", map[string]any{"timeMin": "2026-03-04T00:00:00Z", "timeMax": "2026-03-03T00:00:00Z"}), "error", "errors", 0, "reason"))
	v.wants(400, "findEvents", map[string]any{"q": "x", "timeZone": "Moon/Crater"})
}
