package torture

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// act is one request that writes. Sending it again is a replay: a create has
// the same clientToken each time.
type act struct {
	what  string
	send  func(context.Context) (id string, err error) // id of what a create made
	apply func(w world, id string)                     // what it does to the world
	made  func(w world) (id string, ok bool)           // finds what a create made; nil otherwise
	in    string                                       // the application a create is in, if any
}

// found reports whether the act may have happened in the world that is seen,
// and the ID of what it made.
func (a *act) found(seen world) (id string, ok bool) {
	if a.made == nil {
		return "", true
	}
	return a.made(seen)
}

// The most a client makes, so that no quota is met: 8 clients share 50
// applications, a policy takes about six statements.
const (
	mostApplications = 3
	mostPlugins      = 4
	mostStatements   = 4
	mostTags         = 6
)

// chooser picks the next act of a client.
type chooser struct {
	api    *qbusiness.Client
	random *rand.Rand
	prefix string // of every name the client gives
	root   string // of every ARN: arn:aws:qbusiness:region:account:
	count  int
}

func (c *chooser) fresh() string {
	c.count++
	return fmt.Sprintf("%s-%d", c.prefix, c.count)
}

// choose picks an act that the world allows.
func (c *chooser) choose(w world) *act {
	if len(w) == 0 || len(w) < mostApplications && c.random.IntN(6) == 0 {
		return c.createApplication()
	}
	id := pick(c.random, slices.Sorted(maps.Keys(w)))
	a := w[id]
	switch n := c.random.IntN(20); {
	case n == 0:
		return c.deleteApplication(id)
	case n < 3:
		return c.updateApplication(id)
	case n < 5:
		return c.tag(c.root+"application/"+id, a.Tags, func(w world, tags map[string]string) {
			w.change(id, func(a *application) { a.Tags = tags })
		})
	case n < 8:
		return c.permission(id, a)
	case len(a.Plugins) == 0, n < 12 && len(a.Plugins) < mostPlugins:
		return c.createPlugin(id)
	}
	return c.onPlugin(id, pick(c.random, slices.Sorted(maps.Keys(a.Plugins))), a)
}

func (c *chooser) onPlugin(app, id string, a application) *act {
	switch n := c.random.IntN(8); {
	case n < 2:
		return c.deletePlugin(app, id)
	case n < 4:
		return c.tag(c.root+"application/"+app+"/plugin/"+id, a.Plugins[id].Tags, func(w world, tags map[string]string) {
			w.changePlugin(app, id, func(p *plugin) { p.Tags = tags })
		})
	case n < 6:
		return c.updateSchema(app, id)
	}
	return c.updateState(app, id)
}

func pick(random *rand.Rand, from []string) string { return from[random.IntN(len(from))] }

func (c *chooser) createApplication() *act {
	name, text, token := c.fresh(), c.fresh(), c.fresh()
	in := &qbusiness.CreateApplicationInput{
		DisplayName: &name, Description: &text, ClientToken: &token, IdentityType: types.IdentityTypeAnonymous,
		Tags: []types.Tag{{Key: new("born"), Value: &name}},
	}
	return &act{
		what: "CreateApplication " + name,
		send: func(ctx context.Context) (string, error) {
			out, err := c.api.CreateApplication(ctx, in)
			if err != nil {
				return "", err
			}
			return *out.ApplicationId, nil
		},
		apply: func(w world, id string) {
			w[id] = application{Name: name, Description: text, Tags: map[string]string{"born": name}, Statements: map[string][]string{}, Plugins: map[string]plugin{}}
		},
		made: func(w world) (string, bool) {
			for id, a := range w {
				if a.Name == name {
					return id, true
				}
			}
			return "", false
		},
	}
}

func (c *chooser) updateApplication(id string) *act {
	name, text := c.fresh(), c.fresh()
	return &act{
		what: "UpdateApplication " + id,
		send: func(ctx context.Context) (string, error) {
			_, err := c.api.UpdateApplication(ctx, &qbusiness.UpdateApplicationInput{ApplicationId: &id, DisplayName: &name, Description: &text})
			return "", err
		},
		apply: func(w world, _ string) {
			w.change(id, func(a *application) { a.Name, a.Description = name, text })
		},
	}
}

func (c *chooser) deleteApplication(id string) *act {
	return &act{
		what: "DeleteApplication " + id,
		send: func(ctx context.Context) (string, error) {
			_, err := c.api.DeleteApplication(ctx, &qbusiness.DeleteApplicationInput{ApplicationId: &id})
			return "", err
		},
		apply: func(w world, _ string) { delete(w, id) },
	}
}

