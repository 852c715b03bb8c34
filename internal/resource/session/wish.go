package session

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// wish is what a session is asked to be, in any of the three ways of asking.
type wish struct {
	role       string // ARN
	name       string
	externalID string
	source     string // source identity
	tags       map[string]string
	transitive []string
	limits     []string
	seconds    *int32 // how long; nil: as usual

	providers []string            // of contexts
	contexts  map[string][]string // what they say
	claims    map[string][]string // condition keys that the token of an identity provider gives
	carried   map[string][]string // those of all these that the session will carry
	person    *op.Person
}

// contextProvider is IAM Identity Center as ProvidedContexts names it.
const contextProvider = "arn:aws:iam::aws:contextProvider/IdentityCenter"

// usual is how long a session lasts when nobody says, and at most when the caller
// is a session itself (AssumeRole, DurationSeconds).
const usual = time.Hour

// wish reads the request of a caller.
func (s *Service) wish(ctx context.Context, c op.Caller, in *sts.AssumeRoleInput) (w *wish, err error) {
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, noMFA()
	}
	w = &wish{role: in.RoleARN, name: in.RoleSessionName, seconds: in.DurationSeconds, carried: map[string][]string{}}
	if in.ExternalID != nil {
		w.externalID = *in.ExternalID
	}
	if w.tags, err = tagsOf(in.Tags); err != nil {
		return nil, err
	}
	if w.transitive, err = handedOn(c, w.tags, in.TransitiveTagKeys); err != nil {
		return nil, err
	}
	if err := w.identify(c, in.SourceIdentity); err != nil {
		return nil, err
	}
	if w.limits, err = limits(in.RoleARN, in.Policy, in.PolicyARNs); err != nil {
		return nil, err
	}
	return w, s.provide(ctx, w, in.ProvidedContexts)
}

// noMFA refuses the code of a device.
func noMFA() error {
	return fault.InvalidField("SerialNumber", "there are no MFA devices here; leave SerialNumber and TokenCode out")
}

// identify takes the source identity of the request, or else that of the caller's
// session, which cannot be changed any more.
func (w *wish) identify(c op.Caller, asked *string) error {
	if held := c.Keys["aws:SourceIdentity"]; len(held) == 1 {
		w.source = held[0]
	}
	switch {
	case asked == nil:
	case w.source != "" && *asked != w.source:
		return fault.InvalidField("SourceIdentity", "the calling session has the source identity %q, which cannot be changed; leave SourceIdentity out", w.source)
	default:
		w.source = *asked
	}
	if w.source != "" {
		w.carried["aws:SourceIdentity"] = []string{w.source}
	}
	return nil
}

// isName holds a text to the model's pattern of RoleSessionName and SourceIdentity,
// where it does not come in an input.
func isName(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"
	return len(s) >= 2 && len(s) <= 64 && strings.Trim(s, letters) == ""
}

// provide opens the contexts of the request.
func (s *Service) provide(ctx context.Context, w *wish, contexts []sts.ProvidedContext) error {
	if len(contexts) > 1 {
		return fault.InvalidField("ProvidedContexts", "has %d members; there is one context provider, %s", len(contexts), contextProvider)
	}
	for _, given := range contexts {
		if given.ProviderARN == nil || *given.ProviderARN != contextProvider || given.ContextAssertion == nil {
			return fault.InvalidField("ProvidedContexts", "takes a ProviderArn of %s with a ContextAssertion", contextProvider)
		}
		who, said, err := s.Contexts(ctx, *given.ContextAssertion)
		switch {
		case errors.Is(err, ErrContext):
			return fault.InvalidField("ProvidedContexts", "the ContextAssertion is not valid: it has expired, or is no sts:identity_context of this server")
		case err != nil:
			return err
		}
		w.providers, w.contexts, w.person = []string{contextProvider}, said, &who
		maps.Copy(w.carried, said)
	}
	return nil
}

// life is how long the session will last.
func (w *wish) life(role principal.Role, chained bool) (time.Duration, error) {
	longest := max(role.MaxSession, usual)
	if w.seconds == nil {
		return usual, nil
	}
	asked := time.Duration(*w.seconds) * time.Second
	switch {
	case asked < minLife:
		return 0, fault.InvalidField("DurationSeconds", "a session lasts %d seconds at least", int(minLife.Seconds()))
	case chained && asked > usual:
		return 0, answer(fault.Validation, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case asked > longest:
		return 0, answer(fault.Validation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return asked, nil
}

// packedSize is what answers tell of the limits and tags; nothing without any.
func (w *wish) packedSize() *int32 {
	g := Grant{Tags: w.tags, Transitive: w.transitive, Limits: w.limits}
	if size := g.packed(); size > 0 {
		return new(percent(size))
	}
	return nil
}

// made is a session that has begun.
type made struct {
	Credentials
	caller op.Caller
}

// begin makes the session that was admitted.
func (s *Service) begin(ctx context.Context, role principal.Role, w *wish, chained bool) (made, error) {
	life, err := w.life(role, chained)
	if err != nil {
		return made{}, err
	}
	if err := s.checkManaged(ctx, role, w.limits); err != nil {
		return made{}, err
	}
	credentials, err := s.Mint(Grant{
		Role: role, Name: w.name, Tags: w.tags, Transitive: w.transitive, Keys: w.carried,
		Limits: w.limits, Person: w.person, Life: life,
	})
	return made{credentials, role.Session(w.name)}, err
}

func (k Credentials) credentials() *sts.Credentials {
	return &sts.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.Secret, SessionToken: k.Token, Expiration: k.Expires}
}

func (m made) user() *sts.AssumedRoleUser {
	return &sts.AssumedRoleUser{ARN: m.caller.Principal, AssumedRoleID: m.caller.ID}
}
