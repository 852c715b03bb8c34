package chatcontrol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/guard"
)

// refusals are what is wrong with a request, member by member.
type refusals []fault.Field

func (r *refusals) add(name, format string, args ...any) {
	*r = append(*r, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// check reports what is wrong with an update whatever the application has already.
func check(in *api.UpdateChatControlsConfigurationInput) []fault.Field {
	var bad refusals
	if p := in.BlockedPhrasesConfigurationUpdate; p != nil {
		bad.phrases(p)
	}
	put := in.TopicConfigurationsToCreateOrUpdate
	for i, t := range put {
		member := fmt.Sprintf("topicConfigurationsToCreateOrUpdate[%d]", i)
		named := func(o api.TopicConfiguration) bool { return strings.EqualFold(o.Name, t.Name) }
		if slices.ContainsFunc(put[:i], named) {
			bad.add(member+".name", "the topic %s is given twice; case does not count", t.Name)
		}
		if slices.ContainsFunc(in.TopicConfigurationsToDelete, named) {
			bad.add(member+".name", "the topic %s is in topicConfigurationsToDelete, too; leave it out of one of the lists", t.Name)
		}
		for j, r := range t.Rules {
			bad.rule(fmt.Sprintf("%s.rules[%d]", member, j), r)
		}
	}
	return bad
}

func (r *refusals) phrases(p *api.BlockedPhrasesConfigurationUpdate) {
	const list = "blockedPhrasesConfigurationUpdate.blockedPhrasesToCreateOrUpdate"
	for i, phrase := range p.BlockedPhrasesToCreateOrUpdate {
		member := fmt.Sprintf("%s[%d]", list, i)
		if !guard.Says(phrase) {
			r.add(member, "%q has no letter, digit or symbol that could be looked for", phrase)
			continue
		}
		if slices.ContainsFunc(p.BlockedPhrasesToDelete, func(o string) bool { return guard.Same(o, phrase) }) {
			r.add(member, "%q is in blockedPhrasesToDelete, too; leave it out of one of the lists", phrase)
		}
	}
}

// rule checks a rule of a topic (user guide, "Using topic-level controls").
func (r *refusals) rule(member string, rule api.Rule) {
	if listed(rule.IncludedUsersAndGroups) && listed(rule.ExcludedUsersAndGroups) {
		r.add(member+".excludedUsersAndGroups", "a rule includes users and groups or excludes some, not both; leave one of the lists out")
	}
	config := rule.RuleConfiguration
	switch rule.RuleType {
	case api.RuleTypeContentBlockerRule:
		if config != nil && config.ContentRetrievalRule != nil {
			r.add(member+".ruleConfiguration.contentRetrievalRule", "does not go with a rule of type %s, which takes contentBlockerRule", rule.RuleType)
		}
	case api.RuleTypeContentRetrievalRule:
		if config != nil && config.ContentBlockerRule != nil {
			r.add(member+".ruleConfiguration.contentBlockerRule", "does not go with a rule of type %s, which takes contentRetrievalRule", rule.RuleType)
			return
		}
		r.sources(member+".ruleConfiguration.contentRetrievalRule.eligibleDataSources", eligible(rule))
	}
}

// sources checks where a retrieval rule lets answers come from. An empty list
// would be one from which nothing can come.
func (r *refusals) sources(member string, list []api.EligibleDataSource) {
	if len(list) == 0 {
		r.add(member, "name at least one data source, or refuse the topic by a rule of type %s", api.RuleTypeContentBlockerRule)
	}
	for i, d := range list {
		if d.IndexID == nil {
			r.add(fmt.Sprintf("%s[%d].indexId", member, i), "is required: a data source is one of an index")
		}
		if d.DataSourceID == nil {
			r.add(fmt.Sprintf("%s[%d].dataSourceId", member, i), "is required")
		}
	}
}

// checkIdentity reports what an application with such users cannot have: without
// users all controls but blocked phrases are read-only (user guide, "Creating an
// application environment for anonymous access"), and rules for single users do
// not work where users are federated by IAM ("Using topic-level controls").
func checkIdentity(t api.IdentityType, in *api.UpdateChatControlsConfigurationInput) []fault.Field {
	switch t {
	case api.IdentityTypeAnonymous:
		return checkAnonymous(in)
	case api.IdentityTypeAwsIAMIDPSAML, api.IdentityTypeAwsIAMIDPOIDC:
		return checkFederated(t, in.TopicConfigurationsToCreateOrUpdate)
	}
	return nil
}

func checkAnonymous(in *api.UpdateChatControlsConfigurationInput) []fault.Field {
	var bad refusals
	for _, m := range []struct {
		name  string
		given bool
	}{
		{"responseScope", in.ResponseScope != nil},
		{"orchestrationConfiguration", in.OrchestrationConfiguration != nil},
		{"topicConfigurationsToCreateOrUpdate", len(in.TopicConfigurationsToCreateOrUpdate) > 0},
		{"topicConfigurationsToDelete", len(in.TopicConfigurationsToDelete) > 0},
		{"creatorModeConfiguration", in.CreatorModeConfiguration != nil},
		{"hallucinationReductionConfiguration", in.HallucinationReductionConfiguration != nil},
	} {
		if m.given {
			bad.add(m.name, "cannot be changed in an application of identity type %s, where only blocked phrases can", api.IdentityTypeAnonymous)
		}
	}
	return bad
}

func checkFederated(t api.IdentityType, topics []api.TopicConfiguration) []fault.Field {
	var bad refusals
	for i, topic := range topics {
		for j, r := range topic.Rules {
			member := fmt.Sprintf("topicConfigurationsToCreateOrUpdate[%d].rules[%d]", i, j)
			bad.users(member+".includedUsersAndGroups", r.IncludedUsersAndGroups, t)
			bad.users(member+".excludedUsersAndGroups", r.ExcludedUsersAndGroups, t)
		}
	}
	return bad
}

func (r *refusals) users(member string, list *api.UsersAndGroups, t api.IdentityType) {
	if list != nil && len(list.UserIDs) > 0 {
		r.add(member+".userIds", "rules for single users do not work in an application of identity type %s; name groups", t)
	}
}

func listed(list *api.UsersAndGroups) bool {
	return list != nil && len(list.UserIDs)+len(list.UserGroups) > 0
}
