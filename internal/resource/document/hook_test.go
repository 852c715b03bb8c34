package document

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/hook"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// functions is a small server that plays Lambda, with functions by name that get
// what is in the bucket and say what is to be there.
type functions struct {
	mu     sync.Mutex
	called []string
}

// shout has a file or text in capitals; fail ends with an error.
func (f *functions) serve(r *rig) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		var event struct {
			Bucket string `json:"s3Bucket"`
			Key    string `json:"s3ObjectKey"`
		}
		body, _ := io.ReadAll(req.Body)
		_ = json.Unmarshal(body, &event)
		name := strings.TrimSuffix(req.URL.Path[strings.LastIndex(req.URL.Path, ":")+1:], "/invocations")
		f.mu.Lock()
		f.called = append(f.called, name)
		f.mu.Unlock()
		if name == "fail" {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = io.WriteString(w, `{"errorType": "ValueError", "errorMessage": "canary"}`)
			return
		}
		data, err := blob.ReadAll(context.Background(), r.objects, event.Bucket, event.Key, 1<<20)
		if err == nil {
			text := strings.ToUpper(string(data))
			for _, word := range []string{"textContent", "documentBodyText"} {
				text = strings.Replace(text, strings.ToUpper(word), word, 1)
			}
			err = r.objects.Put(context.Background(), event.Bucket, "out/"+event.Key, []byte(text))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer, _ := json.Marshal(map[string]any{"version": "v0", "s3ObjectKey": "out/" + event.Key, "metadataUpdates": []any{
			map[string]any{"name": "_category", "value": map[string]any{"stringValue": "loud"}},
		}})
		_, _ = w.Write(answer)
	}
}

// calls gives the rig a server of functions.
func (r *rig) calls(t *testing.T) *functions {
	t.Helper()
	f := &functions{}
	server := httptest.NewServer(f.serve(r))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.Hooks = hook.New(hook.Config{
		Lambda: u, Objects: r.objects, Now: r.clock.Now,
		Out: outbound.New(outbound.Policy{Allow: []outbound.Origin{outbound.OriginOf(u)}}, slog.New(slog.DiscardHandler)),
		May: func(context.Context, hook.Errand) (string, error) { return "", nil },
	})
	return f
}

func calling(name string, when *api.DocumentAttributeCondition) *api.HookConfiguration {
	return &api.HookConfiguration{
		LambdaARN: new("arn:aws:lambda:us-east-1:111122223333:function:" + name), RoleARN: new("arn:aws:iam::111122223333:role/hooks"),
		S3BucketName: new("files"), InvocationCondition: when,
	}
}

func enriched(e api.DocumentEnrichmentConfiguration) func(*api.Document) {
	return func(d *api.Document) { d.DocumentEnrichmentConfiguration = &e }
}

// A document goes through rules, a function, extraction and another function; one
// whose function fails has failed, in words that say which, and no other.
func TestFunctionsAlterDocuments(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.calls(t)
		loud := &api.DocumentAttributeCondition{Key: "_category", Operator: api.DocumentEnrichmentConditionOperatorEquals, Value: &api.DocumentAttributeValue{StringValue: new("quiet")}}
		rule := api.InlineDocumentEnrichmentConfiguration{Target: &api.DocumentAttributeTarget{Key: "_category", Value: &api.DocumentAttributeValue{StringValue: new("quiet")}}}
		r.put(t,
			text("before", "Bread is baked.", titled("before"), enriched(api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: calling("shout", nil)})),
			text("after", "Soup is cooked.", titled("after"), enriched(api.DocumentEnrichmentConfiguration{PostExtractionHookConfiguration: calling("whisper", nil)})),
			text("rule", "Tea is drunk.", titled("rule"), enriched(api.DocumentEnrichmentConfiguration{
				InlineConfigurations: []api.InlineDocumentEnrichmentConfiguration{rule}, PreExtractionHookConfiguration: calling("shout", loud)})),
			text("no", "Milk is poured.", titled("no"), enriched(api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: calling("shout", loud)})),
			text("bad", "Beer is brewed.", titled("bad"), enriched(api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: calling("fail", nil)})),
		)
		r.exhaust(t)
		if diff := cmp.Diff(map[string]string{
			"before": "BREAD IS BAKED.", "after": "SOUP IS COOKED.", "rule": "TEA IS DRUNK.", "no": "Milk is poured.",
		}, r.follower().found(t)); diff != "" {
			t.Error(diff)
		}
		want := "bad FAILED InvalidRequest: the function fail ended with an error of its own, ValueError: its log says why."
		if got := r.states(t); !strings.EqualFold(strings.Split(got, "\n")[1], want) {
			t.Errorf("states:\n%s", got)
		}
		failed := 0
		for _, name := range f.called {
			if name == "fail" {
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("the function that fails was called %d times", failed)
		}
		for _, c := range r.log(t) {
			if want := map[bool]string{true: "", false: "loud"}[c.Title == "no"]; c.Attributes["_category"].Text != want {
				t.Errorf("%s is of category %q, want %q", c.Title, c.Attributes["_category"].Text, want)
			}
		}
	})
}

func TestNoFunctionsAreConfigured(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, text("a", "Bread is baked.", enriched(api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: calling("shout", nil)})))
		r.exhaust(t)
		if got := r.states(t); !strings.Contains(got, "--lambda-endpoint URL") || !strings.Contains(got, "--hook FUNCTION=URL") {
			t.Error(got)
		}
	})
}
