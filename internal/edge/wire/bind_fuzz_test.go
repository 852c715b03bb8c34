package wire

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
)

// FuzzBind sends anything to any operation: it is refused with a reason and
// bounded words, or it is an input that is written and read again the same.
func FuzzBind(f *testing.F) {
	f.Add(uint8(0), appID, "", []byte(`{}`), "application/json", "")
	f.Add(uint8(20), appID, "", []byte(`{"displayName":"a","type":"CUSTOM","authConfiguration":{"noAuthConfiguration":{}}}`), "application/json; charset=utf-8", "*/*")
	f.Add(uint8(60), "a%2Fb%zz", "maxResults=7&nextToken=%ff&x", []byte(nil), "", "text/html,application/*;q=0.5")
	f.Add(uint8(82), "", "tagKeys=a&tagKeys=b&&=;", []byte(`[`), "text/plain", "application/json;q=0")
	f.Fuzz(func(t *testing.T, which uint8, label, query string, body []byte, contentType, accept string) {
		route := api.Routes[int(which)%len(api.Routes)]
		r := request{Labels: map[string]string{}, Query: query, Header: http.Header{}, Body: body}
		for _, m := range route.Input.Members {
			r.Labels[m.Name] = label
		}
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		in := route.NewInput()
		if refused := bindRequest(route, r, in); refused != nil {
			checkRefusal(t, refused)
			return
		}
		again := route.NewInput()
		if refused := bindRequest(route, encodeRequest(route, in), again); refused != nil {
			t.Fatalf("%s is refused when sent again: %v %v", route.Name, refused, refused.Fields)
		}
		if diff := cmp.Diff(in, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func checkRefusal(t *testing.T, refused *fault.Error) {
	t.Helper()
	switch {
	case refused.Code == unsupportedMediaType, refused.Code == notAcceptable:
	case refused.Code != fault.Validation, refused.Reason != fault.CannotParse && refused.Reason != fault.FieldValidationFailed:
		t.Fatalf("refused as %+v", refused)
	}
	if len(refused.Fields) > 100 || refused.Message == "" {
		t.Fatalf("%d fields, message %q", len(refused.Fields), refused.Message)
	}
	for _, f := range refused.Fields {
		if f.Name == "" || len(f.Name) > 5000 || len(f.Message) > 2000 || !strings.HasSuffix(f.Message, ".") {
			t.Fatalf("field %q: %q", f.Name, f.Message)
		}
	}
}
