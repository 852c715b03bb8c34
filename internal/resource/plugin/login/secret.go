package login

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
)

// A secret is the JSON object that a secretArn stands for. Its values are texts:
//
//	OAuth 2.0   client_id, client_secret, redirect_uri (the form that the AWS samples show)
//	basic       username, user or email; password, api_token or token
//	bearer      the scheme's name, bearer_token, token or access_token
//	apiKey      the scheme's name, its parameter's name, api_key, apiKey or value
//
// The first key that is there counts, and others are not looked at: one secret
// can feed several schemes.
type secret struct {
	source
	values map[string]string
}

// A source names a secret, and one state of it: whether it changed can be told,
// and what it holds cannot.
type source struct {
	arn    string
	digest [sha256.Size]byte
}

// A reading is the secret of a plugin, and the role that reads it.
type reading struct {
	tenant, application string
	plugin              string // its displayName
	arn, role           string
}

// reads is how the secret of a holder's plugin is read.
func (t Target) reads(h Holder) reading {
	r := reading{tenant: h.Tenant, application: h.Application, plugin: t.Name}
	r.arn, r.role = t.secretARN(), t.roleARN()
	return r
}

// open reads the secret of a plugin, if its role may do so now; the zero secret
// where it needs none.
func (s *Service) open(ctx context.Context, r reading) (secret, error) {
	arn := r.arn
	if arn == "" {
		return secret{}, nil
	}
	if err := s.Roles.Check(ctx, r.errand()); err != nil {
		return secret{}, r.withheld(err)
	}
	text, err := s.Secrets.Value(ctx, r.tenant, arn)
	if err != nil {
		return secret{}, unreadable(ctx, arn, err)
	}
	members, ok := object(text)
	if !ok {
		return secret{}, external("The secret %s is not a JSON object. Store one such as {\"client_id\": \"…\", \"client_secret\": \"…\", \"redirect_uri\": \"…\"}.", arn)
	}
	x := secret{source{arn, sha256.Sum256([]byte(text))}, map[string]string{}}
	for k, v := range members {
		switch v := v.(type) {
		case string:
			x.values[k] = v
		case json.Number:
			x.values[k] = v.String()
		}
	}
	return x, nil
}

// errand is what the role is for.
func (r reading) errand() principal.Errand {
	account, region, _ := strings.Cut(r.tenant, ":")
	c := op.Caller{Account: account, Region: region}
	return principal.Errand{
		Role: r.role, Account: account, Application: c.ARN("application/%s", r.application),
		Action: "secretsmanager:GetSecretValue", Resource: r.arn,
	}
}

// withheld says that the role may not read the secret any more. Who chats learns
// neither of the role nor of the secret; the reason is for the log.
func (r reading) withheld(err error) error {
	if _, ok := errors.AsType[*principal.RoleError](err); !ok {
		return err
	}
	f := external("The plugin %s cannot be authorized: its service role may not read its credentials any more. Tell the administrator, who finds the reason in the server's log by the request id.", r.plugin)
	f.Cause = err
	return f
}

// object reads a JSON object, numbers as they are written.
func object(text string) (members map[string]any, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	err := d.Decode(&members)
	_, end := d.Token()
	return members, err == nil && members != nil && errors.Is(end, io.EOF)
}

// unreadable tells why a secret cannot be had. What is not the store's own
// reason stays in the log.
func unreadable(ctx context.Context, arn string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	for _, reason := range []error{secretstore.ErrNoSecret, secretstore.ErrForeign, secretstore.ErrDeleted, secretstore.ErrNoValue} {
		if errors.Is(err, reason) {
			return external("The secret %s cannot be used: %v.", arn, reason)
		}
	}
	f := external("The secret %s cannot be read now. Try again; if it stays, look in the server's log for the request id.", arn)
	f.Cause = err
	return f
}

// first is the value of the first of the keys that has one, and that key.
func (x secret) first(keys ...string) (value, key string) {
	for _, k := range keys {
		if v := x.values[k]; v != "" {
			return v, k
		}
	}
	return "", ""
}

// need is first, or why the secret cannot be used. A control character is most
// often the end of the line that a value was copied with.
func (x secret) need(keys ...string) (value string, problems []string) {
	value, key := x.first(keys...)
	switch {
	case value == "":
		return "", []string{fmt.Sprintf("the secret %s has no key %s", x.arn, strings.Join(keys, " or "))}
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "", []string{fmt.Sprintf("the value of %s in the secret %s has a line break or another control character", key, x.arn)}
	}
	return value, nil
}

// basic is HTTP Basic authentication (RFC 7617).
func (x secret) basic(plugin string) (part, []string) {
	user, problems := x.need("username", "user", "email")
	password, more := x.need("password", "api_token", "token")
	if problems = append(problems, more...); len(problems) > 0 {
		return part{}, problems
	}
	if strings.Contains(user, ":") {
		return part{}, []string{fmt.Sprintf("the user name in the secret %s has a colon, which HTTP Basic authentication cannot send", x.arn)}
	}
	// Zendesk tells a token from a password by the user name.
	if _, key := x.first("password", "api_token", "token"); plugin == string(api.PluginTypeZendesk) && key != "password" && !strings.HasSuffix(user, "/token") {
		user += "/token"
	}
	header := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	return part{credential: func(r *http.Request) { r.Header.Set("Authorization", header) }}, nil
}

// bearer is a token that everybody shares. Here and in apiKey a key of the
// scheme's own name comes first, for a document with several.
func (x secret) bearer(scheme openapi.Scheme) (part, []string) {
	token, problems := x.need(named(scheme.Name, "bearer_token", "token", "access_token")...)
	return part{credential: bearing(token)}, problems
}

func (x secret) apiKey(scheme openapi.Scheme) (part, []string) {
	value, problems := x.need(named(scheme.Name, scheme.Parameter, "api_key", "apiKey", "value")...)
	name := scheme.Parameter
	c := func(r *http.Request) { r.Header.Set(name, value) }
	switch scheme.In {
	case "query":
		c = func(r *http.Request) { r.URL.RawQuery = withParameter(r.URL.RawQuery, name, value) }
	case "cookie":
		if strings.ContainsAny(value, ";, \"\\") {
			problems = append(problems, fmt.Sprintf("the API key in the secret %s has a character that no cookie can hold", x.arn))
		}
		c = func(r *http.Request) { setCookie(r.Header, name, value) }
	}
	return part{credential: c}, problems
}

func named(scheme string, keys ...string) []string {
	if scheme == "" {
		return keys
	}
	return append([]string{scheme}, keys...)
}

func bearing(token string) credential {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// withParameter sets one parameter of a query and leaves the others as written.
func withParameter(query, name, value string) string {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(key); pair != "" && (err != nil || plain != name) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(append(kept, url.QueryEscape(name)+"="+url.QueryEscape(value)), "&")
}

// setCookie sets one cookie and leaves the others as written.
func setCookie(h http.Header, name, value string) {
	var kept []string
	for _, line := range h.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.TrimSpace(pair)
			if key, _, _ := strings.Cut(pair, "="); pair != "" && key != name {
				kept = append(kept, pair)
			}
		}
	}
	h.Set("Cookie", strings.Join(append(kept, name+"="+value), "; "))
}
