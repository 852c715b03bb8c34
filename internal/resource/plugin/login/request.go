package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// tokens are what a token endpoint gave (RFC 6749, section 5.1).
type tokens struct {
	access, refresh string
	life            time.Duration // 0: not said
	server          string        // Salesforce's instance_url
}

// A refusal is an answer of a token endpoint that is not tokens. Of what the
// endpoint said only a code from the list of known ones is kept: a description
// may quote what was sent.
type refusal struct {
	status int
	code   string // "" when there was none that is known
	said   bool   // the answer had an error member
}

// Error names the code, or at least the status.
func (r *refusal) Error() string {
	switch {
	case r.code != "":
		return fmt.Sprintf("%s, HTTP %d", r.code, r.status)
	case r.status < 300 && !r.said:
		return fmt.Sprintf("HTTP %d without a token that can be used", r.status)
	}
	return fmt.Sprintf("HTTP %d without a known error code", r.status)
}

// Error codes: RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core, 3.1.2.6.
const (
	invalidClient      = "invalid_client"
	unauthorizedClient = "unauthorized_client"
	accessDenied       = "access_denied"
)

// knownCodes may be quoted: they say nothing but what they are.
var knownCodes = []string{
	invalidClient, unauthorizedClient, accessDenied, "invalid_request", "invalid_grant", "invalid_scope",
	"unsupported_grant_type", "unsupported_response_type", "server_error", "temporarily_unavailable",
	"interaction_required", "login_required", "consent_required", "account_selection_required",
}

func knownCode(code string) string {
	if slices.Contains(knownCodes, code) {
		return code
	}
	return ""
}

// ofClient reports whether the server did not accept the client itself.
func (r *refusal) ofClient() bool {
	return r.code == invalidClient || r.code == unauthorizedClient || r.status == http.StatusUnauthorized && r.code == ""
}

// final reports whether the code or refresh token that was sent is of no more
// use: asking again would end the same.
func (r *refusal) final() bool {
	switch {
	case r.ofClient() || r.code == "server_error" || r.code == "temporarily_unavailable":
		return false
	case r.code != "":
		return true
	}
	return r.status == http.StatusBadRequest || r.status < 300 && r.said
}

// final reports whether err is a refusal that another attempt would meet again.
func final(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && r.final()
}

// An unreachableError is a token endpoint that did not answer.
type unreachableError struct{ why string }

func (e *unreachableError) Error() string { return e.why }

// ask sends a token request, the client's credentials in the body, or in the
// header as inHeader says; when the client is not accepted so, it tries the other
// way once. It returns which way went well. Its errors are *refusal and
// *unreachableError, and quote nothing that was sent or answered.
//
// The body comes first, although RFC 6749 prefers the header: every vendor of the
// built-in types takes it, and they do not agree on how a header is encoded.
func (s *Service) ask(ctx context.Context, c *client, inHeader bool, form url.Values) (tokens, bool, error) {
	got, err := s.post(ctx, c, inHeader, form)
	if r, ok := errors.AsType[*refusal](err); !ok || !r.ofClient() || r.code == unauthorizedClient {
		return got, inHeader, err
	}
	again, other := s.post(ctx, c, !inHeader, form)
	if r, ok := errors.AsType[*refusal](other); ok && r.ofClient() {
		return tokens{}, inHeader, err
	}
	return again, !inHeader, other
}

func (s *Service) post(ctx context.Context, c *client, inHeader bool, form url.Values) (tokens, error) {
	ctx, stop := context.WithTimeout(ctx, requestTime)
	defer stop()
	body := maps.Clone(form)
	if !inHeader {
		body.Set("client_id", c.id)
		body.Set("client_secret", c.secret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.token, strings.NewReader(body.Encode()))
	if err != nil {
		return tokens{}, &unreachableError{"its tokenUrl is not a URL"}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if inHeader {
		r.SetBasicAuth(url.QueryEscape(c.id), url.QueryEscape(c.secret)) // RFC 6749, section 2.3.1
	}
	res, err := s.Out.Do(r)
	if err != nil {
		return tokens{}, &unreachableError{reason(err)}
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return tokens{}, &unreachableError{reason(err)}
	}
	return readAnswer(res.StatusCode, answer)
}

// reason words why a request got no answer. The texts of package outbound are
// for users; what a library says may quote a URL or a header.
func reason(err error) string {
	if refused, ok := errors.AsType[*outbound.RefusedError](err); ok {
		return refused.Error()
	}
	if lost, ok := errors.AsType[*outbound.UnreachableError](err); ok {
		return lost.Why
	}
	return "its answer could not be read"
}

// maxAnswer bounds an answer of a token endpoint: tokens that carry a person's
// groups reach some ten thousand bytes. A longer one is cut, and then no JSON.
const maxAnswer = 256 << 10

// readAnswer reads what a token endpoint answered. A 200 that tells of an error
// is a refusal, as GitHub and Slack do it.
func readAnswer(status int, body []byte) (tokens, error) {
	members, readable := object(string(body))
	text := func(name string) string { s, _ := members[name].(string); return s }
	no := &refusal{status: status, code: knownCode(text("error")), said: members["error"] != nil}
	t := tokens{access: text("access_token"), refresh: text("refresh_token"), life: lifetime(members["expires_in"]), server: text("instance_url")}
	switch {
	case !readable || status < 200 || status > 299 || no.said || t.access == "":
		return tokens{}, no
	case !sendable(t.access) || !sendable(t.refresh) || needsProof(text("token_type")):
		return tokens{}, no
	}
	return t, nil
}

// sendable reports whether a token has only the characters that RFC 6749 gives
// it (appendix A.12), and so can stand in a header.
func sendable(token string) bool {
	return !strings.ContainsFunc(token, func(c rune) bool { return c < ' ' || c > '~' })
}

// needsProof reports whether a token of the type cannot be sent as a bearer's.
// Others call theirs by odd names and mean bearer.
func needsProof(kind string) bool {
	return slices.Contains([]string{"mac", "dpop", "pop", "hok"}, strings.ToLower(kind))
}

// lifetime reads expires_in: seconds, which some servers write as text. What
// makes no sense is as good as nothing.
func lifetime(v any) time.Duration {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	const longest = 10 * 365 * 24 * time.Hour
	if seconds > longest.Seconds() {
		return longest
	}
	return time.Duration(seconds * float64(time.Second))
}