// schema is a document with n paths, and the paths.
func (c *chooser) schema() (document string, paths []string) {
	document = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"https://example.com"}],"paths":{`
	for i := range 1 + c.random.IntN(5) {
		if i > 0 {
			document += ","
		}
		path := fmt.Sprintf("/%s/%d", c.fresh(), i)
		document += fmt.Sprintf(`%q:{"get":{"description":"Reads.","responses":{"200":{"description":"Fine."}}}}`, path)
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return document + "}}", paths
}

func configuration(document string) *types.CustomPluginConfiguration {
	return &types.CustomPluginConfiguration{
		Description: new("Under torture"), ApiSchemaType: types.APISchemaTypeOpenApiV3, ApiSchema: &types.APISchemaMemberPayload{Value: document},
	}
}

func (c *chooser) createPlugin(app string) *act {
	name, token := c.fresh(), c.fresh()
	document, paths := c.schema()
	in := &qbusiness.CreatePluginInput{
		ApplicationId: &app, DisplayName: &name, ClientToken: &token, Type: types.PluginTypeCustom,
		AuthConfiguration: &types.PluginAuthConfigurationMemberNoAuthConfiguration{}, CustomPluginConfiguration: configuration(document),
	}
	return &act{
		what: "CreatePlugin " + name,
		in:   app,
		send: func(ctx context.Context) (string, error) {
			out, err := c.api.CreatePlugin(ctx, in)
			if err != nil {
				return "", err
			}
			return *out.PluginId, nil
		},
		apply: func(w world, id string) {
			w[app].Plugins[id] = plugin{Name: name, State: "ENABLED", Build: "READY", Paths: paths, Tags: map[string]string{}}
		},
		made: func(w world) (string, bool) {
			for id, p := range w[app].Plugins {
				if p.Name == name {
					return id, true
				}
			}
			return "", false
		},
	}
}

func (c *chooser) updateState(app, id string) *act {
	name, state := c.fresh(), pick(c.random, []string{"ENABLED", "DISABLED"})
	return c.updatePlugin(app, id, &qbusiness.UpdatePluginInput{DisplayName: &name, State: types.PluginState(state)}, func(p *plugin) { p.Name, p.State = name, state })
}

func (c *chooser) updateSchema(app, id string) *act {
	document, paths := c.schema()
	return c.updatePlugin(app, id, &qbusiness.UpdatePluginInput{CustomPluginConfiguration: configuration(document)}, func(p *plugin) { p.Paths = paths })
}

func (c *chooser) updatePlugin(app, id string, in *qbusiness.UpdatePluginInput, edit func(*plugin)) *act {
	in.ApplicationId, in.PluginId = &app, &id
	return &act{
		what: "UpdatePlugin " + id,
		send: func(ctx context.Context) (string, error) {
			_, err := c.api.UpdatePlugin(ctx, in)
			return "", err
		},
		apply: func(w world, _ string) { w.changePlugin(app, id, edit) },
	}
}

func (c *chooser) deletePlugin(app, id string) *act {
	return &act{
		what: "DeletePlugin " + id,
		send: func(ctx context.Context) (string, error) {
			_, err := c.api.DeletePlugin(ctx, &qbusiness.DeletePluginInput{ApplicationId: &app, PluginId: &id})
			return "", err
		},
		apply: func(w world, _ string) { delete(w[app].Plugins, id) },
	}
}

func (c *chooser) permission(app string, a application) *act {
	if len(a.Statements) >= mostStatements || len(a.Statements) > 0 && c.random.IntN(2) == 0 {
		id := pick(c.random, slices.Sorted(maps.Keys(a.Statements)))
		return &act{
			what: "DisassociatePermission " + id,
			send: func(ctx context.Context) (string, error) {
				_, err := c.api.DisassociatePermission(ctx, &qbusiness.DisassociatePermissionInput{ApplicationId: &app, StatementId: &id})
				return "", err
			},
			apply: func(w world, _ string) { delete(w[app].Statements, id) },
		}
	}
	id, actions := c.fresh(), []string{"qbusiness:SearchRelevantContent", "qbusiness:GetPlugin"}[:1+c.random.IntN(2)]
	return &act{
		what: "AssociatePermission " + id,
		send: func(ctx context.Context) (string, error) {
			_, err := c.api.AssociatePermission(ctx, &qbusiness.AssociatePermissionInput{
				ApplicationId: &app, StatementId: &id, Actions: actions, Principal: new("arn:aws:iam::210987654321:role/partner"),
			})
			return "", err
		},
		apply: func(w world, _ string) { w[app].Statements[id] = actions },
	}
}

// tag tags or untags a resource that bears these tags now.
func (c *chooser) tag(arn string, now map[string]string, put func(world, map[string]string)) *act {
	after := maps.Clone(now)
	if len(now) >= mostTags || len(now) > 0 && c.random.IntN(3) == 0 {
		key := pick(c.random, slices.Sorted(maps.Keys(now)))
		delete(after, key)
		return &act{
			what: "UntagResource " + arn,
			send: func(ctx context.Context) (string, error) {
				_, err := c.api.UntagResource(ctx, &qbusiness.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{key}})
				return "", err
			},
			apply: func(w world, _ string) { put(w, after) },
		}
	}
	value := c.fresh()
	var tags []types.Tag
	for _, key := range []string{fmt.Sprint("key-", c.random.IntN(mostTags)), "last"} {
		after[key] = value
		tags = append(tags, types.Tag{Key: &key, Value: &value})
	}
	return &act{
		what: "TagResource " + arn,
		send: func(ctx context.Context) (string, error) {
			_, err := c.api.TagResource(ctx, &qbusiness.TagResourceInput{ResourceARN: &arn, Tags: tags})
			return "", err
		},
		apply: func(w world, _ string) { put(w, after) },
	}
}
