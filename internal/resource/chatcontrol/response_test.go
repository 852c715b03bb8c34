package chatcontrol

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/platform/store"
)

// with is a configuration of all responses.
func with(c api.InstructionCollection) map[string]api.ResponseConfiguration {
	return map[string]api.ResponseConfiguration{"ALL": {InstructionCollection: &c}}
}

func brief() api.InstructionCollection {
	return api.InstructionCollection{ResponseLength: new("Two sentences"), Tone: new("friendly,\n and plain")}
}

func (r *rig) create(t *testing.T, c api.InstructionCollection) string {
	t.Helper()
	return must(t, r, api.CreateChatResponseConfiguration, &api.CreateChatResponseConfigurationInput{
		ApplicationID: r.app, DisplayName: "brief", ResponseConfigurations: with(c), Tags: []api.Tag{{Key: "team", Value: "x"}},
	}).ChatResponseConfigurationID
}

func (r *rig) response(t *testing.T, id string) *api.GetChatResponseConfigurationOutput {
	t.Helper()
	return must(t, r, api.GetChatResponseConfiguration, &api.GetChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: id})
}

func (r *rig) style(t *testing.T) (s converse.Style) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		s, err = StyleOf(tx, us().Tenant(), r.app)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheLifeOfAResponseConfiguration(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if diff := cmp.Diff(converse.Style{}, r.style(t)); diff != "" {
			t.Errorf("of none (-want +got):\n%s", diff)
		}
		id := r.create(t, brief())
		arn := us().ARN("application/%s/chat-response-configuration/%s", r.app, id)
		now := r.clock.Now()
		held := &api.ChatResponseConfigurationDetail{
			ResponseConfigurations: with(brief()), ResponseConfigurationSummary: new("Length: Two sentences\nTone: friendly, and plain"),
			Status: new(api.ChatResponseConfigurationStatusActive), UpdatedAt: &now,
		}
		want := &api.GetChatResponseConfigurationOutput{
			ChatResponseConfigurationID: &id, ChatResponseConfigurationARN: &arn, DisplayName: new("brief"), CreatedAt: &now,
			InUseConfiguration: held, LastUpdateConfiguration: held,
		}
		if diff := cmp.Diff(want, r.response(t, id)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(converse.Style{Length: "Two sentences", Tone: "friendly,\n and plain"}, r.style(t)); diff != "" {
			t.Errorf("its style (-want +got):\n%s", diff)
		}
		tags := must(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn})
		if diff := cmp.Diff([]api.Tag{{Key: "team", Value: "x"}}, tags.Tags); diff != "" {
			t.Errorf("its tags (-want +got):\n%s", diff)
		}

		r.clock.Advance(time.Second)
		later := now.Add(time.Second)
		other := api.InstructionCollection{
			TargetAudience: new("engineers"), Perspective: new("second person"), OutputStyle: new("a list"), Identity: new("a librarian"),
			CustomInstructions: new("Name the page."), Examples: new("Page 7: soup."),
		}
		must(t, r, api.UpdateChatResponseConfiguration, &api.UpdateChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: id, ResponseConfigurations: with(other)})
		held.ResponseConfigurations, held.UpdatedAt = with(other), &later
		held.ResponseConfigurationSummary = new("Audience: engineers\nPerspective: second person\nStyle: a list\nIdentity: a librarian\nInstructions: Name the page.\nExamples: Page 7: soup.")
		if diff := cmp.Diff(want, r.response(t, id)); diff != "" {
			t.Errorf("updated (-want +got):\n%s", diff)
		}
		style := converse.Style{Audience: "engineers", Perspective: "second person", OutputStyle: "a list", Identity: "a librarian", Instructions: "Name the page.", Examples: "Page 7: soup."}
		if diff := cmp.Diff(style, r.style(t)); diff != "" {
			t.Errorf("its style (-want +got):\n%s", diff)
		}
		must(t, r, api.UpdateChatResponseConfiguration, &api.UpdateChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: id, DisplayName: new("long"), ResponseConfigurations: with(other)})
		list := must(t, r, api.ListChatResponseConfigurations, &api.ListChatResponseConfigurationsInput{ApplicationID: r.app})
		entry := api.ChatResponseConfiguration{
			ChatResponseConfigurationID: id, ChatResponseConfigurationARN: arn, DisplayName: "long", ResponseConfigurationSummary: held.ResponseConfigurationSummary,
			Status: api.ChatResponseConfigurationStatusActive, CreatedAt: &now, UpdatedAt: &later,
		}
		if diff := cmp.Diff([]api.ChatResponseConfiguration{entry}, list.ChatResponseConfigurations); diff != "" || list.NextToken != nil {
			t.Errorf("the list (-want +got):\n%s", diff)
		}

		must(t, r, api.DeleteChatResponseConfiguration, &api.DeleteChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: id})
		_, err := call(t, r, api.GetChatResponseConfiguration, &api.GetChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: id})
		optest.Refused(t, err, absent("chat-response-configuration", id))
		_, err = call(t, r, api.DeleteChatResponseConfiguration, &api.DeleteChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: id})
		optest.Refused(t, err, absent("chat-response-configuration", id))
		_, err = call(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn})
		if !fault.Is(err, fault.ResourceNotFound) {
			t.Errorf("its tags: %v", err)
		}
		if diff := cmp.Diff(converse.Style{}, r.style(t)); diff != "" {
			t.Errorf("of none (-want +got):\n%s", diff)
		}
		r.create(t, brief())
	})
}

