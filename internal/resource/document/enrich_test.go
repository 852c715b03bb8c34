package document

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/hook"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// rules enrich a document.
func rules(all ...api.InlineDocumentEnrichmentConfiguration) func(*api.Document) {
	return func(d *api.Document) {
		d.DocumentEnrichmentConfiguration = &api.DocumentEnrichmentConfiguration{InlineConfigurations: all}
	}
}

func TestRules(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		set := api.InlineDocumentEnrichmentConfiguration{
			Condition: &api.DocumentAttributeCondition{Key: uriAttribute, Operator: api.DocumentEnrichmentConditionOperatorContains, Value: new(str("finance"))},
			Target:    &api.DocumentAttributeTarget{Key: titleAttribute, Value: new(str("Of finance"))},
		}
		drop := api.InlineDocumentEnrichmentConfiguration{
			Condition:               &api.DocumentAttributeCondition{Key: "_category", Operator: api.DocumentEnrichmentConditionOperatorEquals, Value: new(str("secret"))},
			DocumentContentOperator: new(api.DocumentContentOperatorDelete),
		}
		r.indexed(t,
			text("a", "one", titled("A"), having(uriAttribute, str("https://x/finance/a")), rules(set, drop)),
			text("b", "two", titled("B"), rules(set, drop)),
			text("c", "three", titled("C"), having("_category", str("secret")), rules(set, drop)),
		)
		r.wantStates(t, "a INDEXED", "b INDEXED", "c INDEXED")
		r.wantFound(t, r.follower(), map[string]string{"Of finance": "one", "B": "two", "C": ""})
		if n := r.rows(t, "document_part"); n != 2 {
			t.Errorf("%d parts are stored: what a rule drops is not to be kept", n)
		}
		_, err := r.content(as("ann@example.com"), t, "c", api.OutputFormatRaw)
		if err == nil {
			t.Error("dropped content has an address")
		}
	})
}

// A parser that fails for a while leaves the document waiting, and in the end it
// has failed.
func TestAParserThatFailsForAWhile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		tries := 0
		r.Extract = func(ctx context.Context, data []byte, name string, kind extract.Type, l extract.Limits) (*extract.Document, error) {
			if tries++; strings.HasPrefix(string(data), "bad") || tries < 3 {
				return nil, &extract.Error{Code: extract.InternalError, Message: "out of children", Retry: true}
			}
			return extract.Extract(ctx, data, name, kind, l)
		}
		r.indexed(t, text("a", "good", titled("A")))
		r.wantStates(t, "a INDEXED")
		if tries != 3 {
			t.Errorf("%d tries", tries)
		}
		r.indexed(t, text("b", "bad", titled("B")))
		r.wantStates(t, "a INDEXED", "b FAILED InternalError: "+unreadable().message)
	})
}

// Without functions configured, a document that asks for one fails and says how to
// have them.
func TestHooksThatAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := text("a", "one", titled("A"))
		d.DocumentEnrichmentConfiguration = &api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: &api.HookConfiguration{
			LambdaARN: new("arn:aws:lambda:us-east-1:111122223333:function:clean"), RoleARN: new("arn:aws:iam::111122223333:role/caller"),
		}}
		r.indexed(t, d)
		r.wantStates(t, "a FAILED InvalidRequest: This server calls no functions: start it with --lambda-endpoint URL or --hook FUNCTION=URL.")
	})
}

// functions plays a service that takes the envelopes of functions: clean takes
// secrets out of files, and down fails as often as it is told.
func (r *rig) functions(t *testing.T, failures int) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var in struct {
			Data string `json:"dataBlobStringEncodedInBase64"`
		}
		if failures--; failures >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		file, err := base64.StdEncoding.DecodeString(in.Data)
		if err != nil {
			t.Error(err)
		}
		clean := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(string(file), "hunter2", "***")))
		fmt.Fprintf(w, `{"version": "v0", "dataBlobStringEncodedInBase64": %q, "metadataUpdates": [{"name": "_document_title", "value": {"stringValue": "Cleaned"}}]}`, clean)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.Hooks = hook.New(hook.Config{
		URLs: map[string]*url.URL{"clean": u}, Objects: r.objects, Now: r.clock.Now,
		Out: outbound.New(outbound.Policy{Allow: []outbound.Origin{outbound.OriginOf(u)}}, slog.New(slog.DiscardHandler)),
		May: func(context.Context, hook.Errand) (string, error) { return "", nil },
	})
}

func cleaned(d *api.Document) {
	d.DocumentEnrichmentConfiguration = &api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: &api.HookConfiguration{
		LambdaARN: new("arn:aws:lambda:us-east-1:111122223333:function:clean"), RoleARN: new("arn:aws:iam::111122223333:role/caller"),
	}}
}

// What a function takes out of a file is nowhere: not in search, and not in what
// users fetch.
func TestFunctionBeforeExtraction(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.functions(t, 2)
		r.indexed(t, text("a", "The password is hunter2.", titled("A"), cleaned))
		r.wantStates(t, "a PROCESSING") // the function fails for a while
		r.exhaust(t)
		r.wantStates(t, "a INDEXED")
		r.wantFound(t, r.follower(), map[string]string{"Cleaned": "The password is ***."})
		out, err := r.content(as("ann@example.com"), t, "a", api.OutputFormatRaw)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := r.download(t, out.PresignedURL); err != nil || got != "The password is ***." {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestAFunctionThatIsDown(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.functions(t, 1000)
		r.indexed(t, text("a", "x", cleaned))
		r.exhaust(t)
		r.wantStates(t, "a FAILED InvalidRequest: The function clean could not be invoked: status 503.")
	})
}
