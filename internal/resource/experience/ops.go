package experience

import (
	"context"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Service answers the operations of web experiences, and browsers that come to one.
type Service struct {
	DB      *store.DB
	Keys    *seal.Keys
	Jobs    *job.Queue
	Pages   *page.Tokens
	Replays *replay.Book
	Apps    *application.Service
	Roles   *principal.ServiceRoles // that experiences and their secrets are given
	Secrets *secretstore.Resolver   // of OpenID Connect providers
	NewID   func() string           // a UUID in lower case
	Now     func() time.Time
	Quotas  Quotas

	PublicURL string // where browsers reach the server; empty: where the request did
}

// Quotas bound what an application may have. Zero means the default.
type Quotas struct {
	Experiences int // default 50; the service publishes none
}

func (q Quotas) experiences() int {
	if q.Experiences == 0 {
		return 50
	}
	return q.Experiences
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateAnonymousWebExperienceURL, s.CreateAnonymousURL)
	op.Handle(r, api.CreateWebExperience, s.Create)
	op.Handle(r, api.DeleteWebExperience, s.Delete)
	op.Handle(r, api.GetWebExperience, s.Get)
	op.Handle(r, api.ListWebExperiences, s.List)
	op.Handle(r, api.UpdateWebExperience, s.Update)
}

// Path begins the paths of all web experiences.
const Path = "/web/"

// base is where browsers reach the server: as it was told, or as the request did.
func (s *Service) base(c op.Caller) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	scheme := "http://"
	if c.Origin.Secure {
		scheme = "https://"
	}
	return scheme + c.Origin.Host
}

// endpoint is the address of an experience's page.
func endpoint(base, id string) string { return base + Path + id + "/" }

// Create makes a web experience. The secret of an OpenID Connect provider is looked
// at by a job; everything else is settled at once.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreateWebExperienceInput) (*api.CreateWebExperienceOutput, error) {
	r := request{
		title: in.Title, subtitle: in.Subtitle, welcome: in.WelcomeMessage, prompts: in.SamplePromptsControlMode,
		origins: in.Origins, role: in.RoleARN, provider: in.IdentityProviderConfiguration,
		extensions: in.BrowserExtensionConfiguration, customization: in.CustomizationConfiguration,
	}
	t, err := s.admit(ctx, c, in.ApplicationID, r, tag.Check("tags", in.Tags))
	if err != nil {
		return nil, err
	}
	e := &Experience{Application: in.ApplicationID, ID: s.NewID(), Identity: t}
	e.Look.Prompts = api.WebExperienceSamplePromptsControlModeEnabled
	e.apply(r)
	out := &api.CreateWebExperienceOutput{WebExperienceID: &e.ID, WebExperienceARN: new(e.ARN(c))}
	err = s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.room(tx, c, e.Application); err != nil {
			return err
		}
		e.CreatedAt, e.UpdatedAt = tx.Now(), tx.Now()
		if err := insert(tx, c.Tenant(), e); err != nil {
			return err
		}
		if err := s.enqueueCheck(tx, c.Tenant(), e); err != nil {
			return err
		}
		return tag.Put(tx, e.ARN(c), in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admit makes sure that the request goes with the application, whose identity type
// it returns.
func (s *Service) admit(ctx context.Context, c op.Caller, application string, r request, bad []fault.Field) (t api.IdentityType, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		t, err = s.Apps.IdentityType(tx, c, application)
		return err
	})
	if err != nil {
		return t, err
	}
	if bad = append(r.check(t, s.Now()), bad...); len(bad) > 0 {
		return t, fault.Invalid(bad...)
	}
	return t, s.checkRoles(ctx, c, application, t, r)
}

// room makes sure that the application can have one experience more.
func (s *Service) room(tx *store.Tx, c op.Caller, application string) error {
	if err := s.Apps.Active(tx, c, application); err != nil {
		return err
	}
	n, err := count(tx, c.Tenant(), application)
	if err == nil && n >= s.Quotas.experiences() {
		return fault.Quota(typeName, application, "The application %s has %d web experiences, the most it may have. Delete one first.", application, n)
	}
	return err
}

// Delete removes the experience and its tags. Nothing is left to wait for: sessions
// and addresses of it end with it.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteWebExperienceInput) (*api.DeleteWebExperienceOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		e, err := s.find(tx, c, in.ApplicationID, in.WebExperienceID)
		if err != nil {
			return err
		}
		if err := tag.Drop(tx, e.ARN(c)); err != nil {
			return err
		}
		return remove(tx, c.Tenant(), e)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteWebExperienceOutput{}, nil
}

// Get returns a web experience.
func (s *Service) Get(ctx context.Context, c op.Caller, in *api.GetWebExperienceInput) (*api.GetWebExperienceOutput, error) {
	var e *Experience
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		e, err = s.find(tx, c, in.ApplicationID, in.WebExperienceID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.detail(c, s.base(c)), nil
}

// maxPage is the most experiences on a page, and as many as a page has unless the
// caller asks for fewer.
const maxPage = 100

// List returns the application's web experiences, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListWebExperiencesInput) (*api.ListWebExperiencesOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListWebExperiences.Route, c, in.ApplicationID), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var found []*Experience
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err = list(tx, c.Tenant(), in.ApplicationID, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListWebExperiencesOutput{WebExperiences: []api.WebExperience{}}
	found, out.NextToken, err = page.Cut(window, found, func(e *Experience) (time.Time, string) { return e.CreatedAt, e.ID })
	for _, e := range found {
		out.WebExperiences = append(out.WebExperiences, e.summary(s.base(c)))
	}
	return out, err
}

// Update changes what the request names and leaves the rest. A provider that is
// given is looked at anew.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdateWebExperienceInput) (*api.UpdateWebExperienceOutput, error) {
	r := request{
		title: in.Title, subtitle: in.Subtitle, welcome: in.WelcomeMessage, prompts: in.SamplePromptsControlMode,
		origins: in.Origins, role: in.RoleARN, provider: in.IdentityProviderConfiguration, legacy: in.AuthenticationConfiguration,
		extensions: in.BrowserExtensionConfiguration, customization: in.CustomizationConfiguration,
	}
	if _, err := s.admit(ctx, c, in.ApplicationID, r, nil); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		e, err := s.find(tx, c, in.ApplicationID, in.WebExperienceID)
		if err != nil {
			return err
		}
		before := e.Revision
		e.apply(r)
		e.UpdatedAt = tx.Now()
		if err := update(tx, c.Tenant(), e); err != nil || e.Revision == before {
			return err
		}
		return s.enqueueCheck(tx, c.Tenant(), e)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateWebExperienceOutput{}, nil
}
