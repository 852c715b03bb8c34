package document

import (
	"fmt"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/resource/application"
)

// refusal is what is wrong with a document, as a sentence for who put it.
type refusal struct {
	code    api.ErrorCode
	message string
}

func (r *refusal) Error() string { return r.message }

// refuse says that a document is at fault itself.
func refuse(format string, args ...any) *refusal {
	return &refusal{api.ErrorCodeInvalidRequest, fmt.Sprintf(format, args...)}
}

// listFrom makes the list of a document of a data source, which is empty for one
// without. A list that allows or denies nobody is refused: to leave a document
// open to everybody takes no accessConfiguration at all.
func listFrom(a *api.AccessConfiguration, source string) (*acl.List, error) {
	if a == nil {
		return nil, nil
	}
	if len(a.AccessControls) == 0 {
		return nil, refuse("accessConfiguration.accessControls is empty: leave accessConfiguration out if everybody may see the document.")
	}
	list := &acl.List{All: and(a.MemberRelation)}
	for i, c := range a.AccessControls {
		if len(c.Principals) == 0 {
			return nil, refuse("accessConfiguration.accessControls[%d].principals is empty: name a user or a group.", i)
		}
		control := acl.Control{All: and(c.MemberRelation)}
		for j := range c.Principals {
			e, err := entryFrom(&c.Principals[j], source)
			if err != nil {
				return nil, refuse("accessConfiguration.accessControls[%d].principals[%d] %s", i, j, err.Error())
			}
			control.Entries = append(control.Entries, e)
		}
		list.Controls = append(list.Controls, control)
	}
	return list, nil
}

// and reads a memberRelation; OR is what is meant without one.
func and(r *api.MemberRelation) bool { return r != nil && *r == api.MemberRelationAnd }

func entryFrom(p *api.Principal, source string) (e acl.Entry, err error) {
	var name *string
	var membership *api.MembershipType
	switch {
	case p.User != nil && p.Group != nil:
		return e, refuse("has a user and a group: give one of the two.")
	case p.User != nil:
		name, membership, e.Deny = p.User.ID, p.User.MembershipType, p.User.Access == api.ReadAccessTypeDeny
	case p.Group != nil:
		name, membership, e.Deny = p.Group.Name, p.Group.MembershipType, p.Group.Access == api.ReadAccessTypeDeny
		e.Group = true
	default:
		return e, refuse("has neither a user nor a group.")
	}
	if name == nil {
		return e, refuse("has no %s: nobody is meant.", map[bool]string{false: "id", true: "name"}[e.Group])
	}
	e.Name = *name
	if membership != nil && *membership == api.MembershipTypeDatasource {
		if source == "" {
			return e, refuse("is of membershipType DATASOURCE, and the document is of no data source: put it with the attribute %s, or leave membershipType out.", sourceAttribute)
		}
		e.Source = source
	}
	e.Principal = normal(e.Principal)
	return e, nil
}

// normal is a principal as it is compared: users of the whole index are known by
// their e-mail addresses.
func normal(p acl.Principal) acl.Principal {
	if !p.Group && p.Source == "" {
		p.Name = application.Address(p.Name)
	}
	return p
}

// normalList is a list whose principals are normal.
func normalList(l *acl.List) *acl.List {
	if l.Public() {
		return nil
	}
	made := &acl.List{All: l.All}
	for _, c := range l.Controls {
		entries := slices.Clone(c.Entries)
		for i := range entries {
			entries[i].Principal = normal(entries[i].Principal)
		}
		made.Controls = append(made.Controls, acl.Control{All: c.All, Entries: entries})
	}
	return made
}

// shown is a list as CheckDocumentAccess shows it: the entries that allow, and
// those that deny.
func shown(l *acl.List) *api.DocumentACL {
	return &api.DocumentACL{Allowlist: side(l, false), DenyList: side(l, true)}
}

func side(l *acl.List, deny bool) *api.DocumentACLMembership {
	if l == nil {
		return nil
	}
	var conditions []api.DocumentACLCondition
	for _, c := range l.Controls {
		condition := api.DocumentACLCondition{MemberRelation: relation(c.All)}
		for _, e := range c.Entries {
			switch {
			case e.Deny != deny:
			case e.Group:
				condition.Groups = append(condition.Groups, api.DocumentACLGroup{Name: &e.Name, Type: membership(e.Principal)})
			default:
				condition.Users = append(condition.Users, api.DocumentACLUser{ID: &e.Name, Type: membership(e.Principal)})
			}
		}
		if len(condition.Groups)+len(condition.Users) > 0 {
			conditions = append(conditions, condition)
		}
	}
	if conditions == nil {
		return nil
	}
	return &api.DocumentACLMembership{MemberRelation: relation(l.All), Conditions: conditions}
}

func relation(all bool) *api.MemberRelation {
	if all {
		return new(api.MemberRelationAnd)
	}
	return new(api.MemberRelationOr)
}

func membership(p acl.Principal) *api.MembershipType {
	if p.Source == "" {
		return new(api.MembershipTypeIndex)
	}
	return new(api.MembershipTypeDatasource)
}
