package chatcontrol

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/platform/store"
)

// fresh is what an application shows where nothing was set.
func fresh() *api.GetChatControlsConfigurationOutput {
	return &api.GetChatControlsConfigurationOutput{
		ResponseScope:                       new(api.ResponseScopeEnterpriseContentOnly),
		OrchestrationConfiguration:          &api.AppliedOrchestrationConfiguration{Control: api.OrchestrationControlEnabled},
		CreatorModeConfiguration:            &api.AppliedCreatorModeConfiguration{CreatorModeControl: api.CreatorModeControlEnabled},
		HallucinationReductionConfiguration: &api.HallucinationReductionConfiguration{HallucinationReductionControl: new(api.HallucinationReductionControlDisabled)},
		BlockedPhrases:                      &api.BlockedPhrasesConfiguration{BlockedPhrases: []string{}},
		TopicConfigurations:                 []api.TopicConfiguration{},
	}
}

func hallucination(c api.HallucinationReductionControl) *api.HallucinationReductionConfiguration {
	return &api.HallucinationReductionConfiguration{HallucinationReductionControl: &c}
}

func orchestration(c api.OrchestrationControl) *api.OrchestrationConfiguration {
	return &api.OrchestrationConfiguration{Control: c}
}

func phrases(put, remove []string) *api.BlockedPhrasesConfigurationUpdate {
	return &api.BlockedPhrasesConfigurationUpdate{BlockedPhrasesToCreateOrUpdate: put, BlockedPhrasesToDelete: remove}
}

// blocker is a rule that refuses a topic.
func blocker() api.Rule { return api.Rule{RuleType: api.RuleTypeContentBlockerRule} }

// retrieval is a rule that answers from data sources.
func (r *rig) retrieval(sources ...string) api.Rule {
	var list []api.EligibleDataSource
	for _, s := range sources {
		list = append(list, api.EligibleDataSource{IndexID: &r.idx, DataSourceID: &s})
	}
	return api.Rule{
		RuleType:          api.RuleTypeContentRetrievalRule,
		RuleConfiguration: &api.RuleConfiguration{ContentRetrievalRule: &api.ContentRetrievalRule{EligibleDataSources: list}},
	}
}

func topic(name string, rules ...api.Rule) api.TopicConfiguration {
	return api.TopicConfiguration{Name: name, Rules: append([]api.Rule{}, rules...)}
}

func topics(list ...api.TopicConfiguration) []api.TopicConfiguration { return list }

func groups(names ...string) *api.UsersAndGroups { return &api.UsersAndGroups{UserGroups: names} }

func TestAFreshApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if diff := cmp.Diff(fresh(), r.get(t)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := call(t, r, api.GetChatControlsConfiguration, &api.GetChatControlsConfigurationInput{ApplicationID: nowhere})
		optest.Refused(t, err, absent("application", nowhere))
	})
}

