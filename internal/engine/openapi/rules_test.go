package openapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// head is 3 lines, sound 8: what follows in a case begins on line 4 or 9.
const head = `openapi: 3.0.3
info: {title: Tasks API, version: "1"}
servers: [{url: https://a.example.com/v1/}]
`

const sound = head + `paths:
  /tasks:
    get:
      description: Lists the tasks.
      responses: {"200": {description: ok}}
`

// op is a document with one operation, whose further members begin on line 9.
func op(method, path, rest string) string {
	return head + "paths:\n  " + path + ":\n    " + method + ":\n      description: Does it.\n      responses: {\"200\": {description: ok}}\n" + rest
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name, src    string
		grade        Grade
		rule         string
		pointer      string
		line, column int
		message      string // part of it
	}{
		// The bytes.
		{"empty", " \n", Refused, "empty", "", 1, 1, "empty"},
		{"too large", strings.Repeat(" ", 1<<20+1), Refused, "too-large", "", 1, 1, "1048577 bytes; at most 1048576"},
		{"UTF-16", "\xFF\xFE{\x00}\x00", Refused, "not-utf8", "", 1, 1, "UTF-16"},
		{"not UTF-8", "openapi: 3.0.3\ninfo: é\xC3(", Refused, "not-utf8", "", 2, 8, "byte 24 of the document (0xC3)"},
		{"control character", "a: b\nc: é\x00", Refused, "control-character", "", 2, 5, "U+0000"},
		{"byte order mark", "\xEF\xBB\xBF" + sound, Advice, "byte-order-mark", "", 1, 1, "byte order mark"},

		// Syntax.
		{"JSON syntax", "{\n  \"openapi\": \"3.0.3\",\n  \"é\": tru\n}", Refused, "json-syntax", "", 3, 8, "a value is expected here"},
		{"JSON comma", "{\"a\": 1\n \"b\": 2}", Refused, "json-syntax", "", 2, 2, "a comma or } is expected"},
		{"JSON string not closed", "{\"a\": \"b", Refused, "json-syntax", "", 1, 9, "not closed"},
		{"JSON tab in a string", "{\"a\": \"b\tc\"}", Refused, "json-syntax", "", 1, 9, "control character"},
		{"JSON escape", `{"a": "\q", "b": {}}`, Refused, "json-syntax", "", 1, 8, "backslash"},
		{"JSON number", `{"a": 01}`, Refused, "json-syntax", "", 1, 7, `"01" is not a number`},
		{"JSON after the end", `{"a": 1} }`, Refused, "json-syntax", "", 1, 10, "after the end"},
		{"JSON cut off", `{"a":`, Refused, "json-syntax", "", 1, 6, "ends too early"},
		{"JSON duplicate key", "{\"openapi\": \"3.0.3\",\n \"info\": {\"a/b\": 1,\n  \"a/b\": 2}}", Refused, "duplicate-key", "/info/a~1b", 3, 10, `"a/b" is given twice, first on line 2`},
		{"YAML duplicate key", "openapi: 3.0.3\ninfo:\n  title: a\n  title: b\n", Refused, "duplicate-key", "/info/title", 4, 10, "first on line 3"},
		{"YAML tab", "openapi: 3.0.3\ninfo:\n\ttitle: x\n", Refused, "yaml-syntax", "", 3, 1, "a tab is used"},
		{"YAML indentation", "openapi: 3.0.3\ninfo:\n   title: x\n  version: y\n", Refused, "yaml-syntax", "", 4, 3, "did not find expected key"},
		{"YAML two documents", sound + "---\nopenapi: 3.0.3\n", Refused, "several-documents", "", 9, 1, "more than one YAML document"},
		{"YAML unknown anchor", "openapi: *a\n", Refused, "yaml-syntax", "", 1, 1, "unknown anchor"},
		{"YAML anchor in itself", "a: &a\n  b: *a\n", Refused, "alias-loop", "", 2, 6, `"a" contains itself`},
		{"YAML merge of text", "a: &a x\nb:\n  <<: *a\n", Refused, "merge-not-object", "", 3, 7, "<<"},
		{"YAML version", "%YAML 1.2\n---\na: b\n", Refused, "yaml-syntax", "", 1, 1, "incompatible"},
		{"YAML object as key", "? {a: b}\n: c\n", Refused, "key-not-text", "", 1, 3, "member name"},

		// The document.
		{"not an object", "- a\n- b\n", Refused, "not-an-object", "", 1, 1, "is a list, not an object"},
		{"Swagger 2", "swagger: '2.0'\npaths: {}\n", Refused, "swagger-2", "/swagger", 1, 10, "Swagger 2.0"},
		{"no version", "info: {}\n", Refused, "openapi-missing", "", 1, 1, "openapi is missing"},
		{"OpenAPI 4", "openapi: 4.0.0\n", Refused, "openapi-version", "/openapi", 1, 10, `"4.0.0"`},
		{"version as a number", strings.Replace(sound, "3.0.3", "3.0", 1), Advice, "openapi-version-number", "/openapi", 1, 10, "a number"},
		{"no servers", strings.Replace(sound, "servers: [{url: https://a.example.com/v1/}]", "x-a: b", 1), Refused, "server-missing", "", 1, 1, "names no server"},
		{"empty servers", serving("[]"), Refused, "server-missing", "/servers", 3, 1, "names no server"},
		{"relative server", serving("[{url: /api/v3}]"), Refused, "server-relative", "/servers/0/url", 3, 17, `"/api/v3" does not say which host`},
		{"server without URL", serving("[{description: main}]"), Refused, "server-url-missing", "/servers/0", 3, 11, "no url"},
		{"server of another scheme", serving("[{url: 'wss://a.example.com'}]"), Refused, "server-scheme", "/servers/0/url", 3, 17, `"wss"`},
		{"server with credentials", serving("[{url: 'https://u:p@a.example.com'}]"), Refused, "server-credentials", "/servers/0/url", 3, 17, "user name or password"},
		{"server with credentials that is no URL", serving("[{url: 'https://u:p@a b'}]"), Refused, "server-credentials", "/servers/0/url", 3, 17, "user name or password"},
		{"server with a query", serving("[{url: 'https://a.example.com/?a=b'}]"), Refused, "server-query", "/servers/0/url", 3, 17, "query"},
		{"server that is no URL", serving("[{url: 'https://a b'}]"), Refused, "server-url", "/servers/0/url", 3, 17, "not a URL"},
		{"server variable without default", serving("[{url: 'https://{region}.example.com'}]"), Refused, "server-variable", "/servers/0/url", 3, 17, `"region" has no default`},
		{"plain http", serving("[{url: 'http://a.example.com'}]"), Advice, "server-plain-http", "/servers/0", 3, 11, "without encryption"},
		{"several servers", serving("[{url: /v1}, {url: https://b.example.com}]"), Advice, "server-several", "/servers", 3, 1, "a plugin calls one: https://b.example.com"},
		{"no paths", head, Refused, "paths-missing", "", 1, 1, "no paths"},
		{"no operations", head + "paths: {/a: {summary: x}}\n", Refused, "operations-none", "/paths", 4, 1, "no operation"},
		{"path without slash", sound + "  tasks/{id}:\n    get: {}\n", Refused, "path-slash", "/paths/tasks~1{id}", 9, 3, "does not begin with a slash"},
		{"path item of the wrong kind", sound + "  /b: [1]\n", Refused, "field-kind", "/paths/~1b", 9, 3, "must be an object (path item), not a list"},
		{"operation that is null", sound + "  /b:\n    get:\n", Refused, "field-kind", "/paths/~1b/get", 10, 9, "must be an object (operation), not null"},
		{"nothing callable", head + "paths:\n  /a:\n    get: {parameters: [{in: query}]}\n", Refused, "operations-none-callable", "/paths", 4, 1, "none of the 1 operations"},

		// References.
		{"external reference", op("post", "/a", "      requestBody: {$ref: 'other.yaml#/a'}\n"), Refused, "ref-external", "/paths/~1a/post/requestBody/$ref", 9, 27, `"other.yaml#/a" points outside`},
		{"external reference nobody uses", sound + "components: {schemas: {A: {$ref: 'http://b.example.com/a'}}}\n", Refused, "ref-external", "/components/schemas/A/$ref", 9, 34, "never fetched"},
		{"unresolved reference", op("get", "/a", "      parameters: [{$ref: '#/components/parameters/A'}]\n"), Refused, "ref-unresolved", "/paths/~1a/get/parameters/0/$ref", 9, 27, "points at nothing"},
		{"unresolved reference below a shared schema", withSchemas(`"S0":{"$ref":"#/components/schemas/S1"},"S1":{"items":{"$ref":"#/components/schemas/S2"}}`), Refused, "ref-unresolved", "/components/schemas/S1/items/$ref", 1, 329, "points at nothing"},
		{"unresolved reference nobody uses", sound + "components: {schemas: {A: {items: {$ref: '#/components/schemas/B'}}}}\n", Advice, "ref-unresolved", "/components/schemas/A/items/$ref", 9, 42, "no operation uses it in what it sends"},
		{"reference to the wrong thing", op("get", "/a", "      parameters: [{$ref: '#/components/schemas/A'}]\ncomponents: {schemas: {A: {type: string}}}\n"), Refused, "ref-kind", "/paths/~1a/get/parameters/0/$ref", 9, 27, "does not point at a parameter"},
		{"reference loop", withSchemas(`"S0":{"$ref":"#/components/schemas/S1"},"S1":{"$ref":"#/components/schemas/S0"}`), Refused, "ref-loop", "/paths/~1a/post/requestBody/content/application~1json/schema/$ref", 1, 168, "back again"},
		{"reference that is an anchor", op("get", "/a", "      parameters: [{$ref: '#param'}]\n"), Refused, "ref-unresolved", "/paths/~1a/get/parameters/0/$ref", 9, 27, "not a reference into this document"},

		// Operations.
		{"no description", head + "paths:\n  /a:\n    get:\n      responses: {'200': {description: ok}}\n", Advice, "operation-description", "/paths/~1a/get", 6, 5, "neither description nor summary"},
		{"summary only", head + "paths:\n  /a:\n    get:\n      summary: s\n      responses: {'200': {description: ok}}\n", Advice, "operation-description", "/paths/~1a/get", 6, 5, "its summary is used"},
		{"no responses", head + "paths:\n  /a:\n    get:\n      description: d\n", Advice, "operation-responses", "/paths/~1a/get", 6, 5, "no responses"},
		{"no good response", head + "paths:\n  /a:\n    get:\n      description: d\n      responses: {'404': {description: no}}\n", Advice, "response-success", "/paths/~1a/get/responses", 8, 7, "200 to 299"},
		{"answer that is not JSON", head + "paths:\n  /a:\n    get:\n      description: d\n      responses: {'200': {description: ok, content: {text/csv: {}}}}\n", Advice, "response-media-type", "/paths/~1a/get/responses/200/content", 8, 44, "not JSON"},
		{"no operationId", sound, Advice, "operation-id-missing", "/paths/~1tasks/get", 6, 5, `"getTasks"`},
		{"odd operationId", op("get", "/a", "      operationId: tasks.list all\n"), Advice, "operation-id-odd", "/paths/~1a/get/operationId", 9, 20, `"tasks_list_all"`},
		{"repeated operationId", op("get", "/a", "      operationId: a\n  /b:\n    get:\n      operationId: a\n      description: d\n      responses: {}\n"), Advice, "operation-id-repeated", "/paths/~1b/get/operationId", 12, 20, "another operation"},
		{"unpaired brace", op("get", "/a/{b", ""), Refused, "path-template", "/paths/~1a~1{b", 5, 3, "do not pair up"},
		{"query in the path", op("get", "/a?b=c", ""), Advice, "path-query", "/paths/~1a?b=c", 5, 3, "belongs to a query"},
		{"TRACE", op("trace", "/a", ""), Refused, "method-trace", "/paths/~1a/trace", 6, 5, "TRACE"},

		// Inputs.
		{"parameter without name", op("get", "/a", "      parameters:\n        - in: query\n"), Refused, "parameter-name", "/paths/~1a/get/parameters/0", 10, 11, "no name"},
		{"parameter in the body", op("get", "/a", "      parameters:\n        - {name: b, in: body}\n"), Refused, "parameter-location", "/paths/~1a/get/parameters/0", 10, 11, `"b" is in "body"`},
		{"path parameter absent from the path", op("get", "/a", "      parameters:\n        - {name: b, in: path, description: d}\n"), Advice, "parameter-path-query", "/paths/~1a/get/parameters/0", 10, 11, "sent in the query"},
		{"header parameter", op("get", "/a", "      parameters:\n        - {name: X-B, in: header, description: d}\n"), Advice, "parameter-header", "/paths/~1a/get/parameters/0", 10, 11, "header"},
		{"cookie parameter", op("get", "/a", "      parameters:\n        - {name: b, in: cookie, description: d}\n"), Advice, "parameter-cookie", "/paths/~1a/get/parameters/0", 10, 11, "cookie"},
		{"header that OpenAPI ignores", op("get", "/a", "      parameters:\n        - {name: Accept, in: header}\n"), Advice, "parameter-ignored", "/paths/~1a/get/parameters/0", 10, 11, `"Accept"`},
		{"parameter without description", op("get", "/a", "      parameters:\n        - {name: b, in: query}\n"), Advice, "parameter-description", "/paths/~1a/get/parameters/0", 10, 11, `"b" has no description`},
		{"path variable without parameter", op("get", "/a/{b}", ""), Advice, "parameter-implied", "/paths/~1a~1{b}/get", 6, 5, "{b} is not described"},
		{"parameters of the wrong kind", op("get", "/a", "      parameters: {a: b}\n"), Refused, "field-kind", "/paths/~1a/get/parameters", 9, 7, "must be a list, not an object"},
		{"list as parameter", op("get", "/a", "      parameters:\n        - {name: b, in: query, description: d, schema: {type: array, items: {}}}\n"), Advice, "input-array", "/paths/~1a/get/parameters/0", 10, 11, "no lists"},
		{"allOf in a body", op("post", "/a", "      requestBody: {content: {application/json: {schema: {allOf: [{type: object}]}}}}\n"), Advice, "input-composition", "/paths/~1a/post/requestBody/content/application~1json", 9, 31, "allOf"},
		{"body without content", op("post", "/a", "      requestBody: {description: b}\n"), Refused, "body-content", "/paths/~1a/post/requestBody", 9, 7, "no content"},
		{"body in XML", op("post", "/a", "      requestBody: {content: {application/xml: {schema: {type: object}}}}\n"), Refused, "body-structure", "/paths/~1a/post/requestBody/content/application~1xml", 9, 31, `"application/xml" cannot be made of object`},
		{"body as a form", op("post", "/a", "      requestBody: {content: {application/x-www-form-urlencoded: {}}}\n"), Advice, "body-media-type", "/paths/~1a/post/requestBody/content/application~1x-www-form-urlencoded", 9, 31, "application/json only"},
		{"body on GET", op("get", "/a", "      requestBody: {content: {application/json: {}}}\n"), Advice, "body-ignored", "/paths/~1a/get/requestBody", 9, 7, "GET"},
		{"body on DELETE", op("delete", "/a", "      requestBody: {content: {application/json: {}}}\n"), Advice, "body-delete", "/paths/~1a/delete/requestBody", 9, 7, "DELETE"},
		{"schema detail of the wrong kind", op("get", "/a", "      parameters:\n        - {name: b, in: query, description: d, schema: {type: string, minLength: -1}}\n"), Advice, "field-kind", "/paths/~1a/get/parameters/0/schema/minLength", 10, 82, "a whole number of at least 0, not a number"},

		// Authorization.
		{"scheme not declared", op("get", "/a", "      security: [{oauth: []}]\n"), Advice, "security-undeclared", "/paths/~1a/get/security/0", 9, 18, `"oauth" is not declared; the plugin's authConfiguration decides`},
		{"scheme not declared among others", op("get", "/a", "      security: [{oauth: []}]\ncomponents: {securitySchemes: {s: {type: http, scheme: basic}}}\n"), Refused, "security-undeclared", "/paths/~1a/get/security/0", 9, 18, `"oauth" is not declared`},
		{"scheme that cannot be met", op("get", "/a", "      security: [{s: []}]\ncomponents: {securitySchemes: {s: {type: mutualTLS}}}\n"), Refused, "security-unsupported", "/paths/~1a/get/security/0", 9, 18, `"s" cannot be met: schemes of type "mutualTLS"`},
		{"implicit flow", op("get", "/a", "      security: [{s: []}]\ncomponents: {securitySchemes: {s: {type: oauth2, flows: {implicit: {}}}}}\n"), Advice, "security-url", "/components/securitySchemes/s", 10, 32, "no authorizationUrl"},
		{"implicit flow with its URL", op("get", "/a", "      security: [{s: []}]\ncomponents: {securitySchemes: {s: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://b.example.com'}}}}}\n"), Advice, "security-url", "/components/securitySchemes/s", 10, 32, "no tokenUrl"},
		{"OpenID Connect", op("get", "/a", "      security: [{s: []}]\ncomponents: {securitySchemes: {s: {type: openIdConnect, openIdConnectUrl: 'https://b.example.com'}}}\n"), Advice, "security-url", "/components/securitySchemes/s", 10, 32, "no authorizationUrl"},
		{"security of the wrong kind", op("get", "/a", "      security: {s: []}\n"), Refused, "field-kind", "/paths/~1a/get/security", 9, 7, "must be a list, not an object"},
		{"API key", op("get", "/a", "      security: [{s: []}]\ncomponents: {securitySchemes: {s: {type: apiKey, in: header, name: X-Key}}}\n"), Advice, "security-beyond", "/components/securitySchemes/s", 10, 32, "only OAuth 2.0"},
		{"flow without authorizationUrl", op("get", "/a", "      security: [{s: [read]}]\ncomponents: {securitySchemes: {s: {type: oauth2, flows: {authorizationCode: {}}}}}\n"), Advice, "security-url", "/components/securitySchemes/s", 10, 32, "no authorizationUrl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, found := Parse([]byte(c.src), DefaultLimits())
			for _, f := range found {
				if f.Rule != c.rule || f.Pointer != c.pointer {
					continue
				}
				want := Finding{Grade: c.grade, Rule: c.rule, Pointer: c.pointer, Line: c.line, Column: c.column}
				if d := cmp.Diff(want, f, cmpopts.IgnoreFields(Finding{}, "Message", "Remedy")); d != "" {
					t.Error(d)
				}
				if !strings.Contains(f.Message, c.message) || f.Remedy == "" {
					t.Errorf("message %q, remedy %q; want a message with %q", f.Message, f.Remedy, c.message)
				}
				return
			}
			t.Errorf("no finding %s at %q among\n%v", c.rule, c.pointer, found)
		})
	}
}

func serving(servers string) string {
	return strings.Replace(sound, "[{url: https://a.example.com/v1/}]", servers, 1)
}
