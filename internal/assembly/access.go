package assembly

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// authorizer decides who may, by what the families know. It counts whom it
// refuses, and whom those refuse that decide themselves.
func (r *Rooms) authorizer(figures *prometheus.Registry) *access.Authorizer {
	denied := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_denied_total", Help: "Requests that were refused, by the IAM action and the kind of policy that refused it or lacked an Allow.",
	}, []string{"action", "policy"})
	figures.MustRegister(denied)
	count := func(action, layer string) { denied.WithLabelValues(action, layer).Inc() }
	r.Sessions.Denied, r.Center.Denied = count, count
	return &access.Authorizer{Facts: r.Facts(), DB: r.DB, Denied: count}
}

// Facts are what the families know of who may.
func (r *Rooms) Facts() access.Facts {
	return access.Facts{
		Grants: r.Principals.Grants, Who: principal.Who, Keys: principal.Keys,
		Owner: r.Applications.Owner, Landlord: r.Applications.Landlord, Statements: r.Permissions.Policies,
		Tags: map[string]func(context.Context, string) (map[string]string, error){
			"qbusiness": r.Tags.Of, "secretsmanager": r.Secrets.TagsOf, "iam": r.Principals.Tags, "sso": r.Center.TagsOf,
		},
		Names: map[string]func(context.Context, string) (string, error){
			"secretsmanager": r.Secrets.FullARN, "iam": r.Principals.FullARN,
		},
		Boundary: r.Principals.Boundary,
	}
}
