package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// pluginRequest is a CreatePlugin request whose OpenAPI document has about that
// many bytes.
func pluginRequest(size int) request {
	const path = `    "/tickets/{id}": {"get": {"operationId": "getTicket", "description": "Reads a ticket."}},` + "\n"
	document := "{\n" + strings.Repeat(path, 1+size/len(path)) + "}"
	body := fmt.Sprintf(`{"displayName":"tickets","type":"CUSTOM","authConfiguration":{"noAuthConfiguration":{}},
		"customPluginConfiguration":{"description":"Tickets","apiSchemaType":"OPEN_API_V3","apiSchema":{"payload":%s}},
		"tags":[{"key":"team","value":"support"}],"clientToken":"0123456789"}`, mustJSON(document))
	return request{Labels: map[string]string{"applicationId": appID}, Header: jsonHeader(), Body: []byte(body)}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func BenchmarkBindCreatePlugin(b *testing.B) {
	for _, size := range []int{2 << 10, 1 << 20} {
		r := pluginRequest(size)
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(r.Body)))
			b.ReportAllocs()
			for b.Loop() {
				var in api.CreatePluginInput
				if refused := bindRequest(api.CreatePlugin.Route, r, &in); refused != nil {
					b.Fatal(refused)
				}
			}
		})
		b.Run(fmt.Sprintf("%dKB/encoding/json", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(r.Body)))
			b.ReportAllocs()
			for b.Loop() {
				var in api.CreatePluginInput
				if err := json.Unmarshal(r.Body, &in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBindGetPlugin(b *testing.B) {
	r := request{Labels: map[string]string{"applicationId": appID, "pluginId": pluginID}}
	b.ReportAllocs()
	for b.Loop() {
		var in api.GetPluginInput
		if refused := bindRequest(api.GetPlugin.Route, r, &in); refused != nil {
			b.Fatal(refused)
		}
	}
}

func BenchmarkAppendGetPlugin(b *testing.B) {
	text, at := func(s string) *string { return &s }, time.UnixMilli(1763812800123)
	kind, state, build := api.PluginTypeCustom, api.PluginStateEnabled, api.PluginBuildStatusReady
	out := &api.GetPluginOutput{
		ApplicationID: text(appID), PluginID: text(pluginID), DisplayName: text("tickets"), Type: &kind, State: &state, BuildStatus: &build,
		PluginARN: text("arn:aws:qbusiness:us-east-1:123456789012:application/" + appID + "/plugin/" + pluginID), CreatedAt: &at, UpdatedAt: &at,
		CustomPluginConfiguration: &api.CustomPluginConfiguration{Description: "Tickets", APISchemaType: api.APISchemaTypeOpenAPIV3,
			APISchema: &api.APISchema{S3: &api.S3{Bucket: "documents", Key: "openapi/tickets.yaml"}}},
		AuthConfiguration: &api.PluginAuthConfiguration{NoAuthConfiguration: &api.NoAuthConfiguration{}},
	}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = smithy.AppendJSON(dst[:0], api.GetPlugin.Route.Output, out)
	}
}
