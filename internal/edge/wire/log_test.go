package wire

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// event is the one record of a request, without what differs from run to run.
func (f *fixture) event(t *testing.T, a answer) map[string]any {
	t.Helper()
	var found []map[string]any
	waitFor(t, func() bool { // it is written after the answer
		found = slices.DeleteFunc(f.book.events(t, a.id()), func(e map[string]any) bool { return e["msg"] != "request" })
		return len(found) > 0
	})
	if len(found) > 1 {
		t.Errorf("%d events about one request", len(found))
	}
	for _, key := range []string{"time", "duration", "remote", "request_id", "msg"} {
		if found[0][key] == nil {
			t.Errorf("the event has no %s", key)
		}
	}
	maps.DeleteFunc(found[0], func(key string, _ any) bool {
		return slices.Contains([]string{"time", "duration", "remote", "request_id", "msg"}, key)
	})
	return found[0]
}

func TestEvents(t *testing.T) {
	f := start(t)
	const rootARN = "arn:aws:iam::000000000000:root"
	tests := []struct {
		name, method, target, body string
		unsigned                   bool
		want                       map[string]any
	}{
		{"an answer", "DELETE", pluginPath, "", false, map[string]any{
			"level": "INFO", "operation": "DeletePlugin", "status": 200., "bytes_in": 0., "account": "000000000000", "principal": rootARN}},
		{"an internal error", "GET", "/applications?nextToken=abc", "", false, map[string]any{
			"level": "ERROR", "operation": "ListApplications", "status": 500., "bytes_in": 0., "account": "000000000000", "principal": rootARN,
			"error": "InternalServerException", "cause": "the disk of the store is full"}},
		{"an undeclared error", "GET", applicationPath + "/plugins", "", false, map[string]any{
			"level": "ERROR", "operation": "ListPlugins", "status": 500., "bytes_in": 0., "account": "000000000000", "principal": rootARN,
			"error": "InternalServerException", "cause": "op: ListPlugins may not answer ServiceQuotaExceededException: ListPlugins does not declare this."}},
		{"not built", "GET", applicationPath + "/indices", "", false, map[string]any{
			"level": "INFO", "operation": "ListIndices", "status": 501., "bytes_in": 0., "account": "000000000000", "principal": rootARN, "error": "NotImplemented"}},
		{"not signed", "POST", applicationPath + "/plugins?x=y", "{}", true, map[string]any{
			"level": "INFO", "operation": "CreatePlugin", "status": 403., "bytes_in": 2., "error": "MissingAuthenticationToken"}},
		{"no route", "GET", "/nothing?secret=1", "", true, map[string]any{
			"level": "INFO", "operation": "unknown", "status": 404., "bytes_in": 0., "error": "UnknownOperationException", "method": "GET", "path": "/nothing"}},
		{"a probe", "GET", "/healthz", "", true, map[string]any{
			"level": "DEBUG", "operation": "probe", "status": 200., "bytes_in": 0., "method": "GET", "path": "/healthz"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := f.newRequest(t, tt.method, tt.target, tt.body)
			if !tt.unsigned {
				r = sign(t, r, tt.body)
			}
			a := send(t, http.DefaultClient, r)
			tt.want["bytes_out"] = float64(len(a.body))
			if diff := cmp.Diff(tt.want, f.event(t, a)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPanicIsLoggedWithItsStack(t *testing.T) {
	f := start(t)
	a := f.call(t, "GET", "/pluginTypeMetadata", "")
	event := f.event(t, a)
	if event["cause"] != "panic: a slip of the programmer" || event["level"] != "ERROR" {
		t.Errorf("event %v", event)
	}
	for _, e := range f.book.events(t, a.id()) {
		if stack, _ := e["stack"].(string); strings.Contains(stack, "fixture_test.go") && e["msg"] == "panic" {
			return
		}
	}
	t.Errorf("no stack under the request id:\n%s", f.book)
}

// What a request carries in its query, headers and body stays out of the log.
func TestNothingSecretInTheLog(t *testing.T) {
	f := start(t)
	f.call(t, "GET", "/nothing?X-Amz-Signature=sesame1&X-Amz-Credential=sesame2", "")
	f.call(t, "GET", "/applications/sesame3/plugins?userId=sesame4", "")
	f.call(t, "POST", applicationPath+"/plugins", `{"displayName":"sesame5","type":"sesame6"`)
	r := f.newRequest(t, "GET", pluginPath, "")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=sesame7, SignedHeaders=host, Signature=sesame8")
	send(t, http.DefaultClient, r)
	waitFor(t, func() bool { return strings.Count(f.book.String(), `"msg":"request"`) == 4 })
	if strings.Contains(f.book.String(), "sesame") {
		t.Error(f.book)
	}
}

func TestMetrics(t *testing.T) {
	f := start(t)
	f.call(t, "GET", pluginPath, "")
	f.call(t, "GET", pluginPath, "")
	f.call(t, "GET", applicationPath, "")
	f.call(t, "GET", "/nothing/"+strings.Repeat("x", 500), "")
	waitFor(t, func() bool { return testutil.ToFloat64(f.config.Metrics.inFlight) == 0 })
	want := `
# HELP parley_errors_total Requests answered with an error, by operation and type of error.
# TYPE parley_errors_total counter
parley_errors_total{operation="GetApplication",type="ResourceNotFoundException"} 1
parley_errors_total{operation="unknown",type="UnknownOperationException"} 1
# HELP parley_requests_in_flight Requests being answered.
# TYPE parley_requests_in_flight gauge
parley_requests_in_flight 0
# HELP parley_requests_total Requests answered, by operation.
# TYPE parley_requests_total counter
parley_requests_total{operation="GetApplication"} 1
parley_requests_total{operation="GetPlugin"} 2
parley_requests_total{operation="unknown"} 1
`
	if err := testutil.GatherAndCompare(f.figures, strings.NewReader(want), "parley_errors_total", "parley_requests_in_flight", "parley_requests_total"); err != nil {
		t.Error(err)
	}
	l := listen(t)
	web := &http.Server{Handler: f.config.Metrics.Handler()}
	go func() { _ = web.Serve(l) }()
	defer web.Close()
	resp, err := http.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := testutil.GatherAndCount(f.figures, "parley_request_duration_seconds"); resp.StatusCode != 200 || n != 3 || err != nil {
		t.Errorf("status %d, %d histograms, %v", resp.StatusCode, n, err)
	}
}
