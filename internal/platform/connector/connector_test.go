package connector_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/connector"
)

func TestSettings(t *testing.T) {
	plain := connector.Settings{Mode: connector.FullCrawl, Deletions: 100, ACL: true}
	with := func(change func(*connector.Settings)) connector.Settings {
		s := plain
		change(&s)
		return s
	}
	for _, tt := range []struct {
		config string
		want   connector.Settings
	}{
		{`{}`, plain},
		{`{"type":"S3","syncMode":"FORCED_FULL_CRAWL","version":"1.0.0","secretArn":"arn:x"}`, with(func(s *connector.Settings) {
			s.Type, s.Mode, s.Secret = "S3", connector.ForcedFullCrawl, "arn:x"
		})},
		{`{"additionalProperties":{"enableDeletionProtection":true}}`, with(func(s *connector.Settings) { s.Deletions = 15 })},
		{`{"additionalProperties":{"enableDeletionProtection":"true","deletionProtectionThreshold":"0"}}`, with(func(s *connector.Settings) { s.Deletions = 0 })},
		{`{"additionalProperties":{"enableDeletionProtection":"false","deletionProtectionThreshold":"7"}}`, plain},
		{`{"additionalProperties":{"deletionProtectionThreshold":null,"isCrawlAcl":null}}`, plain},
		{`{"additionalProperties":{"isCrawlAcl":"false"}}`, with(func(s *connector.Settings) { s.ACL = false })},
	} {
		got, problems := connector.SettingsOf(json.RawMessage(tt.config))
		if diff := cmp.Diff(tt.want, got); diff != "" || problems != nil {
			t.Errorf("%s: %s, %v", tt.config, diff, problems)
		}
	}
}

func TestSettingsProblems(t *testing.T) {
	for _, tt := range []struct{ config, field, message string }{
		{`{"syncMode":"SOMETIMES"}`, "syncMode", `"SOMETIMES" is none of`},
		{`{"version":"2"}`, "version", "the version of the template is 1.0.0"},
		{`{"type":7}`, "type", "must not be a JSON number"},
		{`{"additionalProperties":7}`, "additionalProperties", "must not be a JSON number"},
		{`{"additionalProperties":{"enableDeletionProtection":"perhaps"}}`, "additionalProperties.enableDeletionProtection", "string that is neither true nor false"},
		{`{"additionalProperties":{"enableDeletionProtection":true,"deletionProtectionThreshold":"101"}}`, "additionalProperties.deletionProtectionThreshold", "from 0 to 100"},
		{`{"additionalProperties":{"deletionProtectionThreshold":"many"}}`, "additionalProperties.deletionProtectionThreshold", "string that is no whole number"},
		{`{`, "", "is not JSON"},
		{`{"type":"` + strings.Repeat("x", 256<<10) + `"}`, "", "has more than 262144 bytes"},
	} {
		_, problems := connector.SettingsOf(json.RawMessage(tt.config))
		if len(problems) != 1 || problems[0].Field != tt.field || !strings.Contains(problems[0].Message, tt.message) {
			t.Errorf("%.60s: %+v", tt.config, problems)
		}
	}
}

func TestValueOf(t *testing.T) {
	day := time.Date(2012, 3, 25, 12, 30, 10, 0, time.FixedZone("", 3600))
	for _, tt := range []struct {
		field any
		kind  facet.Kind
		want  facet.Value // the zero Value: it cannot be
	}{
		{"a", "", facet.OfString("a")},
		{true, "", facet.OfString("true")},
		{[]any{"a", 1.5}, "", facet.OfList("a", "1.5")},
		{7.0, "", facet.OfNumber(7)},
		{day, "", facet.OfDate(day)},
		{nil, "", facet.Value{}},
		{map[string]any{}, "", facet.Value{}},
		{7.5, "", facet.Value{}},
		{1e300, "", facet.Value{}},
		{7.0, facet.String, facet.OfString("7")},
		{int64(7), facet.String, facet.OfString("7")},
		{day, facet.String, facet.OfString("2012-03-25T11:30:10Z")},
		{"a", facet.StringList, facet.OfList("a")},
		{[]any{map[string]any{}}, facet.StringList, facet.Value{}},
		{" 12 ", facet.Number, facet.OfNumber(12)},
		{"twelve", facet.Number, facet.Value{}},
		{"2012-03-25T12:30:10+01:00", facet.Date, facet.OfDate(day)},
		{"2012-03-25", facet.Date, facet.OfDate(time.Date(2012, 3, 25, 0, 0, 0, 0, time.UTC))},
		{"25.3.2012", facet.Date, facet.Value{}},
		{7.0, facet.Date, facet.Value{}},
	} {
		got, ok := connector.ValueOf(tt.field, tt.kind)
		if possible := tt.want.Kind != ""; ok != possible || ok && !cmp.Equal(got, tt.want) {
			t.Errorf("%v as %q: %+v, %v", tt.field, tt.kind, got, ok)
		}
	}
}

func TestMap(t *testing.T) {
	mappings := []connector.Mapping{
		{Index: "size", Type: "LONG", Source: "bytes"}, {Index: "tags", Type: "STRING_LIST", Source: "tag"},
		{Index: "when", Type: "DATE", Source: "tag"}, {Index: "absent", Type: "STRING", Source: "absent"},
	}
	got := connector.Map(mappings, map[string]any{"bytes": "12", "tag": "x"})
	if diff := cmp.Diff(facet.Values{"size": facet.OfNumber(12), "tags": facet.OfList("x")}, got); diff != "" {
		t.Error(diff)
	}
	problems := connector.CheckMappings("document.fieldMappings", []connector.Mapping{{Index: "a", Type: "STRING", Source: "b"}, {Type: "TEXT"}})
	var fields []string
	for _, p := range problems {
		fields = append(fields, p.Field)
	}
	want := []string{"document.fieldMappings.1.indexFieldName", "document.fieldMappings.1.dataSourceFieldName", "document.fieldMappings.1.indexFieldType"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Error(diff)
	}
}

func TestItemValues(t *testing.T) {
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	it := connector.Item{URI: "https://a.test/", ModifiedAt: then, Attributes: facet.Values{"_source_uri": facet.OfString("https://other.test/")}}
	want := facet.Values{"_source_uri": facet.OfString("https://other.test/"), "_last_updated_at": facet.OfDate(then)}
	if diff := cmp.Diff(want, it.Values()); diff != "" {
		t.Error(diff)
	}
}

func TestConform(t *testing.T) {
	v := facet.Values{"list": facet.OfString("a"), "number": facet.OfString("12"), "unknown": facet.OfNumber(1), "date": facet.OfString("soon"), "text": facet.OfList("a", "b")}
	got, dropped := connector.Conform(v, map[string]facet.Kind{"list": facet.StringList, "number": facet.Number, "date": facet.Date, "text": facet.String})
	if diff := cmp.Diff(facet.Values{"list": facet.OfList("a"), "number": facet.OfNumber(12)}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"date", "text", "unknown"}, dropped); diff != "" {
		t.Error(diff)
	}
}
