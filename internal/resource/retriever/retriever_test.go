package retriever

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestAFreshRetriever(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		role := "arn:aws:iam::111122223333:role/search"
		out := must(t, r, api.CreateRetriever, &api.CreateRetrieverInput{
			ApplicationID: r.app, DisplayName: "find", Type: api.RetrieverTypeNativeIndex, RoleARN: &role,
			Configuration: native(r.idx, nil), Tags: []api.Tag{{Key: "team", Value: "x"}},
		})
		if want := us().ARN("application/%s/retriever/%s", r.app, *out.RetrieverID); *out.RetrieverARN != want {
			t.Errorf("%s, want %s", *out.RetrieverARN, want)
		}
		now := storetest.Start()
		want := &api.GetRetrieverOutput{
			ApplicationID: &r.app, RetrieverID: out.RetrieverID, RetrieverARN: out.RetrieverARN,
			Type: new(api.RetrieverTypeNativeIndex), Status: new(api.RetrieverStatusActive), DisplayName: new("find"), RoleARN: &role,
			Configuration: &api.RetrieverConfiguration{NativeIndexConfiguration: &api.NativeIndexConfiguration{IndexID: r.idx, Version: new(int64(2))}},
			CreatedAt:     &now, UpdatedAt: &now,
		}
		if diff := cmp.Diff(want, r.get(t, *out.RetrieverID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		tags := must(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: *out.RetrieverARN})
		if diff := cmp.Diff([]api.Tag{{Key: "team", Value: "x"}}, tags.Tags); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
	})
}

func TestWhatACreateMayAskFor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.create(t, "held", nil)
		closing := r.index(t, "closing")
		must(t, r, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: r.app, IndexID: closing})
		for name, tt := range map[string]struct {
			in   api.CreateRetrieverInput
			want *fault.Error // nil: it is made
		}{
			"an index":               {api.CreateRetrieverInput{Configuration: native(r.idx, nil)}, nil},
			"an index of Kendra":     {api.CreateRetrieverInput{Type: api.RetrieverTypeKendraIndex, Configuration: kendra()}, nil},
			"another type":           {api.CreateRetrieverInput{Type: api.RetrieverTypeKendraIndex, Configuration: native(r.idx, nil)}, new(optest.Invalid("configuration.nativeIndexConfiguration"))},
			"another type yet":       {api.CreateRetrieverInput{Configuration: kendra()}, new(optest.Invalid("configuration.kendraIndexConfiguration"))},
			"tags of AWS":            {api.CreateRetrieverInput{Configuration: native(r.idx, nil), Tags: []api.Tag{{Key: "aws:x"}}}, new(optest.Invalid("tags[0].key"))},
			"a role of nobody":       {api.CreateRetrieverInput{Configuration: native(r.idx, nil), RoleARN: new("arn:aws:iam::999999999999:role/x")}, new(optest.Invalid("roleArn"))},
			"no index":               {api.CreateRetrieverInput{Configuration: native(nowhere, nil)}, new(absent("index", nowhere))},
			"an index that goes":     {api.CreateRetrieverInput{Configuration: native(closing, nil)}, new(conflict("index", closing))},
			"no application":         {api.CreateRetrieverInput{ApplicationID: nowhere, Configuration: native(r.idx, nil)}, new(absent("application", nowhere))},
			"no application, Kendra": {api.CreateRetrieverInput{ApplicationID: nowhere, Type: api.RetrieverTypeKendraIndex, Configuration: kendra()}, new(absent("application", nowhere))},
			"held":                   {api.CreateRetrieverInput{Configuration: native(r.idx, nil)}, new(conflict("retriever", "held"))},
		} {
			if tt.in.ApplicationID == "" {
				tt.in.ApplicationID = r.app
			}
			if tt.in.Type == "" {
				tt.in.Type = api.RetrieverTypeNativeIndex
			}
			tt.in.DisplayName = strings.ReplaceAll(name, " ", "-")
			_, err := call(t, r, api.CreateRetriever, &tt.in)
			if tt.want != nil {
				t.Log(name)
				optest.Refused(t, err, *tt.want)
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestATokenMakesOneRetriever(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := &api.CreateRetrieverInput{ApplicationID: r.app, DisplayName: "find", Type: api.RetrieverTypeNativeIndex, Configuration: native(r.idx, nil), ClientToken: new("token")}
		first, again := must(t, r, api.CreateRetriever, in), must(t, r, api.CreateRetriever, in)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
}

func TestHowManyRetrieversAnApplicationHas(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 10 {
			r.create(t, fmt.Sprintf("find%d", i), nil)
		}
		_, err := call(t, r, api.CreateRetriever, &api.CreateRetrieverInput{ApplicationID: r.app, DisplayName: "more", Type: api.RetrieverTypeNativeIndex, Configuration: native(r.idx, nil)})
		optest.Refused(t, err, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "retriever", ResourceID: r.app})
	})
}

