package wire

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/platform/audit"
)

// audited gives a server an audit record in dir.
func audited(t testing.TB, dir string, required bool) func(*Config) {
	t.Helper()
	book, err := audit.Open(audit.Config{Dir: dir, Required: required, NewID: uuid.NewString, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return func(c *Config) { c.Audit = book }
}

// records are the audit records of a request.
func records(t *testing.T, f *fixture, dir, id string) (found []audit.Record) {
	t.Helper()
	if err := f.config.Audit.Close(); err != nil {
		t.Fatal(err)
	}
	r := audit.Reader{Dir: dir, Filter: audit.Filter{RequestID: id}}
	if err := r.Read(t.Context(), func(r *audit.Record) error { found = append(found, *r); return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}

const auditedPath = "/applications/a1b2c3d4-5678-90ab-cdef-111122223333/plugins/b1b2c3d4-5678-90ab-cdef-111122223333"

// TestEveryRequestIsRecorded, however it ends; and no request that nobody signed.
func TestEveryRequestIsRecorded(t *testing.T) {
	type want struct{ Name, Code, Principal, Account, Address string }
	of := func(name, code string) *want { return &want{name, code, root.ARN(), root.Account, "127.0.0.1"} }
	for name, test := range map[string]struct {
		ask  func(t *testing.T, f *fixture) answer
		want *want
	}{
		"answered": {func(t *testing.T, f *fixture) answer { return f.call(t, "GET", auditedPath, "") }, of("GetPlugin", "")},
		"refused":  {func(t *testing.T, f *fixture) answer { return f.call(t, "POST", "/applications/short", "{}") }, nil},
		"invalid": {func(t *testing.T, f *fixture) answer {
			return f.call(t, "GET", "/applications/short/plugins/short", "")
		},
			of("GetPlugin", "ValidationException")},
		"internal": {func(t *testing.T, f *fixture) answer { return f.call(t, "GET", "/applications", "") },
			of("ListApplications", "InternalServerException")},
		"panic": {func(t *testing.T, f *fixture) answer { return f.call(t, "GET", "/pluginTypeMetadata", "") },
			of("ListPluginTypeMetadata", "InternalServerException")},
		"denied": {func(t *testing.T, f *fixture) answer {
			return send(t, http.DefaultClient, signAs(t, f.newRequest(t, "GET", auditedPath, ""), "", stranger.AccessKeyID, strangerSecret))
		}, &want{"GetPlugin", "AccessDeniedException", stranger.Principal, stranger.Account, "127.0.0.1"}},
		"wrong signature": {func(t *testing.T, f *fixture) answer {
			return send(t, http.DefaultClient, signAs(t, f.newRequest(t, "GET", auditedPath, ""), "", root.AccessKeyID, "another-secret"))
		}, nil},
		"unknown key": {func(t *testing.T, f *fixture) answer {
			return send(t, http.DefaultClient, signAs(t, f.newRequest(t, "GET", auditedPath, ""), "", "AKIANOBODY", "another-secret"))
		}, nil},
		"no signature": {func(t *testing.T, f *fixture) answer {
			return send(t, http.DefaultClient, f.newRequest(t, "GET", auditedPath, ""))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := start(t, audited(t, dir, false))
			id := test.ask(t, f).id()
			if err := f.end(); err != nil {
				t.Fatal(err)
			}
			var got *want
			for _, r := range records(t, f, dir, id) {
				got = &want{r.Name, r.Code, r.Identity.ARN, r.Identity.Account, r.Address}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestADecisionIsRecorded with what decided, and about what.
func TestADecisionIsRecorded(t *testing.T) {
	dir := t.TempDir()
	f := start(t, audited(t, dir, false))
	id := send(t, http.DefaultClient, signAs(t, f.newRequest(t, "GET", auditedPath, ""), "", stranger.AccessKeyID, strangerSecret)).id()
	if err := f.end(); err != nil {
		t.Fatal(err)
	}
	all := records(t, f, dir, id)
	if len(all) != 1 {
		t.Fatalf("%d records", len(all))
	}
	a := all[0].Additional.Authorization
	if a == nil || a.Allowed || a.Layer != "identity-based policy" || !all[0].Denied() {
		t.Errorf("%+v: %s", a, all[0].Line)
	}
	if len(all[0].Resources) != 2 || !strings.HasSuffix(all[0].Resources[1].ARN, strings.TrimPrefix(strings.Replace(auditedPath, "/plugins/", "/plugin/", 1), "/applications/")) {
		t.Errorf("%s", all[0].Line)
	}
}

// TestNothingIsServedUnrecorded where there has to be a record. The probe says so.
func TestNothingIsServedUnrecorded(t *testing.T) {
	for _, required := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "audit")
		f := start(t, audited(t, dir, required))
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		f.call(t, "GET", auditedPath, "")
		for f.config.Audit.Failing() == nil { // within 5 ms of the record
			runtime.Gosched()
		}
		got, ready := f.call(t, "GET", auditedPath, ""), probe(t, f)
		switch {
		case required && (got.status != 503 || got.members["message"] == nil || got.header.Get("x-amzn-ErrorType") != "ServiceUnavailable"):
			t.Errorf("required: %d %s", got.status, got.body)
		case required && ready != `503 {"status":"not ready"}`:
			t.Error(ready)
		case !required && (got.status != 200 || ready != `200 {"status":"ok","audit":"failing"}`):
			t.Errorf("%d %s, ready: %s", got.status, got.body, ready)
		}
	}
}

func probe(t *testing.T, f *fixture) string {
	t.Helper()
	resp, err := http.Get("http://" + f.addr + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(resp.Status[:3] + " " + string(b))
}
