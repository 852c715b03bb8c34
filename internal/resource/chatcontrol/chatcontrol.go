// Package chatcontrol owns what an administrator decides about an application's
// conversations: the chat controls (what may answer, blocked phrases, topics with
// their rules) and the chat response configuration (in which manner).
//
// It owns what may be set, what holds where nothing was, and which settings
// exclude each other. What a phrase or a topic is in a text is decided in
// engine/guard; what follows for a turn, in engine/converse.
//
// Rows: chat_controls (one per application that has some), chat_response (one per
// response configuration).
package chatcontrol

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/platform/store"
)

// typeName is what errors call an application's controls.
const typeName = "chat-controls"

// Bounds of an application (user guide, "Using global controls"; API model,
// TopicConfigurations).
const (
	MaxPhrases = 20
	MaxTopics  = 10
)

// Controls are the chat controls of an application, as a turn needs them.
type Controls struct {
	Scope         api.ResponseScope // what answers come from where no mode says otherwise
	Orchestration bool              // without a mode, actions of plugins are considered
	Creator       bool              // the language model may be asked directly, and files attached
	Hallucination bool              // answers from passages are held against the passages
	Guard         guard.Config
}

// Of returns the controls of an application, with the defaults for what was not
// set. It is one statement. An application that is not there is no error: it has
// the defaults.
func Of(tx *store.Tx, tenant, application string) (Controls, error) {
	s, err := getSettings(tx, tenant, application)
	if err != nil {
		return Controls{}, err
	}
	return s.controls(), nil
}

// settings are the controls as they are stored and shown.
type settings struct {
	Scope         api.ResponseScope                 `json:"scope"`
	Orchestration api.OrchestrationControl          `json:"orchestration"`
	Creator       api.CreatorModeControl            `json:"creator"`
	Hallucination api.HallucinationReductionControl `json:"hallucination"`
	Phrases       []string                          `json:"phrases,omitempty"`
	Message       string                            `json:"message,omitempty"`
	Topics        []api.TopicConfiguration          `json:"topics,omitempty"` // by name
}

// defaults are those of a new application (user guide, "Using global controls").
// The model says that creator mode is off by default; the guide, that it has been
// on since October 2024.
func defaults() settings {
	return settings{
		Scope:         api.ResponseScopeEnterpriseContentOnly,
		Orchestration: api.OrchestrationControlEnabled,
		Creator:       api.CreatorModeControlEnabled,
		Hallucination: api.HallucinationReductionControlDisabled,
	}
}

func (s settings) controls() Controls {
	c := Controls{
		Scope:         s.Scope,
		Orchestration: s.Orchestration == api.OrchestrationControlEnabled,
		Creator:       s.Creator == api.CreatorModeControlEnabled,
		Hallucination: s.Hallucination == api.HallucinationReductionControlEnabled,
		Guard:         guard.Config{Phrases: s.Phrases, Message: s.Message},
	}
	for _, t := range s.Topics {
		c.Guard.Topics = append(c.Guard.Topics, topicOf(t))
	}
	return c
}

func topicOf(t api.TopicConfiguration) guard.Topic {
	topic := guard.Topic{Name: t.Name, Description: text(t.Description), Examples: t.ExampleChatMessages}
	for _, r := range t.Rules {
		rule := guard.Rule{
			Block:   r.RuleType == api.RuleTypeContentBlockerRule,
			Include: peopleOf(r.IncludedUsersAndGroups), Exclude: peopleOf(r.ExcludedUsersAndGroups),
		}
		if c := r.RuleConfiguration; c != nil && c.ContentBlockerRule != nil {
			rule.Message = text(c.ContentBlockerRule.SystemMessageOverride)
		}
		for _, d := range eligible(r) {
			rule.Only = append(rule.Only, guard.DataSource{Index: text(d.IndexID), ID: text(d.DataSourceID)})
		}
		topic.Rules = append(topic.Rules, rule)
	}
	return topic
}

func peopleOf(list *api.UsersAndGroups) guard.People {
	if list == nil {
		return guard.People{}
	}
	return guard.People{Users: list.UserIDs, Groups: list.UserGroups}
}

// eligible are the data sources of a retrieval rule.
func eligible(r api.Rule) []api.EligibleDataSource {
	if c := r.RuleConfiguration; c != nil && c.ContentRetrievalRule != nil {
		return c.ContentRetrievalRule.EligibleDataSources
	}
	return nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// detail is what GetChatControlsConfiguration shows, but for the topics.
func (s settings) detail() *api.GetChatControlsConfigurationOutput {
	phrases := &api.BlockedPhrasesConfiguration{BlockedPhrases: append([]string{}, s.Phrases...)}
	if s.Message != "" {
		phrases.SystemMessageOverride = &s.Message
	}
	return &api.GetChatControlsConfigurationOutput{
		ResponseScope:                       &s.Scope,
		OrchestrationConfiguration:          &api.AppliedOrchestrationConfiguration{Control: s.Orchestration},
		CreatorModeConfiguration:            &api.AppliedCreatorModeConfiguration{CreatorModeControl: s.Creator},
		HallucinationReductionConfiguration: &api.HallucinationReductionConfiguration{HallucinationReductionControl: &s.Hallucination},
		BlockedPhrases:                      phrases,
		TopicConfigurations:                 []api.TopicConfiguration{},
	}
}