func TestAnUpdateIsAPatch(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		want := fresh()
		for _, step := range []struct {
			name string
			in   api.UpdateChatControlsConfigurationInput
			then func()
		}{
			{"nothing", api.UpdateChatControlsConfigurationInput{}, func() {}},
			{"the scope", api.UpdateChatControlsConfigurationInput{ResponseScope: new(api.ResponseScopeExtendedKnowledgeEnabled)},
				func() { want.ResponseScope = new(api.ResponseScopeExtendedKnowledgeEnabled) }},
			{"creator mode", api.UpdateChatControlsConfigurationInput{CreatorModeConfiguration: &api.CreatorModeConfiguration{CreatorModeControl: api.CreatorModeControlDisabled}},
				func() { want.CreatorModeConfiguration.CreatorModeControl = api.CreatorModeControlDisabled }},
			{"orchestration for hallucination reduction", api.UpdateChatControlsConfigurationInput{
				OrchestrationConfiguration: orchestration(api.OrchestrationControlDisabled), HallucinationReductionConfiguration: hallucination(api.HallucinationReductionControlEnabled),
			}, func() {
				want.OrchestrationConfiguration.Control = api.OrchestrationControlDisabled
				want.HallucinationReductionConfiguration = hallucination(api.HallucinationReductionControlEnabled)
			}},
			{"an empty configuration", api.UpdateChatControlsConfigurationInput{HallucinationReductionConfiguration: &api.HallucinationReductionConfiguration{}}, func() {}},
			{"phrases", api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: phrases([]string{"Project Falcon", "osprey", "osprey"}, nil)},
				func() { want.BlockedPhrases.BlockedPhrases = []string{"Project Falcon", "osprey"} }},
			{"one anew, one more, and one that is not there", api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: phrases([]string{"project-falcon", "heron"}, []string{"eagle", "OSPREY"})},
				func() { want.BlockedPhrases.BlockedPhrases = []string{"project-falcon", "heron"} }},
			{"their message", api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: &api.BlockedPhrasesConfigurationUpdate{SystemMessageOverride: new("Ask Ann.")}},
				func() { want.BlockedPhrases.SystemMessageOverride = new("Ask Ann.") }},
			{"no message", api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: &api.BlockedPhrasesConfigurationUpdate{SystemMessageOverride: new("")}},
				func() { want.BlockedPhrases.SystemMessageOverride = nil }},
			{"topics", api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("travel", r.retrieval(there)), topic("pay", blocker()))},
				func() {
					want.TopicConfigurations = topics(topic("pay", blocker()), topic("travel", r.retrieval(there)))
				}},
			{"one anew, one less", api.UpdateChatControlsConfigurationInput{
				TopicConfigurationsToCreateOrUpdate: topics(topic("Pay", r.retrieval(there, also))), TopicConfigurationsToDelete: topics(topic("travel"), topic("other")),
			}, func() { want.TopicConfigurations = topics(topic("Pay", r.retrieval(there, also))) }},
		} {
			r.update(t, step.in)
			step.then()
			if diff := cmp.Diff(want, r.get(t)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step.name, diff)
			}
		}
		must(t, r, api.DeleteChatControlsConfiguration, &api.DeleteChatControlsConfigurationInput{ApplicationID: r.app})
		if diff := cmp.Diff(fresh(), r.get(t)); diff != "" {
			t.Errorf("after a delete (-want +got):\n%s", diff)
		}
		must(t, r, api.DeleteChatControlsConfiguration, &api.DeleteChatControlsConfigurationInput{ApplicationID: r.app})
		_, err := call(t, r, api.DeleteChatControlsConfiguration, &api.DeleteChatControlsConfigurationInput{ApplicationID: nowhere})
		optest.Refused(t, err, absent("application", nowhere))
	})
}

