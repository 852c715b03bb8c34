package oauthtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// ask sends a token request and returns the status and the answer.
func ask(t *testing.T, s *Server, form url.Values, change func(r *http.Request)) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	change(r)
	res, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

func asIs(*http.Request) {}

// form is a token request of the client.
func (s *Server) form(grantType string, more ...string) url.Values {
	f := url.Values{"grant_type": {grantType}, "client_id": {s.ID}, "client_secret": {s.secret}, "redirect_uri": {s.Redirect}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

func (s *Server) signInURL(more string) string {
	return s.URL + "/authorize?response_type=code&client_id=" + s.ID + "&state=1&redirect_uri=" + url.QueryEscape(s.Redirect) + more
}

// TestWhatIsUsedTwiceWasStolen: a code, and a refresh token that was rotated away,
// end the whole grant when they come again.
func TestWhatIsUsedTwiceWasStolen(t *testing.T) {
	s := New(t)
	s.Behave(func(b *Behaviour) { b.Rotate = true })
	honoured := func(access any) bool {
		return s.Call(func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+access.(string))
			return nil
		}) == 200
	}
	code := s.Visit(s.signInURL("")).Get("code")
	for _, again := range []string{"code", "refresh token"} {
		_, one := ask(t, s, s.form("authorization_code", "code", code), asIs)
		_, two := ask(t, s, s.form("refresh_token", "refresh_token", one["refresh_token"].(string)), asIs)
		if !honoured(one["access_token"]) || !honoured(two["access_token"]) {
			t.Fatal("fresh tokens are not honoured")
		}
		form := s.form("authorization_code", "code", code)
		if again == "refresh token" {
			form = s.form("refresh_token", "refresh_token", one["refresh_token"].(string))
		}
		if status, answer := ask(t, s, form, asIs); status != 400 || answer["error"] != "invalid_grant" {
			t.Errorf("the %s again: %d %v", again, status, answer["error"])
		}
		if honoured(one["access_token"]) || honoured(two["access_token"]) {
			t.Errorf("the %s came twice, and the tokens are still honoured", again)
		}
		code = s.Visit(s.signInURL("")).Get("code")
	}
}

func TestStrictness(t *testing.T) {
	s := New(t)
	for name, c := range map[string]struct {
		form   url.Values
		change func(r *http.Request)
		status int
		err    string
	}{
		"another secret": {s.form("client_credentials", "client_secret", "x"), asIs, 401, "invalid_client"},
		"credentials in both places": {s.form("client_credentials"), func(r *http.Request) { r.SetBasicAuth(s.ID, s.secret) },
			401, "invalid_client"},
		"another grant type":          {s.form("password"), asIs, 400, "unsupported_grant_type"},
		"a code nobody gave":          {s.form("authorization_code", "code", "x"), asIs, 400, "invalid_grant"},
		"another redirect URI":        {s.form("authorization_code", "code", s.Visit(s.signInURL("")).Get("code"), "redirect_uri", "x"), asIs, 400, "invalid_grant"},
		"a refresh token nobody gave": {s.form("refresh_token", "refresh_token", "x"), asIs, 400, "invalid_grant"},
	} {
		if status, answer := ask(t, s, c.form, c.change); status != c.status || answer["error"] != c.err {
			t.Errorf("%s: %d %v, want %d %s", name, status, answer["error"], c.status, c.err)
		}
	}
	for _, more := range []string{"&code_challenge=x", "&client_id=other", "&state="} {
		res, err := s.client.Get(strings.Replace(s.signInURL(""), "?", "?"+more[1:]+"&", 1))
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != 400 {
			t.Errorf("%s: %d", more, res.StatusCode)
		}
	}
}
