package connector_test

import (
	"encoding/json"
	"errors"
	"io"
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
		{`{"additionalProperties":{"isCrawlAcl":true,"isCrawlAcl":false}}`, with(func(s *connector.Settings) { s.ACL = false })},
		{`{"additionalProperties":{"isCrawlAcl":""}}`, plain},
		{`{"additionalProperties":{"ISCRAWLACL":false}}`, plain},
		{`{"ADDITIONALPROPERTIES":{"isCrawlAcl":false}}`, plain},
		{`{"additionalProperties":{"isCrawlAcl":false},"additionalProperties":{}}`, plain},
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
		{`{"type":7}`, "type", "has to be text; here is a JSON number"},
		{`{"additionalProperties":7}`, "additionalProperties", "has to be an object; here is a JSON number"},
		{`{"additionalProperties":{"enableDeletionProtection":"perhaps"}}`, "additionalProperties.enableDeletionProtection", `has to be true or false; here is "perhaps"`},
		{`{"additionalProperties":{"enableDeletionProtection":true,"deletionProtectionThreshold":"101"}}`, "additionalProperties.deletionProtectionThreshold", "from 0 to 100"},
		{`{"additionalProperties":{"deletionProtectionThreshold":"many"}}`, "additionalProperties.deletionProtectionThreshold", `has to be a whole number; here is "many"`},
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

func TestConvert(t *testing.T) {
	day := time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		v    facet.Value
		kind facet.Kind
		want facet.Value // the zero Value: it cannot be
	}{
		{facet.OfString("a"), facet.String, facet.OfString("a")},
		{facet.OfString("a"), facet.StringList, facet.OfList("a")},
		{facet.OfString("12"), facet.Number, facet.OfNumber(12)},
		{facet.OfString("2025-01-02"), facet.Date, facet.OfDate(day)},
		{facet.OfString("soon"), facet.Date, facet.Value{}},
		{facet.OfNumber(7), facet.String, facet.OfString("7")},
		{facet.OfNumber(7), facet.Date, facet.Value{}},
		{facet.OfDate(day), facet.String, facet.OfString("2025-01-02T00:00:00Z")},
		{facet.OfDate(day), facet.StringList, facet.OfList("2025-01-02T00:00:00Z")},
		{facet.OfList("a", "b"), facet.String, facet.Value{}},
		{facet.OfList("a", "b"), facet.StringList, facet.OfList("a", "b")},
	} {
		got, ok := connector.Convert(tt.v, tt.kind)
		if possible := tt.want.Kind != ""; ok != possible || ok && !cmp.Equal(got, tt.want) {
			t.Errorf("%+v as %s: %+v, %v", tt.v, tt.kind, got, ok)
		}
	}
}

func TestReservedKind(t *testing.T) {
	for name, want := range map[string]facet.Kind{
		"_created_at": facet.Date, "_last_updated_at": facet.Date, "_authors": facet.StringList, "_view_count": facet.Number, "_category": facet.String, "team": "",
	} {
		if got := connector.ReservedKind(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestBounded(t *testing.T) {
	for n, whole := range map[int]bool{0: true, 9: true, 10: true, 11: false, 5000: false} {
		data, err := io.ReadAll(connector.Bounded(io.NopCloser(strings.NewReader(strings.Repeat("x", n))), 10))
		if whole != (err == nil) || len(data) != min(n, 10) {
			t.Errorf("%d bytes: %d, %v", n, len(data), err)
		}
	}
}

func TestEnd(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	for _, tt := range []struct{ err, told, want error }{
		{first, nil, first}, {first, connector.ErrStop, first}, {first, second, second}, {connector.ErrStop, nil, connector.ErrStop}, {connector.ErrStop, second, second},
	} {
		told := ""
		if got := connector.End(tt.err, func(c string) error { told = c; return tt.told }, "here"); !errors.Is(got, tt.want) || told != "here" {
			t.Errorf("%v and %v: %v, told %q", tt.err, tt.told, got, told)
		}
	}
}
