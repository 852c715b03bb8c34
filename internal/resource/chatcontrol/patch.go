package chatcontrol

import (
	"cmp"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/guard"
)

// apply changes what an update names and leaves the rest. The errors are a
// ServiceQuotaExceeded for too many phrases or topics, and a Validation for
// settings that exclude each other.
func (s *settings) apply(in *api.UpdateChatControlsConfigurationInput) error {
	if in.ResponseScope != nil {
		s.Scope = *in.ResponseScope
	}
	if o := in.OrchestrationConfiguration; o != nil {
		s.Orchestration = o.Control
	}
	if c := in.CreatorModeConfiguration; c != nil {
		s.Creator = c.CreatorModeControl
	}
	if h := in.HallucinationReductionConfiguration; h != nil && h.HallucinationReductionControl != nil {
		s.Hallucination = *h.HallucinationReductionControl
	}
	if p := in.BlockedPhrasesConfigurationUpdate; p != nil {
		s.applyPhrases(p)
	}
	s.applyTopics(in.TopicConfigurationsToCreateOrUpdate, in.TopicConfigurationsToDelete)
	return cmp.Or(s.exclusive(in), s.bounded(in.ApplicationID))
}

// applyPhrases adds phrases, or writes them anew where one that is found in the
// same texts is there, and takes others away. A message that is empty is the
// default one again.
func (s *settings) applyPhrases(p *api.BlockedPhrasesConfigurationUpdate) {
	for _, phrase := range p.BlockedPhrasesToDelete {
		s.Phrases = slices.DeleteFunc(s.Phrases, func(had string) bool { return guard.Same(had, phrase) })
	}
	for _, phrase := range p.BlockedPhrasesToCreateOrUpdate {
		i := slices.IndexFunc(s.Phrases, func(had string) bool { return guard.Same(had, phrase) })
		if i < 0 {
			s.Phrases = append(s.Phrases, phrase)
		} else {
			s.Phrases[i] = phrase
		}
	}
	if p.SystemMessageOverride != nil {
		s.Message = *p.SystemMessageOverride
	}
}

// applyTopics takes topics away, and replaces others as a whole. Topics are known
// by their names.
func (s *settings) applyTopics(put, remove []api.TopicConfiguration) {
	for _, t := range slices.Concat(remove, put) {
		s.Topics = slices.DeleteFunc(s.Topics, func(had api.TopicConfiguration) bool { return strings.EqualFold(had.Name, t.Name) })
	}
	s.Topics = append(s.Topics, put...)
	slices.SortFunc(s.Topics, func(a, b api.TopicConfiguration) int { return strings.Compare(a.Name, b.Name) })
}

// exclusive refuses to hold answers against passages while turns may also call
// plugins (API model, HallucinationReductionConfiguration). The error names what
// the update asked for.
func (s *settings) exclusive(in *api.UpdateChatControlsConfigurationInput) error {
	if s.Orchestration != api.OrchestrationControlEnabled || s.Hallucination != api.HallucinationReductionControlEnabled {
		return nil
	}
	if in.HallucinationReductionConfiguration != nil {
		return fault.InvalidField("hallucinationReductionConfiguration.hallucinationReductionControl",
			"cannot be ENABLED together with orchestration; set orchestrationConfiguration.control to DISABLED in the same request or before")
	}
	return fault.InvalidField("orchestrationConfiguration.control",
		"cannot be ENABLED together with hallucination reduction; set hallucinationReductionConfiguration.hallucinationReductionControl to DISABLED in the same request or before")
}

func (s *settings) bounded(application string) error {
	if n := len(s.Phrases); n > MaxPhrases {
		return fault.Quota(typeName, application, "The application %s would have %d blocked phrases; it may have %d. Delete some.", application, n, MaxPhrases)
	}
	if n := len(s.Topics); n > MaxTopics {
		return fault.Quota(typeName, application, "The application %s would have %d topics; it may have %d. Delete some.", application, n, MaxTopics)
	}
	return nil
}
