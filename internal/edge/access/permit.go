package access

import (
	"context"
	"net/netip"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// A permit is what is left of a decision that allows.
type permit struct {
	owner      string // account whose resources the caller may use
	layer, sid string // what allowed it
	resources  []string

	passing bool // nothing else is remembered: the moment decides
}

// A matter is all that a decision about reading follows from, beside rows. While
// no row changes the same matter is decided the same, so that such a decision may
// be remembered as rows are (store.Memo): a change, wherever it is made, makes it
// forgotten before it is answered. All else that a decision can follow from is
// the moment's (see moments), or stands in the inputs of operations that change
// something.
type matter struct {
	key, since string // an access key, and when the session began that it is of
	ip         netip.Addr
	secure     bool
	region     string
	route      *smithy.Route
	resources  [3]string
}

// matterOf is the matter of a request; ok is false when there is more to it.
func matterOf(c op.Caller, route *smithy.Route, l *layout, resources []string) (m matter, ok bool) {
	if !l.plain || len(resources) > len(m.resources) || c.AccessKeyID == "" {
		return matter{}, false
	}
	m = matter{key: c.AccessKeyID, ip: c.Origin.IP, secure: c.Origin.Secure, region: c.Region, route: route}
	if began := c.Keys["aws:TokenIssueTime"]; len(began) == 1 {
		m.since = began[0]
	}
	copy(m.resources[:], resources)
	return m, true
}

// isPlain says whether nothing in the input of a route matters but the resources
// it names.
func (l *layout) isPlain(route *smithy.Route) bool {
	return route.ReadOnly && l.tags < 0 && l.tagKeys < 0 && l.keys == nil && l.roles == nil
}

// moments are the condition keys that may be others with each request in a matter.
var moments = [...]string{"aws:currenttime", "aws:epochtime", "aws:useragent"}

// passing says whether a decision under a set may be another at the next moment.
func passing(set *policy.Set) bool {
	for _, key := range moments {
		if set.Mentions(key) {
			return true
		}
	}
	return false
}

// permit decides. lasting says that the same matter is decided the same until a
// row changes.
func (a *Authorizer) permit(ctx context.Context, c op.Caller, route *smithy.Route, in any) (p permit, lasting bool, err error) {
	q, err := a.question(ctx, c, route, in)
	if err != nil {
		return permit{}, false, err
	}
	v, err := a.decide(ctx, q)
	if err != nil {
		return permit{}, false, err
	}
	if !v.decision.Allowed {
		return permit{}, false, a.deny(q, v)
	}
	p = permit{owner: v.owner, layer: v.decision.Layer.String(), sid: v.decision.Sid, resources: v.resources()}
	return p, !q.passing, nil
}

// remembered is the permit for a request, remembered or decided.
func (a *Authorizer) remembered(ctx context.Context, c op.Caller, route *smithy.Route, in any) (permit, error) {
	m, ok := matter{}, false
	if a.DB != nil {
		m, ok = matterOf(c, route, a.layouts.of(route), op.Resources(c, route, in))
	}
	if ok {
		switch p, held := a.permits.Held(a.DB, m); {
		case !held:
			return a.remember(ctx, m, c, route, in)
		case !p.passing:
			return p, nil
		}
	}
	p, _, err := a.permit(ctx, c, route, in)
	return p, err
}

// remember decides a matter and remembers the decision, or that the moment
// decides. Another request may have done so meanwhile.
func (a *Authorizer) remember(ctx context.Context, m matter, c op.Caller, route *smithy.Route, in any) (permit, error) {
	var decided *permit
	p, err := a.permits.Derive(ctx, a.DB, m, func() (permit, bool, error) {
		p, lasting, err := a.permit(ctx, c, route, in)
		if decided = &p; !lasting {
			return permit{passing: true}, true, err
		}
		return p, true, err
	})
	switch {
	case err != nil:
		return permit{}, err
	case decided != nil:
		return *decided, nil
	case p.passing:
		p, _, err = a.permit(ctx, c, route, in)
	}
	return p, err
}