func TestWhatAnUpdateMayNotAskFor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const put = "topicConfigurationsToCreateOrUpdate[0]"
		both, half, mixed, mixed2 := blocker(), r.retrieval(there), blocker(), r.retrieval(there)
		both.IncludedUsersAndGroups, both.ExcludedUsersAndGroups = groups("hr"), groups("it")
		half.RuleConfiguration.ContentRetrievalRule.EligibleDataSources = []api.EligibleDataSource{{IndexID: &r.idx}, {DataSourceID: new(there)}}
		mixed.RuleConfiguration = r.retrieval(there).RuleConfiguration
		mixed2.RuleConfiguration = &api.RuleConfiguration{ContentBlockerRule: &api.ContentBlockerRule{}}
		elsewhere := r.retrieval(there)
		elsewhere.RuleConfiguration.ContentRetrievalRule.EligibleDataSources[0].IndexID = new(nowhere)
		someone := blocker()
		someone.IncludedUsersAndGroups = &api.UsersAndGroups{UserIDs: []string{"ann@example.com"}}
		for name, tt := range map[string]struct {
			in   api.UpdateChatControlsConfigurationInput
			want fault.Error
		}{
			"no application":      {api.UpdateChatControlsConfigurationInput{ApplicationID: nowhere}, absent("application", nowhere)},
			"a phrase of nothing": {api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: phrases([]string{"x", "?!"}, nil)}, optest.Invalid("blockedPhrasesConfigurationUpdate.blockedPhrasesToCreateOrUpdate[1]")},
			"a phrase to and fro": {api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: phrases([]string{"Falcon"}, []string{"falcon!"})}, optest.Invalid("blockedPhrasesConfigurationUpdate.blockedPhrasesToCreateOrUpdate[0]")},
			"hallucinations":      {api.UpdateChatControlsConfigurationInput{HallucinationReductionConfiguration: hallucination(api.HallucinationReductionControlEnabled)}, optest.Invalid("hallucinationReductionConfiguration.hallucinationReductionControl")},
			"both": {api.UpdateChatControlsConfigurationInput{
				HallucinationReductionConfiguration: hallucination(api.HallucinationReductionControlEnabled), OrchestrationConfiguration: orchestration(api.OrchestrationControlEnabled),
			}, optest.Invalid("hallucinationReductionConfiguration.hallucinationReductionControl")},
			"a topic twice":        {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay"), topic("PAY"))}, optest.Invalid("topicConfigurationsToCreateOrUpdate[1].name")},
			"a topic to and fro":   {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay")), TopicConfigurationsToDelete: topics(topic("Pay"))}, optest.Invalid(put + ".name")},
			"in and out":           {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", both))}, optest.Invalid(put + ".rules[0].excludedUsersAndGroups")},
			"a blocker's sources":  {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", blocker(), mixed))}, optest.Invalid(put + ".rules[1].ruleConfiguration.contentRetrievalRule")},
			"a retrieval's words":  {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", mixed2))}, optest.Invalid(put + ".rules[0].ruleConfiguration.contentBlockerRule")},
			"sources of none":      {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", r.retrieval()))}, optest.Invalid(put + ".rules[0].ruleConfiguration.contentRetrievalRule.eligibleDataSources")},
			"half a source":        {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", half))}, optest.Invalid(put+".rules[0].ruleConfiguration.contentRetrievalRule.eligibleDataSources[0].dataSourceId", put+".rules[0].ruleConfiguration.contentRetrievalRule.eligibleDataSources[1].indexId")},
			"no source":            {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", r.retrieval(there, nowhere)))}, absent("data-source", nowhere)},
			"no index":             {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", elsewhere))}, absent("index", nowhere)},
			"a user of federation": {api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: topics(topic("pay", someone))}, optest.Invalid(put + ".rules[0].includedUsersAndGroups.userIds")},
		} {
			if tt.in.ApplicationID == "" {
				tt.in.ApplicationID = r.app
			}
			t.Log(name)
			_, err := call(t, r, api.UpdateChatControlsConfiguration, &tt.in)
			optest.Refused(t, err, tt.want)
		}
		if diff := cmp.Diff(fresh(), r.get(t)); diff != "" {
			t.Errorf("something was changed (-want +got):\n%s", diff)
		}
		r.update(t, api.UpdateChatControlsConfigurationInput{OrchestrationConfiguration: orchestration(api.OrchestrationControlDisabled), HallucinationReductionConfiguration: hallucination(api.HallucinationReductionControlEnabled)})
		_, err := call(t, r, api.UpdateChatControlsConfiguration, &api.UpdateChatControlsConfigurationInput{ApplicationID: r.app, OrchestrationConfiguration: orchestration(api.OrchestrationControlEnabled)})
		optest.Refused(t, err, optest.Invalid("orchestrationConfiguration.control"))
	})
}

func TestRulesForUsersWhereTheyWork(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		quick := r.application(t, "quick", api.CreateApplicationInput{
			IdentityType:            new(api.IdentityTypeAwsQuicksightIDP),
			QuickSightConfiguration: &api.QuickSightConfiguration{ClientNamespace: "default"},
		})
		rule := blocker()
		rule.ExcludedUsersAndGroups = &api.UsersAndGroups{UserIDs: []string{"ann@example.com"}}
		must(t, r, api.UpdateChatControlsConfiguration, &api.UpdateChatControlsConfigurationInput{ApplicationID: quick, TopicConfigurationsToCreateOrUpdate: topics(topic("pay", rule))})
	})
}

func TestWithoutUsersOnlyPhrasesAreSet(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		open := r.application(t, "open", api.CreateApplicationInput{IdentityType: new(api.IdentityTypeAnonymous)})
		must(t, r, api.UpdateChatControlsConfiguration, &api.UpdateChatControlsConfigurationInput{ApplicationID: open, BlockedPhrasesConfigurationUpdate: phrases([]string{"falcon"}, nil)})
		_, err := call(t, r, api.UpdateChatControlsConfiguration, &api.UpdateChatControlsConfigurationInput{
			ApplicationID: open, BlockedPhrasesConfigurationUpdate: phrases([]string{"osprey"}, nil),
			ResponseScope: new(api.ResponseScopeEnterpriseContentOnly), OrchestrationConfiguration: orchestration(api.OrchestrationControlDisabled),
			TopicConfigurationsToCreateOrUpdate: topics(topic("pay", blocker())), TopicConfigurationsToDelete: topics(topic("travel")),
			CreatorModeConfiguration:            &api.CreatorModeConfiguration{CreatorModeControl: api.CreatorModeControlDisabled},
			HallucinationReductionConfiguration: hallucination(api.HallucinationReductionControlDisabled),
		})
		optest.Refused(t, err, optest.Invalid("responseScope", "orchestrationConfiguration", "topicConfigurationsToCreateOrUpdate", "topicConfigurationsToDelete", "creatorModeConfiguration", "hallucinationReductionConfiguration"))
		want := fresh()
		want.BlockedPhrases.BlockedPhrases = []string{"falcon"}
		if diff := cmp.Diff(want, must(t, r, api.GetChatControlsConfiguration, &api.GetChatControlsConfigurationInput{ApplicationID: open})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestHowManyAnApplicationHas(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var words []string
		var list []api.TopicConfiguration
		for i := range 20 {
			words = append(words, fmt.Sprintf("bird %d", i))
		}
		for i := range 10 {
			list = append(list, topic(fmt.Sprintf("topic-%d", i), blocker()))
		}
		r.update(t, api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: phrases(words, nil), TopicConfigurationsToCreateOrUpdate: list})
		_, err := call(t, r, api.UpdateChatControlsConfiguration, &api.UpdateChatControlsConfigurationInput{ApplicationID: r.app, BlockedPhrasesConfigurationUpdate: phrases([]string{"one more"}, nil)})
		optest.Refused(t, err, full("chat-controls", r.app))
		_, err = call(t, r, api.UpdateChatControlsConfiguration, &api.UpdateChatControlsConfigurationInput{ApplicationID: r.app, TopicConfigurationsToCreateOrUpdate: topics(topic("more"))})
		optest.Refused(t, err, full("chat-controls", r.app))
		r.update(t, api.UpdateChatControlsConfigurationInput{
			BlockedPhrasesConfigurationUpdate:   phrases([]string{"one more"}, []string{"bird 0"}),
			TopicConfigurationsToCreateOrUpdate: topics(topic("more")), TopicConfigurationsToDelete: topics(topic("topic-9")),
		})

		var seen []string
		in := &api.GetChatControlsConfigurationInput{ApplicationID: r.app, MaxResults: new(int32(3))}
		for more := true; more; more = in.NextToken != nil {
			out := must(t, r, api.GetChatControlsConfiguration, in)
			if len(out.BlockedPhrases.BlockedPhrases) != 20 {
				t.Errorf("%d phrases on a page", len(out.BlockedPhrases.BlockedPhrases))
			}
			for _, x := range out.TopicConfigurations {
				seen = append(seen, x.Name)
			}
			in.NextToken = out.NextToken
			if len(seen) == 3 { // a topic that was shown goes: none is left out
				r.update(t, api.UpdateChatControlsConfigurationInput{TopicConfigurationsToDelete: topics(topic("more"))})
			}
		}
		want := []string{"more", "topic-0", "topic-1", "topic-2", "topic-3", "topic-4", "topic-5", "topic-6", "topic-7", "topic-8"}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err = call(t, r, api.GetChatControlsConfiguration, &api.GetChatControlsConfigurationInput{ApplicationID: r.app, NextToken: new("bogus")})
		optest.Refused(t, err, optest.Invalid("nextToken"))
	})
}

func TestATokenUpdatesOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := &api.UpdateChatControlsConfigurationInput{ApplicationID: r.app, BlockedPhrasesConfigurationUpdate: phrases([]string{"falcon"}, nil), ClientToken: new("token")}
		must(t, r, api.UpdateChatControlsConfiguration, in)
		r.update(t, api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: phrases(nil, []string{"falcon"})})
		must(t, r, api.UpdateChatControlsConfiguration, in)
		if got := r.get(t).BlockedPhrases.BlockedPhrases; len(got) != 0 {
			t.Errorf("the answer was repeated, and so was the work: %q", got)
		}
	})
}

