package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// observe reads everything the client has on the server. Applications that are
// being deleted are not part of it.
func (c *client) observe(ctx context.Context) (world, error) {
	seen := world{}
	pages := qbusiness.NewListApplicationsPaginator(c.api, &qbusiness.ListApplicationsInput{MaxResults: new(int32(20))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, listed := range page.Applications {
			if !c.mine(*listed.DisplayName) {
				continue
			}
			if err := c.see(ctx, seen, listed); err != nil {
				return nil, err
			}
		}
	}
	return seen, nil
}

func (c *client) see(ctx context.Context, seen world, listed types.Application) error {
	if listed.Status == types.ApplicationStatusDeleting {
		return c.deleted(listed)
	}
	id := *listed.ApplicationId
	got, err := c.api.GetApplication(ctx, &qbusiness.GetApplicationInput{ApplicationId: &id})
	if err != nil {
		return fmt.Errorf("application %s is listed, but: %w", id, err)
	}
	if *got.DisplayName != *listed.DisplayName || got.Status != types.ApplicationStatusActive {
		return fmt.Errorf("application %s is listed as %s, %s, and is %s, %s", id, *listed.DisplayName, listed.Status, *got.DisplayName, got.Status)
	}
	a := application{Name: *got.DisplayName, Description: *got.Description}
	if a.Tags, err = c.tags(ctx, *got.ApplicationArn); err != nil {
		return err
	}
	if a.Statements, err = c.statements(ctx, id); err != nil {
		return err
	}
	if a.Plugins, err = c.plugins(ctx, id); err != nil {
		return err
	}
	seen[id] = a
	return nil
}

func (c *client) tags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := c.api.ListTagsForResource(ctx, &qbusiness.ListTagsForResourceInput{ResourceARN: &arn})
	if err != nil {
		return nil, fmt.Errorf("tags of %s: %w", arn, err)
	}
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[*t.Key] = *t.Value
	}
	return tags, nil
}

func (c *client) statements(ctx context.Context, app string) (map[string][]string, error) {
	out, err := c.api.GetPolicy(ctx, &qbusiness.GetPolicyInput{ApplicationId: &app})
	if err != nil {
		return nil, fmt.Errorf("policy of %s: %w", app, err)
	}
	var policy struct {
		Statement []struct {
			Sid    string
			Action any
		}
	}
	if err := json.Unmarshal([]byte(*out.Policy), &policy); err != nil {
		return nil, fmt.Errorf("policy of %s: %w", app, err)
	}
	statements := map[string][]string{}
	for _, s := range policy.Statement {
		statements[s.Sid] = texts(s.Action)
	}
	return statements, nil
}

// texts reads a string, or a list of them.
func texts(v any) []string {
	many, ok := v.([]any)
	if !ok {
		return []string{fmt.Sprint(v)}
	}
	var out []string
	for _, one := range many {
		out = append(out, fmt.Sprint(one))
	}
	return out
}

func (c *client) plugins(ctx context.Context, app string) (map[string]plugin, error) {
	plugins := map[string]plugin{}
	pages := qbusiness.NewListPluginsPaginator(c.api, &qbusiness.ListPluginsInput{ApplicationId: &app, MaxResults: new(int32(3))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("plugins of %s: %w", app, err)
		}
		for _, listed := range page.Plugins {
			if plugins[*listed.PluginId], err = c.plugin(ctx, app, listed); err != nil {
				return nil, err
			}
		}
	}
	return plugins, nil
}

func (c *client) plugin(ctx context.Context, app string, listed types.Plugin) (plugin, error) {
	got, err := c.api.GetPlugin(ctx, &qbusiness.GetPluginInput{ApplicationId: &app, PluginId: listed.PluginId})
	if err != nil {
		return plugin{}, fmt.Errorf("plugin %s is listed, but: %w", *listed.PluginId, err)
	}
	p := plugin{Name: *got.DisplayName, State: string(got.State), Build: string(got.BuildStatus)}
	if *listed.DisplayName != p.Name || string(listed.State) != p.State || string(listed.BuildStatus) != p.Build {
		return plugin{}, fmt.Errorf("plugin %s is listed as %s, %s, %s, and is %+v", *listed.PluginId, *listed.DisplayName, listed.State, listed.BuildStatus, p)
	}
	if p.Tags, err = c.tags(ctx, *got.PluginArn); err != nil {
		return plugin{}, err
	}
	p.Paths, err = c.paths(ctx, app, *listed.PluginId)
	return p, err
}

// paths are those of the plugin's actions: pa:plugin:version:path:METHOD.
func (c *client) paths(ctx context.Context, app, id string) ([]string, error) {
	out, err := c.api.ListPluginActions(ctx, &qbusiness.ListPluginActionsInput{ApplicationId: &app, PluginId: &id, MaxResults: new(int32(50))})
	if err != nil {
		return nil, fmt.Errorf("actions of %s: %w", id, err)
	}
	var paths []string
	for _, a := range out.Items {
		parts := strings.Split(*a.ActionIdentifier, ":")
		paths = append(paths, parts[len(parts)-2])
	}
	slices.Sort(paths)
	return paths, nil
}