func TestListsGoPageByPage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var made, seen []string
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			made = append([]string{r.create(t, name, nil)}, made...)
		}
		in := &api.ListRetrieversInput{ApplicationID: r.app, MaxResults: new(int32(2))}
		for more := true; more; more = in.NextToken != nil {
			out := must(t, r, api.ListRetrievers, in)
			for _, x := range out.Retrievers {
				seen = append(seen, *x.RetrieverID)
			}
			in.NextToken = out.NextToken
		}
		if diff := cmp.Diff(made, seen); diff != "" {
			t.Errorf("(-newest first +got):\n%s", diff)
		}
		one := must(t, r, api.ListRetrievers, &api.ListRetrieversInput{ApplicationID: r.app, MaxResults: new(int32(1))}).Retrievers[0]
		want := api.Retriever{ApplicationID: &r.app, RetrieverID: &made[0], Type: new(api.RetrieverTypeNativeIndex), Status: new(api.RetrieverStatusActive), DisplayName: new("e")}
		if diff := cmp.Diff(want, one); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := call(t, r, api.ListRetrievers, &api.ListRetrieversInput{ApplicationID: r.app, NextToken: new("bogus")})
		optest.Refused(t, err, optest.Invalid("nextToken"))
		_, err = call(t, r, api.ListRetrievers, &api.ListRetrieversInput{ApplicationID: nowhere})
		optest.Refused(t, err, absent("application", nowhere))
	})
}

func TestUpdateChangesWhatItNames(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		boosts := Boosting{"_created_at": {DateConfiguration: &api.DateAttributeBoostingConfiguration{BoostingLevel: "HIGH", BoostingDurationInSeconds: new(int64(60))}}}
		id := r.create(t, "find", boosts)
		before := r.get(t, id)
		if got := before.Configuration.NativeIndexConfiguration; *got.Version != 1 || cmp.Diff(map[string]api.DocumentAttributeBoostingConfiguration(boosts), got.BoostingOverride) != "" {
			t.Errorf("%+v", got)
		}
		r.clock.Advance(time.Second)
		role := "arn:aws:iam::111122223333:role/search"
		must(t, r, api.UpdateRetriever, &api.UpdateRetrieverInput{ApplicationID: r.app, RetrieverID: id, DisplayName: new("renamed"), RoleARN: &role})
		before.DisplayName, before.RoleARN, before.UpdatedAt = new("renamed"), &role, new(before.CreatedAt.Add(time.Second))
		if diff := cmp.Diff(before, r.get(t, id)); diff != "" {
			t.Errorf("a name and a role (-want +got):\n%s", diff)
		}
		other := r.index(t, "more")
		must(t, r, api.UpdateRetriever, &api.UpdateRetrieverInput{ApplicationID: r.app, RetrieverID: id, Configuration: new(native(other, nil))})
		if diff := cmp.Diff(&api.NativeIndexConfiguration{IndexID: other, Version: new(int64(2))}, r.get(t, id).Configuration.NativeIndexConfiguration); diff != "" {
			t.Errorf("a configuration without boosts takes them away (-want +got):\n%s", diff)
		}
	})
}

func TestWhatAnUpdateMayNotAskFor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		r.create(t, "held", nil)
		for name, tt := range map[string]struct {
			in   api.UpdateRetrieverInput
			want fault.Error
		}{
			"the type":         {api.UpdateRetrieverInput{Configuration: new(kendra())}, optest.Invalid("configuration.kendraIndexConfiguration")},
			"no index":         {api.UpdateRetrieverInput{Configuration: new(native(nowhere, nil))}, absent("index", nowhere)},
			"a name":           {api.UpdateRetrieverInput{DisplayName: new("held")}, conflict("retriever", "held")},
			"a role of nobody": {api.UpdateRetrieverInput{RoleARN: new("arn:aws:iam::999999999999:role/x")}, optest.Invalid("roleArn")},
			"no retriever":     {api.UpdateRetrieverInput{RetrieverID: nowhere}, absent("retriever", nowhere)},
			"no application":   {api.UpdateRetrieverInput{ApplicationID: nowhere}, absent("application", nowhere)},
		} {
			if tt.in.ApplicationID == "" {
				tt.in.ApplicationID = r.app
			}
			if tt.in.RetrieverID == "" {
				tt.in.RetrieverID = id
			}
			t.Log(name)
			_, err := call(t, r, api.UpdateRetriever, &tt.in)
			optest.Refused(t, err, tt.want)
		}
	})
}

func TestADeletedRetrieverIsGone(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		arn := us().ARN("application/%s/retriever/%s", r.app, id)
		must(t, r, api.TagResource, &api.TagResourceInput{ResourceARN: arn, Tags: []api.Tag{{Key: "k", Value: "v"}}})
		must(t, r, api.DeleteRetriever, &api.DeleteRetrieverInput{ApplicationID: r.app, RetrieverID: id})
		_, err := call(t, r, api.GetRetriever, &api.GetRetrieverInput{ApplicationID: r.app, RetrieverID: id})
		optest.Refused(t, err, absent("retriever", id))
		_, err = call(t, r, api.DeleteRetriever, &api.DeleteRetrieverInput{ApplicationID: r.app, RetrieverID: id})
		optest.Refused(t, err, absent("retriever", id))
		_, err = call(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn})
		if !fault.Is(err, fault.ResourceNotFound) {
			t.Errorf("its tags: %v", err)
		}
		r.create(t, "find", nil)
	})
}

func TestAnApplicationTakesItsRetrieversAlong(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: r.app})
		r.work(t)
		err := r.DB.View(t.Context(), func(tx *store.Tx) error {
			found, err := Kind(tx, us().Tenant(), []string{r.app, id})
			if found {
				t.Error("it is still there")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
