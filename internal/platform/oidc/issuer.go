package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// How long keys are believed, and how often an issuer is asked.
const (
	rest       = 10 * time.Second // at least, between two requests to one issuer, whatever tokens say
	shortest   = time.Minute      // what an issuer may ask for with Cache-Control
	longest    = 24 * time.Hour
	usual      = 15 * time.Minute // where it asks for nothing
	grace      = time.Hour        // in which old keys are used while the issuer does not answer
	patience   = 10 * time.Second // for both documents
	maxIssuers = 1000             // remembered at a time
)

// maxDocument bounds the bytes of a discovery document or key set.
const maxDocument = 256 << 10

// keySet is what is known of an issuer. It is not changed once it is remembered.
type keySet struct {
	keys  []key
	asked time.Time // the last time, whatever came of it
	until time.Time // keys are fresh
	err   error     // why there was no answer the last time
}

// usable are the keys, for as long as they may be used.
func (s *keySet) usable(now time.Time) []key {
	if s == nil || now.After(s.until.Add(grace)) {
		return nil
	}
	return s.keys
}

// due reports that the issuer should be asked again. A token that no known key
// signed is a reason, because issuers rotate keys, and those of laptops begin anew
// under the same key ID; at a bounded rate, because anybody can make one up.
func (s *keySet) due(now time.Time, missing bool) bool {
	if s == nil {
		return true
	}
	return !now.Before(s.asked.Add(rest)) && (missing || now.After(s.until))
}

// signed refuses a token that the issuer did not sign.
func (v *Verifier) signed(ctx context.Context, issuer string, t *unverified) error {
	set := v.recall(issuer)
	now := v.Now()
	fit := choose(set.usable(now), t)
	signed := t.signedBy(fit)
	if set.due(now, !signed) {
		var err error
		if set, err = v.ask(ctx, issuer, set); err != nil {
			return err
		}
		fit = choose(set.usable(now), t)
		signed = t.signedBy(fit)
	}
	switch {
	case signed:
		return nil
	case len(fit) > 0:
		return invalid("its signature does not match")
	case set.err != nil:
		return set.err
	}
	return invalid("the issuer has no key that its header would name")
}

func (v *Verifier) recall(issuer string) *keySet {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.known[issuer]
}

// remember keeps a set, in the place of the one asked for longest ago when there
// are too many.
func (v *Verifier) remember(issuer string, set *keySet) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = map[string]*keySet{}
	}
	if _, ok := v.known[issuer]; !ok && len(v.known) >= maxIssuers {
		oldest := ""
		for name, s := range v.known {
			if oldest == "" || s.asked.Before(v.known[oldest].asked) {
				oldest = name
			}
		}
		delete(v.known, oldest)
	}
	v.known[issuer] = set
}

// ask asks an issuer for its keys and remembers the answer, unless another did
// since the caller had seen what was known. Whoever else wants them meanwhile waits
// for the same answer; one who gives up ends it for nobody. The error is that of a
// caller who did.
func (v *Verifier) ask(ctx context.Context, issuer string, seen *keySet) (*keySet, error) {
	answer := v.asking.DoChan(issuer, func() (any, error) {
		known := v.recall(issuer)
		if known != nil && known != seen {
			return known, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		set := v.fetch(ctx, issuer)
		if set.err != nil && known != nil {
			set.keys, set.until = known.keys, known.until
		}
		v.remember(issuer, set)
		return set, nil
	})
	select {
	case <-ctx.Done():
		return nil, unusable("the request ended before it answered")
	case r := <-answer:
		return r.Val.(*keySet), nil
	}
}

// fetch gets discovery document and key set.
func (v *Verifier) fetch(ctx context.Context, issuer string) *keySet {
	set := &keySet{asked: v.Now()}
	location, err := v.discover(ctx, issuer)
	if err != nil {
		set.err = unusable("%s", err)
		return set
	}
	document, life, err := v.get(ctx, location, "key set")
	if err == nil {
		set.keys, err = parseKeys(document)
	}
	if err != nil {
		set.err = unusable("%s", err)
		return set
	}
	set.until = set.asked.Add(life)
	return set
}

// discover finds where an issuer publishes its keys: OpenID Connect Discovery
// 1.0, section 4.
func (v *Verifier) discover(ctx context.Context, issuer string) (string, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("its name is not a URL of scheme, host and path")
	}
	document, _, err := v.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", "discovery document")
	if err != nil {
		return "", err
	}
	var d struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if json.Unmarshal(document, &d) != nil {
		return "", errors.New("its discovery document is not JSON")
	}
	if d.Issuer != issuer {
		return "", errors.New("its discovery document names another issuer")
	}
	keys, err := url.Parse(d.Keys)
	if err != nil || keys.Host == "" || keys.Scheme != "https" && keys.Scheme != u.Scheme {
		return "", errors.New("its discovery document names no place of its keys (jwks_uri) that may be asked")
	}
	return d.Keys, nil
}

// get reads a small document and how long it may be kept.
func (v *Verifier) get(ctx context.Context, location, what string) ([]byte, time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("the URL of its %s cannot be asked", what)
	}
	r.Header.Set("Accept", "application/json")
	res, err := v.Out.Send(r, outbound.Terms{NoRedirects: true})
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return nil, 0, fmt.Errorf("its %s is elsewhere (status %d), and redirects are not followed", what, res.StatusCode)
	case res.StatusCode != http.StatusOK:
		return nil, 0, fmt.Errorf("it answered %d where its %s should be", res.StatusCode, what)
	}
	document, err := io.ReadAll(io.LimitReader(res.Body, maxDocument+1))
	if err != nil {
		return nil, 0, err
	}
	if len(document) > maxDocument {
		return nil, 0, fmt.Errorf("its %s is larger than %d KB", what, maxDocument>>10)
	}
	return document, lifetime(res.Header), nil
}

// lifetime reads Cache-Control (RFC 9111 section 5.2.2) within our bounds.
func lifetime(h http.Header) time.Duration {
	life := usual
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return shortest
		case "max-age":
			seconds, err := strconv.Atoi(strings.Trim(value, `"`))
			if err != nil {
				return shortest
			}
			age, _ := strconv.Atoi(h.Get("Age")) // 0 where there is none
			seconds = min(max(seconds, 0)-max(age, 0), int(longest/time.Second))
			life = time.Duration(max(seconds, 0)) * time.Second
		}
	}
	return min(max(life, shortest), longest)
}