func TestWhatATurnIsTold(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		refuse, from := blocker(), r.retrieval(there)
		refuse.RuleConfiguration = &api.RuleConfiguration{ContentBlockerRule: &api.ContentBlockerRule{SystemMessageOverride: new("No.")}}
		refuse.IncludedUsersAndGroups, from.ExcludedUsersAndGroups = groups("hr"), groups("it")
		pay := topic("pay", refuse, from)
		pay.Description, pay.ExampleChatMessages = new("What people earn"), []string{"What does Ann earn?"}
		if diff := cmp.Diff(Controls{Scope: api.ResponseScopeEnterpriseContentOnly, Orchestration: true, Creator: true}, r.controls(t, r.app)); diff != "" {
			t.Errorf("of a fresh application (-want +got):\n%s", diff)
		}
		r.update(t, api.UpdateChatControlsConfigurationInput{
			ResponseScope: new(api.ResponseScopeExtendedKnowledgeEnabled), OrchestrationConfiguration: orchestration(api.OrchestrationControlDisabled),
			CreatorModeConfiguration:            &api.CreatorModeConfiguration{CreatorModeControl: api.CreatorModeControlDisabled},
			HallucinationReductionConfiguration: hallucination(api.HallucinationReductionControlEnabled),
			BlockedPhrasesConfigurationUpdate:   &api.BlockedPhrasesConfigurationUpdate{BlockedPhrasesToCreateOrUpdate: []string{"falcon"}, SystemMessageOverride: new("Hush.")},
			TopicConfigurationsToCreateOrUpdate: topics(pay),
		})
		want := Controls{
			Scope: api.ResponseScopeExtendedKnowledgeEnabled, Hallucination: true,
			Guard: guard.Config{Phrases: []string{"falcon"}, Message: "Hush.", Topics: []guard.Topic{{
				Name: "pay", Description: "What people earn", Examples: []string{"What does Ann earn?"},
				Rules: []guard.Rule{
					{Block: true, Message: "No.", Include: guard.People{Groups: []string{"hr"}}},
					{Only: []guard.DataSource{{Index: r.idx, ID: there}}, Exclude: guard.People{Groups: []string{"it"}}},
				},
			}}},
		}
		if diff := cmp.Diff(want, r.controls(t, r.app)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(Controls{Scope: api.ResponseScopeEnterpriseContentOnly, Orchestration: true, Creator: true}, r.controls(t, nowhere)); diff != "" {
			t.Errorf("of no application (-want +got):\n%s", diff)
		}
	})
}

func (r *rig) controls(t *testing.T, app string) (c Controls) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		c, err = Of(tx, us().Tenant(), app)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
