package directory

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Group is a group as it is stored.
type Group struct {
	place     `json:"-"`
	Live      int64     `json:"-"` // a column: the version of the members that are in force, 0 for none
	Nested    []string  `json:"-"` // a column: keys of the groups among them
	Change    int64     `json:"-"` // a column: the change by which they came into force
	UpdatedAt time.Time `json:"-"` // a column: of the latest PutGroup or DeleteGroup
	fresh     bool      // nothing of it is stored yet

	Version  int64    `json:"version"`       // of the latest PutGroup or DeleteGroup
	From     *origin  `json:"from,omitzero"` // of its members, when they are in a bucket
	Statuses []status `json:"statuses"`      // the oldest first
}

// begin makes a group one that is new. Its versions are numbered from its time on:
// there may have been one of its name that was deleted, and a job that is still
// fetching the members which that one was to have.
func (g *Group) begin(now time.Time) { g.Version, g.fresh = store.Micros(now), true }

// place is where a group is, and what it is called.
type place struct {
	Tenant, Application, Index string // in the row's key
	Source, Name               string // columns; the key is made of them
}

// circle is the index of the place.
func (p place) circle() circle { return circle{p.Tenant, p.Application, p.Index} }

// key is that of the group's row.
func (p place) key() string { return key(groupIn(p.Source, p.Name)) }

// status is what became of a group, and when.
type status struct {
	Status api.GroupStatus  `json:"status"`
	At     time.Time        `json:"at"`
	Error  *api.ErrorDetail `json:"error,omitzero"`
}

// maxHistory bounds the statuses that are kept of a group.
const maxHistory = 20

// become adds a status to the history.
func (g *Group) become(s api.GroupStatus, at time.Time, problem *api.ErrorDetail) {
	g.Statuses = append(g.Statuses, status{s, at, problem})
	g.Statuses = g.Statuses[max(0, len(g.Statuses)-maxHistory):]
}

// status is the latest one.
func (g *Group) status() api.GroupStatus { return g.Statuses[len(g.Statuses)-1].Status }

func (s status) show() api.GroupStatusDetail {
	return api.GroupStatusDetail{Status: &s.Status, LastUpdatedAt: &s.At, ErrorDetail: s.Error}
}

// origin is the object that has the members of a group, and the role that lets the
// server read it.
type origin struct {
	Bucket      string `json:"bucket"`
	Key         string `json:"key"`
	Role        string `json:"role"`        // ARN
	Account     string `json:"account"`     // that has the application
	Application string `json:"application"` // ARN
}

// errand is what the role is handed over for.
func (o *origin) errand() principal.Errand {
	return principal.Errand{
		Role: o.Role, Account: o.Account, Application: o.Application,
		Action: "s3:GetObject", Resource: "arn:" + op.Partition + ":s3:::" + o.Bucket + "/" + o.Key,
	}
}

// The most members of a group (API model: PutGroup).
const (
	MaxInline  = 1_000   // in the request
	MaxMembers = 100_000 // in an object
)

// roster is the members of a group: keys, each once and in order.
type roster struct{ users, groups []string }

// add takes a member.
func (r *roster) add(p acl.Principal) {
	if p.Group {
		r.groups = append(r.groups, key(p))
	} else {
		r.users = append(r.users, key(p))
	}
}

// distinct puts the members in order.
func (r roster) distinct() roster { return roster{distinct(r.users), distinct(r.groups)} }

// wish is what a PutGroup says of a group.
type wish struct {
	source  string // the data source whose group it is; empty for one of the index
	members roster
	from    *api.S3 // where the members are instead
	role    string
}

// wishOf reads a request, and says what is wrong with it beyond the model.
func wishOf(in *api.PutGroupInput) (wish, []fault.Field) {
	w := wish{from: in.GroupMembers.S3PathForGroupMembers}
	var bad []fault.Field
	refuse := func(name, format string, args ...any) {
		bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
	}
	if in.DataSourceID != nil {
		w.source = *in.DataSourceID
	}
	if in.RoleARN != nil {
		w.role = *in.RoleARN
	}
	switch {
	case in.Type == api.MembershipTypeDatasource && w.source == "":
		refuse("dataSourceId", "is missing: a group of type %s is that of a data source", in.Type)
	case in.Type == api.MembershipTypeIndex && w.source != "":
		refuse("type", "is %s, which is a group of the whole index, and dataSourceId names a data source: leave that out, or say %s", in.Type, api.MembershipTypeDatasource)
	}
	users, groups := in.GroupMembers.MemberUsers, in.GroupMembers.MemberGroups
	switch n := len(users) + len(groups); {
	case w.from != nil && n > 0:
		refuse("groupMembers", "has members and s3PathForGroupMembers: give one of them")
	case w.from != nil && w.role == "":
		refuse("roleArn", "is missing: it names the role that may read the members' object")
	case n > MaxInline:
		refuse("groupMembers", "has %d members; the most are %d. Put more of them, up to %d, into an object and name it in s3PathForGroupMembers", n, MaxInline, MaxMembers)
	}
	for i, u := range users {
		p, problem := member(w.source, u.UserID, false, u.Type)
		if problem != "" {
			refuse(fmt.Sprintf("groupMembers.memberUsers[%d].type", i), "%s", problem)
		}
		w.members.add(p)
	}
	for i, g := range groups {
		p, problem := member(w.source, g.GroupName, true, g.Type)
		if problem != "" {
			refuse(fmt.Sprintf("groupMembers.memberGroups[%d].type", i), "%s", problem)
		}
		w.members.add(p)
	}
	w.members = w.members.distinct()
	return w, bad
}

// member is whom a member of a group of some data source names. Without a type it
// is of the group's own.
func member(source, name string, group bool, t *api.MembershipType) (p acl.Principal, problem string) {
	switch {
	case t == nil:
	case *t == api.MembershipTypeIndex:
		source = ""
	case source == "":
		problem = fmt.Sprintf("is %s, and the group is not that of a data source", *t)
	}
	if group {
		return groupIn(source, name), problem
	}
	return userIn(source, name), problem
}

func distinct(keys []string) []string {
	slices.Sort(keys)
	return slices.Compact(keys)
}