func TestWhatAResponseConfigurationMayNotBe(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const member = "responseConfigurations.ALL.instructionCollection"
		for name, tt := range map[string]struct {
			app    string
			config map[string]api.ResponseConfiguration
			want   fault.Error
		}{
			"no application":    {nowhere, with(brief()), absent("application", nowhere)},
			"no collection":     {r.app, map[string]api.ResponseConfiguration{"ALL": {}}, optest.Invalid(member)},
			"an empty one":      {r.app, with(api.InstructionCollection{}), optest.Invalid(member)},
			"white space":       {r.app, with(api.InstructionCollection{Tone: new("     "), Identity: new("a librarian")}), optest.Invalid(member + ".tone")},
			"white space alone": {r.app, with(api.InstructionCollection{Tone: new("\n\n\n\n\n")}), optest.Invalid(member + ".tone")},
		} {
			t.Log(name)
			_, err := call(t, r, api.CreateChatResponseConfiguration, &api.CreateChatResponseConfigurationInput{ApplicationID: tt.app, DisplayName: "x", ResponseConfigurations: tt.config})
			optest.Refused(t, err, tt.want)
			_, err = call(t, r, api.UpdateChatResponseConfiguration, &api.UpdateChatResponseConfigurationInput{ApplicationID: tt.app, ChatResponseConfigurationID: nowhere, ResponseConfigurations: tt.config})
			optest.Refused(t, err, tt.want)
		}
		_, err := call(t, r, api.CreateChatResponseConfiguration, &api.CreateChatResponseConfigurationInput{ApplicationID: r.app, DisplayName: "x", ResponseConfigurations: with(brief()), Tags: []api.Tag{{Key: "aws:x"}}})
		optest.Refused(t, err, optest.Invalid("tags[0].key"))
		_, err = call(t, r, api.UpdateChatResponseConfiguration, &api.UpdateChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: nowhere, ResponseConfigurations: with(brief())})
		optest.Refused(t, err, absent("chat-response-configuration", nowhere))
		for _, n := range []int32{0, -1, 51} {
			_, err = call(t, r, api.ListChatResponseConfigurations, &api.ListChatResponseConfigurationsInput{ApplicationID: r.app, MaxResults: &n})
			optest.Refused(t, err, optest.Invalid("maxResults"))
		}
		_, err = call(t, r, api.ListChatResponseConfigurations, &api.ListChatResponseConfigurationsInput{ApplicationID: r.app, NextToken: new("bogus")})
		optest.Refused(t, err, optest.Invalid("nextToken"))
		_, err = call(t, r, api.ListChatResponseConfigurations, &api.ListChatResponseConfigurationsInput{ApplicationID: nowhere})
		optest.Refused(t, err, absent("application", nowhere))
	})
}

func TestAnApplicationHasOneResponseConfiguration(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := &api.CreateChatResponseConfigurationInput{ApplicationID: r.app, DisplayName: "brief", ResponseConfigurations: with(brief()), ClientToken: new("token")}
		first, again := must(t, r, api.CreateChatResponseConfiguration, in), must(t, r, api.CreateChatResponseConfiguration, in)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("the same token (-first +again):\n%s", diff)
		}
		in.ClientToken = new("another")
		_, err := call(t, r, api.CreateChatResponseConfiguration, in)
		optest.Refused(t, err, full("chat-response-configuration", first.ChatResponseConfigurationID))
	})
}

func TestASummaryFitsTheModel(t *testing.T) {
	long := strings.Repeat("日 本 ", 300)
	r := &Response{Instructions: api.InstructionCollection{
		ResponseLength: &long, TargetAudience: &long, Perspective: &long, OutputStyle: &long, Identity: &long, Tone: &long, CustomInstructions: &long, Examples: &long,
	}}
	if got := r.summarize(); utf8.RuneCountInString(got) > 1000 || strings.Count(got, "…\n") != 7 {
		t.Errorf("%d characters: %s", utf8.RuneCountInString(got), got)
	}
}

func TestAnApplicationTakesItsControlsAlong(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, brief())
		r.update(t, api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: phrases([]string{"falcon"}, nil)})
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: r.app})
		_, err := call(t, r, api.UpdateChatControlsConfiguration, &api.UpdateChatControlsConfigurationInput{ApplicationID: r.app})
		optest.Refused(t, err, conflict("application", r.app))
		_, err = call(t, r, api.CreateChatResponseConfiguration, &api.CreateChatResponseConfigurationInput{ApplicationID: r.app, DisplayName: "x", ResponseConfigurations: with(brief())})
		optest.Refused(t, err, conflict("application", r.app))
		_, err = call(t, r, api.UpdateChatResponseConfiguration, &api.UpdateChatResponseConfigurationInput{ApplicationID: r.app, ChatResponseConfigurationID: id, ResponseConfigurations: with(brief())})
		optest.Refused(t, err, conflict("application", r.app))
		if _, err := r.jobs.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.controls(t, r.app); len(got.Guard.Phrases) != 0 {
			t.Errorf("its controls are still there: %+v", got)
		}
		err = r.DB.View(t.Context(), func(tx *store.Tx) error {
			found, err := Kind(tx, us().Tenant(), []string{r.app, id})
			if found {
				t.Error("its response configuration is still there")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
