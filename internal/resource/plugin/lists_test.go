package plugin

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestEveryTypeOfTheModelIsInTheCatalogue(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	for _, name := range api.Schema.Shape("PluginType").Values {
		if kind := b.plugins.kind(api.PluginType(name)); kind.Name != name || len(kind.Auth) == 0 {
			t.Errorf("the catalogue does not know %s", name)
		}
	}
}

func TestTypeActions(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	for name, want := range map[api.PluginType]struct {
		actions int
		some    string // a fragment of one identifier
	}{
		api.PluginTypeJiraCloud:    {9, ":999.0_0:/rest/api/2/issue:POST"},
		api.PluginTypeZendeskSuite: {4, ":/api/v2/tickets.json:POST"},
		api.PluginTypeAsana:        {2, ":/tasks:POST"},
		api.PluginTypeCustom:       {0, ""},
	} {
		t.Run(string(name), func(t *testing.T) {
			out := optest.Must(t, b.Registry, b.caller, api.ListPluginTypeActions, &api.ListPluginTypeActionsInput{PluginType: name})
			if len(out.Items) != want.actions {
				t.Errorf("%d actions, want %d", len(out.Items), want.actions)
			}
			found := want.some == ""
			for _, a := range out.Items {
				found = found || strings.HasSuffix(*a.ActionIdentifier, want.some)
				if !strings.HasPrefix(*a.ActionIdentifier, "pa:") || *a.DisplayName == "" || *a.InstructionExample == "" || *a.Description == "" {
					t.Errorf("an action without words: %s", *a.ActionIdentifier)
				}
			}
			if !found {
				t.Errorf("no action's identifier ends in %s", want.some)
			}
		})
	}
}

func TestABuiltInPluginHasTheActionsOfItsType(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, &api.CreatePluginInput{
			ApplicationID: b.app, DisplayName: "jira", Type: api.PluginTypeJiraCloud, AuthConfiguration: oauth(), ServerURL: new(server),
		})
		if got := b.actions(t, id); len(got) != 9 {
			t.Errorf("actions %v, want the 9 of Jira Cloud", got)
		}
	})
}

func TestActionsArePaged(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	seen := map[string]bool{}
	in := &api.ListPluginTypeActionsInput{PluginType: api.PluginTypeJiraCloud, MaxResults: new(int32(4))}
	for pages := 1; ; pages++ {
		out := optest.Must(t, b.Registry, b.caller, api.ListPluginTypeActions, in)
		for _, a := range out.Items {
			seen[*a.ActionIdentifier] = true
		}
		if out.NextToken == nil {
			if pages != 3 || len(seen) != 9 {
				t.Errorf("%d actions on %d pages, want 9 on 3", len(seen), pages)
			}
			break
		}
		in.NextToken = out.NextToken
	}
	in.PluginType = api.PluginTypeAsana
	_, err := optest.Call(t, b.Registry, b.caller, api.ListPluginTypeActions, in)
	optest.Refused(t, err, optest.Invalid("nextToken"))
}

func TestTypeMetadata(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	out := optest.Must(t, b.Registry, b.caller, api.ListPluginTypeMetadata, &api.ListPluginTypeMetadataInput{})
	categories := api.Schema.Shape("PluginTypeCategory").Values
	known := map[string]bool{}
	for _, c := range categories {
		known[c] = true
	}
	for _, m := range out.Items {
		if !known[string(*m.Category)] || *m.Description == "" {
			t.Errorf("%s has category %q and description %q", *m.Type, *m.Category, *m.Description)
		}
	}
	if all := api.Schema.Shape("PluginType").Values; len(out.Items) != len(all)-1 {
		t.Errorf("%d types, want all %d but CUSTOM", len(out.Items), len(all))
	}
}
