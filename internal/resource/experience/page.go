package experience

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Page is what a browser is shown at the endpoint of an experience.
type Page struct {
	Title, Subtitle string    // empty: none
	Welcome         string    // of those who were let in
	Logo, Favicon   string    // URLs; empty: none
	Origins         []string  // of the sites that may embed it
	Application     string    // its ID, for calls of the API
	Region          string    // in which it is
	Until           time.Time // when the browser's session ends; zero: it has none and needs none
}

// Show returns the page for a browser with a cookie, or none. A page that is only
// for people who were let in is an AccessDenied for others, an experience that is
// not ACTIVE a Conflict, and one that is not there a ResourceNotFound.
func (s *Service) Show(ctx context.Context, id, cookie string) (*Page, error) {
	var tenant string
	var e *Experience
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		tenant, e, err = s.reachable(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := e.page()
	p.Region = landlord(tenant).Region
	if e.Identity != api.IdentityTypeAnonymous {
		return p, nil
	}
	v, open := s.session(tenant, e, cookie)
	if !open {
		return nil, fault.Denied("This page opens by an address that works once, and stays open for as long as its session. You have no session, or it is over: go back to where you found the page, and ask for another address.")
	}
	p.Welcome, p.Until = e.Look.Welcome, store.FromMicros(v.Expires)
	return p, nil
}

// reachable returns an experience that browsers may come to, and its tenant.
func (s *Service) reachable(tx *store.Tx, id string) (tenant string, e *Experience, err error) {
	tenant, e, err = getAnywhere(tx, id)
	if err == nil && e != nil {
		err = s.Apps.Active(tx, landlord(tenant), e.Application)
	}
	if e == nil && err == nil || fault.As(err) != nil { // the application may be on its way out
		err = fault.NotFound(typeName, id, "There is no such page. Its address may be damaged, or it was taken away.")
	}
	if err == nil {
		err = e.closed()
	}
	return tenant, e, err
}

// closed says to a browser why there is nothing to see yet, or nil.
func (e *Experience) closed() error {
	switch e.status() {
	case api.WebExperienceStatusActive:
		return nil
	case api.WebExperienceStatusPendingAuthConfig:
		return fault.Conflicts(typeName, e.ID, "Nobody can sign in here yet: whoever runs this page has to say how people do, with UpdateWebExperience.")
	default:
		return fault.Conflicts(typeName, e.ID, "The page is being set up, or setting it up has failed. Come again later; whoever runs it finds the reason with GetWebExperience.")
	}
}

// page is what anybody may see of the experience.
func (e *Experience) page() *Page {
	p := &Page{Title: e.Look.Title, Subtitle: e.Look.Subtitle, Origins: e.Origins, Application: e.Application}
	if c := e.Look.Customization; c != nil {
		set(&p.Logo, c.LogoURL)
		set(&p.Favicon, c.FaviconURL)
	}
	return p
}
