package provider

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// A refusal is what a server says instead of an answer. Message is only
// compared with what is known, never shown: it may quote what was sent.
type refusal struct {
	status  int    // 0: in the middle of an answer
	code    string // such as context_length_exceeded
	about   string // the parameter that is refused
	message string
	after   time.Duration
	api     string // that was asked for; empty: chat completions
}

// err is the refusal in our words. Credentials are what must not be in them.
func (r refusal) err(credentials ...string) *llm.Error {
	e := &llm.Error{Reason: r.reason(), RetryAfter: r.after}
	var parts []string
	if r.status != 0 {
		parts = append(parts, "status "+strconv.Itoa(r.status))
	}
	if isName(r.code, credentials) {
		parts = append(parts, r.code)
	}
	if isName(r.about, credentials) {
		parts = append(parts, "about "+r.about)
	}
	if hint := r.hint(e.Reason); hint != "" {
		parts = append(parts, hint)
	}
	e.Detail = strings.Join(parts, ", ")
	return e
}

// reason sorts refusals: by code and known words first, because servers differ
// in the statuses they give to the same thing.
func (r refusal) reason() llm.Reason {
	code, message := strings.ToLower(r.code), strings.ToLower(r.message)
	switch {
	case r.status == http.StatusRequestEntityTooLarge, contains(code, "context_length", "exceed_context"),
		contains(message, tooLong...):
		return llm.ContextTooLong
	case contains(code, "insufficient_quota", "billing", "invalid_api_key", "authentication", "permission"),
		r.status == http.StatusUnauthorized, r.status == http.StatusForbidden, r.status == http.StatusPaymentRequired:
		return llm.Refused
	case contains(code, "model_not_found"), r.status == http.StatusNotFound && strings.Contains(message, "model"):
		return llm.UnknownModel
	case r.status == http.StatusTooManyRequests, contains(code, "rate_limit"):
		return llm.RateLimited
	case r.status == http.StatusRequestTimeout, r.status == http.StatusConflict, r.status == http.StatusTooEarly, r.status >= 500:
		return llm.Unavailable
	case r.status == 0 && !contains(code, "invalid_request"):
		return llm.Unavailable
	}
	return llm.BadRequest
}

// tooLong are the words in which servers say that the prompt does not fit.
var tooLong = []string{
	"context length", "context size", "context window", "prompt is too long", "input is too long",
	"too many tokens", "exceeds the maximum number of tokens", "reduce the length",
}

// hint says what the operator can do, where that is known.
func (r refusal) hint(why llm.Reason) string {
	message := strings.ToLower(r.message)
	switch {
	case strings.Contains(message, "does not support tools"), strings.Contains(message, "tool choice requires"):
		return "the server does not let this model call tools"
	case why == llm.BadRequest && contains(message[:min(len(message), 160)], blind...):
		return "the model does not take images: start without --model-vision"
	case r.status == http.StatusNotFound && why == llm.BadRequest:
		return "there is no " + cmp.Or(r.api, "chat completions") + " API at this URL"
	case contains(strings.ToLower(r.code), "insufficient_quota", "billing"), r.status == http.StatusPaymentRequired:
		return "the quota of the account is used up"
	}
	return ""
}

// blind are the words in which servers say that a model cannot see. What follows them
// may be an echo of the request.
var blind = []string{
	"image input", "image_url", "does not support image", "doesn't support the image", "not a multimodal model", "does not support vision", "mmproj", "multimodal data",
}

func contains(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// isName reports whether s is a name, such as that of an error or a parameter,
// and has nothing of a credential.
func isName(s string, credentials []string) bool {
	if s == "" || len(s) > 64 || strings.Trim(s, nameBytes) != "" {
		return false
	}
	for _, secret := range credentials {
		if secret != "" && (strings.Contains(s, secret) || strings.Contains(secret, s)) {
			return false
		}
	}
	return true
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.[]"

// retryAfter reads how long a server wants to be left alone: Retry-After in
// seconds or as a date (RFC 9110, section 10.2.3), or OpenAI's
// retry-after-ms. At most a day; 0 when it does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const day = 24 * time.Hour
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return time.Duration(min(ms, float64(day/time.Millisecond)) * float64(time.Millisecond))
	}
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, day.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(at.Sub(now), day))
	}
	return 0
}
