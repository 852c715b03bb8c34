package oauthtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

// authorize is the authorization endpoint (RFC 6749, section 3.1). It signs
// everybody in at once.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	switch {
	case q.Get("response_type") != "code", q.Get("client_id") != s.ID, q.Get("redirect_uri") != s.Redirect, q.Get("state") == "":
		http.Error(w, "not a request of this client", http.StatusBadRequest)
		return
	case q.Has("code_challenge"):
		http.Error(w, "PKCE is switched off here", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {q.Get("state")}}
	if s.behave.Deny {
		back.Set("error", "access_denied")
		back.Set("error_description", Canary+": the person said no")
	} else {
		code := s.make("code")
		s.codes[code] = true
		back.Set("code", code)
	}
	http.Redirect(w, r, s.Redirect+"?"+back.Encode(), http.StatusFound)
}

// token is the token endpoint (RFC 6749, section 3.2).
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, "invalid_request")
		return
	}
	if hold := s.count(r.PostForm.Get("grant_type")); hold != nil {
		hold(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behave.Answer != nil {
		if status, body := s.behave.Answer(r.PostForm); status != 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
	}
	if !s.isClient(r) {
		fail(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	family, refresh, problem := s.honour(r.PostForm)
	if problem != "" {
		fail(w, http.StatusBadRequest, problem)
		return
	}
	s.give(w, family, refresh)
}

// count counts a token request and returns Hold.
func (s *Server) count(grantType string) func(*http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[grantType]++
	return s.behave.Hold
}

// isClient checks the client's credentials: in one place, not in both.
func (s *Server) isClient(r *http.Request) bool {
	id, secret, inHeader := r.BasicAuth()
	if !inHeader {
		return !s.behave.InHeader && r.PostForm.Get("client_id") == s.ID && r.PostForm.Get("client_secret") == s.secret
	}
	id, err := url.QueryUnescape(id)
	secret, bad := url.QueryUnescape(secret)
	return err == nil && bad == nil && id == s.ID && secret == s.secret && !r.PostForm.Has("client_secret")
}

// honour looks at what the client has to offer. The new tokens belong to the
// family, whose refresh token is to be given.
func (s *Server) honour(form url.Values) (family, refresh, problem string) {
	switch form.Get("grant_type") {
	case "client_credentials":
		return s.make("family"), "", ""
	case "authorization_code":
		code := form.Get("code")
		if unused := s.codes[code]; !unused || form.Get("redirect_uri") != s.Redirect {
			s.end(code) // RFC 6749, section 4.1.2: a code that comes twice was stolen
			return "", "", "invalid_grant"
		}
		s.codes[code] = false
		if !s.behave.NoRefresh {
			refresh = s.make("refresh")
			s.refresh[refresh] = code
		}
		return code, refresh, ""
	case "refresh_token":
		return s.renew(form.Get("refresh_token"))
	}
	return "", "", "unsupported_grant_type"
}

func (s *Server) renew(old string) (family, refresh, problem string) {
	family, ok := s.refresh[old]
	if !ok {
		if stolen, rotated := s.replaced[old]; rotated {
			s.end(stolen)
		}
		return "", "", "invalid_grant"
	}
	if s.behave.Rotate {
		delete(s.refresh, old)
		s.replaced[old] = family
		refresh = s.make("refresh")
		s.refresh[refresh] = family
	}
	return family, refresh, ""
}

// end takes back the tokens of a family.
func (s *Server) end(family string) {
	for _, tokens := range []map[string]string{s.access, s.refresh} {
		for token, of := range tokens {
			if of == family {
				delete(tokens, token)
			}
		}
	}
}

func (s *Server) give(w http.ResponseWriter, family, refresh string) {
	access := s.make("access")
	s.access[access] = family
	answer := map[string]any{"access_token": access, "token_type": "Bearer"}
	if refresh != "" {
		answer["refresh_token"] = refresh
	}
	if s.behave.Life > 0 {
		answer["expires_in"] = s.behave.Life
	}
	if s.behave.Instance != "" {
		answer["instance_url"] = s.behave.Instance
	}
	reply(w, http.StatusOK, answer)
}

// fail answers an error (RFC 6749, section 5.2), with a description that quotes
// what nobody should repeat.
func fail(w http.ResponseWriter, status int, code string) {
	reply(w, status, map[string]any{"error": code, "error_description": Canary + "-description"})
}

func reply(w http.ResponseWriter, status int, answer map[string]any) {
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
