package login

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/seal"
)

// FuzzState: only what state makes can be located, and each locator has its own.
func FuzzState(f *testing.F) {
	s := &Service{Keys: seal.Random()}
	made, err := s.state(locator{tenant, "app-1", "ABC"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{made, made[1:], made + "A", made + "=", "", "AQ", "\x00", "ÿ"} {
		f.Add(seed, "app-1", "ABC")
	}
	f.Fuzz(func(t *testing.T, state, application, id string) {
		if at, ok := s.locate(state); ok && state != made {
			t.Errorf("%q is located at %q", state, at)
		}
		want := locator{tenant, application, id}
		made, err := s.state(want)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := s.locate(made)
		if len(made) > maxState || hasNUL(application+id) {
			ok, got = true, want
		}
		if !ok || got != want {
			t.Errorf("%q is located at %q, %t", want, got, ok)
		}
		for i := range min(len(made), 8) {
			at := len(made) - 1 - i
			if _, ok := s.locate(made[:at] + string(made[at]^1) + made[at+1:]); ok {
				t.Errorf("%q is located with its character %d altered", made, at)
			}
		}
	})
}

func hasNUL(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true
		}
	}
	return false
}

// FuzzTokenAnswer: whatever a token endpoint answers, what is taken for tokens can
// be sent, and what is told of a refusal is one of the known codes.
func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"x"}`,
		`{"access_token":"a","expires_in":"3600","instance_url":"https://eu7.example.com"}`,
		`{"access_token":"a\n"}`, `{"access_token":7}`, `{"error":"invalid_grant","error_description":"x"}`, `{"error":{}}`,
		`{"ok":false,"error":"invalid_code"}`, `[]`, `null`, ``, `<html>`, `access_token=a`, `{"access_token":"a","token_type":"mac"}`,
		`{"access_token":"a","expires_in":1e999}`, `{"access_token":"a","access_token":"b"}`,
	} {
		f.Add(200, []byte(seed))
		f.Add(400, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got, err := readAnswer(status, body)
		if err == nil {
			if status < 200 || status > 299 || got.access == "" || !sendable(got.access) || !sendable(got.refresh) || got.life < 0 {
				t.Errorf("HTTP %d %q is taken for tokens: %+v", status, body, got)
			}
			if !json.Valid(body) {
				t.Errorf("%q is taken for JSON", body)
			}
			return
		}
		if !cmp.Equal(got, tokens{}, cmp.AllowUnexported(tokens{})) {
			t.Errorf("a refusal with tokens: %+v", got)
		}
		r, ok := err.(*refusal)
		if !ok || r.code != knownCode(r.code) || r.status != status {
			t.Errorf("%v", err)
		}
	})
}
