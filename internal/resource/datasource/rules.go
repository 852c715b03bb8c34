package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/schedule"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/attribute"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// check returns every rule that the data source breaks by itself: those of its
// configuration, schedule and role.
func (s *Service) check(d *DataSource) []fault.Field {
	bad := s.checkConfig(d)
	if d.scheduled() {
		if d.Type == custom {
			bad = append(bad, fault.Field{Name: "syncSchedule", Message: "cannot be given for a data source of type CUSTOM: nothing is crawled; whoever puts its documents starts its sync jobs"})
		} else if _, err := schedule.Parse(*d.Schedule); err != nil {
			bad = append(bad, fault.Field{Name: "syncSchedule", Message: err.Error()})
		}
	}
	if _, delegated := s.Kinds[d.Type].(connector.Delegated); delegated && d.role() == "" {
		bad = append(bad, fault.Field{Name: "roleArn", Message: "is missing: a data source of type " + d.Type + " is read as a role that you hand over"})
	}
	return bad
}

// checkConfig reads the type from the configuration, which its kind then checks.
func (s *Service) checkConfig(d *DataSource) []fault.Field {
	if !isObject(d.Config) {
		return []fault.Field{{Name: "configuration", Message: `has to be a JSON object, such as {"type": "CUSTOM", "version": "1.0.0"}`}}
	}
	settings, problems := connector.SettingsOf(d.Config)
	d.Type = settings.Type
	kind, known := s.Kinds[d.Type]
	switch {
	case d.Type == "" && len(problems) == 0:
		return []fault.Field{{Name: "configuration.type", Message: "is missing; the types there are: " + s.types()}}
	case d.Type == custom || d.Type == "":
	case !known:
		return []fault.Field{{Name: "configuration.type", Message: "is not one of the types there are: " + s.types() + "; documents of another system can be put into a data source of type CUSTOM"}}
	default:
		problems = kind.Check(d.Config)
	}
	var bad []fault.Field
	for _, p := range problems {
		bad = append(bad, fault.Field{Name: strings.TrimSuffix("configuration."+p.Field, "."), Message: p.Message})
	}
	return bad
}

func isObject(config json.RawMessage) bool {
	return len(config) > 0 && config[0] == '{'
}

// types lists the types that this server knows.
func (s *Service) types() string {
	return strings.Join(slices.Sorted(maps.Keys(s.known())), ", ")
}

func (s *Service) known() map[string]bool {
	all := map[string]bool{custom: true}
	for t := range s.Kinds {
		all[t] = true
	}
	return all
}

// checkEnrichment checks rules and hooks against the attributes that the index
// has.
func checkEnrichment(tx *store.Tx, d *DataSource) error {
	if d.Enrichment == nil {
		return nil
	}
	kinds, err := attributeKinds(tx, d.place)
	if err != nil {
		return err
	}
	return invalid(attribute.CheckEnrichment("documentEnrichmentConfiguration", d.Enrichment, kinds))
}

// attributeKinds are the kinds of the attributes that the index has.
func attributeKinds(tx *store.Tx, p place) (map[string]facet.Kind, error) {
	attributes, err := index.Attributes(tx, p.tenant, p.application, p.index)
	kinds := map[string]facet.Kind{}
	for name, a := range attributes {
		if a.Type != nil {
			kinds[name] = facet.Kind(*a.Type)
		}
	}
	return kinds, err
}

func invalid(bad []fault.Field) error {
	if len(bad) == 0 {
		return nil
	}
	return fault.Invalid(bad...)
}

// checkRole refuses a role that will not do: it has to exist, to trust the
// service, and to be allowed what the source needs (user guide, "IAM roles for
// Amazon Q Business connectors"). It is asked again by every sync job.
func (s *Service) checkRole(ctx context.Context, d *DataSource) error {
	err := s.askRole(ctx, d.place, s.plan(d))
	if why, ok := errors.AsType[*principal.RoleError](err); ok {
		return fault.InvalidField("roleArn", "%s", why.Error())
	}
	return err
}

// askRole asks a role for everything that a source needs. One that will not do is
// a *principal.RoleError.
func (s *Service) askRole(ctx context.Context, p place, pl plan) error {
	if pl.Role == "" {
		return nil
	}
	for _, need := range s.needs(pl) {
		if err := s.Roles.Check(ctx, p.errand(pl.Role, need)); err != nil {
			return err
		}
	}
	return nil
}

// needs are at least one: the role has to be there, even where nothing is asked
// of it.
func (s *Service) needs(pl plan) []connector.Need {
	if kind, ok := s.Kinds[pl.Type].(connector.Delegated); ok {
		if needs := kind.Needs(pl.Config); len(needs) > 0 {
			return needs
		}
	}
	return []connector.Need{{}}
}

// errand is what a role is asked for on behalf of a data source.
func (p place) errand(role string, need connector.Need) principal.Errand {
	owner := landlord(p.tenant)
	return principal.Errand{
		Role: role, Account: owner.Owns(), Application: owner.ARN("application/%s", p.application),
		Action: need.Action, Resource: need.Resource,
	}
}

func (d *DataSource) role() string {
	if d.Role == nil {
		return ""
	}
	return *d.Role
}

// scheduled reports whether there is a schedule: an empty one stands for none.
func (d *DataSource) scheduled() bool {
	return d.Schedule != nil && strings.TrimSpace(*d.Schedule) != ""
}

// arm sets when the schedule, which check has passed, is due for the first time.
func (d *DataSource) arm(now time.Time) {
	d.NextAt = nil
	if !d.scheduled() {
		return
	}
	if sched, err := schedule.Parse(*d.Schedule); err == nil {
		if next, ok := sched.Next(now); ok {
			d.NextAt = &next
		}
	}
}

// sameACL refuses to turn the crawling of access control off once it is on (user
// guide, "Data source connector concepts"): what was for a few would be for all.
func sameACL(before, after *DataSource) []fault.Field {
	was, _ := connector.SettingsOf(before.Config)
	is, _ := connector.SettingsOf(after.Config)
	if !was.ACL || is.ACL || after.Type == custom {
		return nil
	}
	return []fault.Field{{Name: "configuration.additionalProperties.isCrawlAcl", Message: "cannot be turned off once it is on: everyone would see what is for a few; make another data source without it"}}
}

// active refuses what needs an ACTIVE data source.
func (d *DataSource) active() error {
	if d.Status == api.DataSourceStatusActive {
		return nil
	}
	return fault.Conflicts(typeName, d.id, "The request cannot be served because the data source with ID %s is not in ACTIVE state: it is %s.", d.id, d.Status)
}

// placeOf is where the caller's data source is.
func placeOf(c op.Caller, application, index, id string) place {
	return place{tenant: c.Tenant(), application: application, index: index, id: id}
}
