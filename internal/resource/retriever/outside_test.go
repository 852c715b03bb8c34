package retriever

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

const companyRole = "arn:aws:iam::444455556666:role/search"

// staff makes an application of the people of Identity Center, with an index, and
// two of them. It returns their IDs.
func (r *rig) staff(t *testing.T) (ann, bob string) {
	t.Helper()
	center := must(t, r, ssoadmin.ListInstances, &ssoadmin.ListInstancesInput{}).Instances[0]
	r.app = *must(t, r, api.CreateApplication, &api.CreateApplicationInput{DisplayName: "staff", IdentityCenterInstanceARN: center.InstanceARN}).ApplicationID
	r.idx = r.index(t, "staff")
	join := func(name string) string {
		return must(t, r, identitystore.CreateUser, &identitystore.CreateUserInput{
			IdentityStoreID: *center.IdentityStoreID, UserName: &name, DisplayName: &name, Name: &identitystore.Name{GivenName: &name, FamilyName: &name},
			Emails: []identitystore.Email{{Value: new(name + "@example.com"), Type: new("work"), Primary: new(true)}},
		}).UserID
	}
	return join("ann"), join("bob")
}

// accessor lets the company in, under a filter; nil: none.
func (r *rig) accessor(t *testing.T, f *api.AttributeFilter) (id string) {
	t.Helper()
	return must(t, r, api.CreateDataAccessor, &api.CreateDataAccessorInput{
		ApplicationID: r.app, DisplayName: "company", Principal: companyRole, ActionConfigurations: under(f),
	}).DataAccessorID
}

func under(f *api.AttributeFilter) []api.ActionConfiguration {
	a := api.ActionConfiguration{Action: "qbusiness:SearchRelevantContent"}
	if f != nil {
		a.FilterConfiguration = &api.ActionFilterConfiguration{DocumentAttributeFilter: *f}
	}
	return []api.ActionConfiguration{a}
}

// company is the company's role, with a session that speaks for a person.
func company(person string) op.Caller {
	return op.Caller{
		Account: "444455556666", Owner: us().Account, Region: us().Region, Role: companyRole,
		Principal: "arn:aws:sts::444455556666:assumed-role/search/backend", Person: &op.Person{ID: person},
	}
}

// TestAnOutsideCompanySeesWhatItsPersonMay, and of that what the accessor's filter
// lets through; what it asks for itself only narrows that.
func TestAnOutsideCompanySeesWhatItsPersonMay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ann, bob := r.staff(t)
		r.configure(t, an("area", "STRING", "DISABLED"))
		id := r.create(t, "find", nil)
		shared := &api.AttributeFilter{EqualsTo: new(str("area", "shared"))}
		accessor := r.accessor(t, shared)
		r.put(t,
			doc("open", "", "The price list for everybody.", str("area", "shared")),
			doc("inside", "", "The price list as we make it.", str("area", "own")),
			doc("nowhere", "", "The price list of no area."),
			r.only(doc("ann", "", "The price list for Ann.", str("area", "shared")), "ann@example.com"),
			r.only(doc("ann-inside", "", "What Ann keeps to herself of our price list.", str("area", "own")), "ann@example.com"))
		sees := func(c op.Caller, f *api.AttributeFilter, want ...string) {
			t.Helper()
			in := r.query(id, "price list")
			in.AttributeFilter = f
			got := r.finds(t, c, in)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		own := as("")
		own.Person = &op.Person{ID: ann}
		sees(own, nil, "ann", "ann-inside", "inside", "nowhere", "open")
		sees(company(ann), nil, "ann", "open")
		sees(company(bob), nil, "open")
		wider := &api.AttributeFilter{OrAllFilters: []api.AttributeFilter{*shared, {NotFilter: shared}}}
		sees(company(ann), wider, "ann", "open")
		sees(company(ann), &api.AttributeFilter{NotFilter: shared})

		must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{ApplicationID: r.app, DataAccessorID: accessor, ActionConfigurations: under(nil)})
		sees(company(bob), nil, "inside", "nowhere", "open")
		must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: accessor})
		_, err := optest.Call(t, r.Registry, company(ann), api.SearchRelevantContent, r.query(id, "price list"))
		optest.Refused(t, err, fault.Error{Code: fault.AccessDenied})
	})
}

// TestAFilterThatCannotBeAppliedLetsNothingThrough: one about an attribute that
// the index does not have, or has of another type, within notFilter too.
func TestAFilterThatCannotBeAppliedLetsNothingThrough(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ann, _ := r.staff(t)
		r.configure(t, an("level", "NUMBER", "DISABLED"))
		id := r.create(t, "find", nil)
		accessor := r.accessor(t, nil)
		r.put(t, doc("open", "", "The price list for everybody."))
		for name, f := range map[string]*api.AttributeFilter{
			"no attribute": {NotFilter: &api.AttributeFilter{EqualsTo: new(str("label-of-secrets", "x"))}},
			"another type": {NotFilter: &api.AttributeFilter{EqualsTo: new(str("level", "1"))}},
		} {
			must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{ApplicationID: r.app, DataAccessorID: accessor, ActionConfigurations: under(f)})
			_, err := optest.Call(t, r.Registry, company(ann), api.SearchRelevantContent, r.query(id, "price list"))
			if m := optest.Refused(t, err, fault.Error{Code: fault.AccessDenied}); strings.Contains(m, "label") || strings.Contains(m, "level") {
				t.Errorf("%s: the company is told what the filter is about: %s", name, m)
			}
		}
		r.configure(t, an("label-of-secrets", "STRING", "DISABLED"))
		must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{ApplicationID: r.app, DataAccessorID: accessor,
			ActionConfigurations: under(&api.AttributeFilter{NotFilter: &api.AttributeFilter{EqualsTo: new(str("label-of-secrets", "x"))}})})
		if diff := cmp.Diff([]string{"open"}, r.finds(t, company(ann), r.query(id, "price list"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
