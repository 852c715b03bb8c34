package torture

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/smithy-go"
)

// client is one user of the server, with applications of its own. It sends one
// request at a time, so at most one has no answer when the server dies.
type client struct {
	chooser
	name  string // all its names begin with it
	sure  world  // as acknowledged
	doubt *act   // the request that got no answer, or nil

	created []created       // of this round, acknowledged
	dying   map[string]bool // applications whose deletion was acknowledged

	acknowledged, doubtful, happened, replayed int
}

// created is an acknowledged create, which may be sent again.
type created struct {
	act *act
	id  string
}

func (c *client) who() string { return "client " + c.name }

// load sends requests until one gets no answer. An answer that is an error is a
// failure: the client asks for nothing that it may not have.
func (c *client) load(ctx context.Context) error {
	c.created = nil
	for {
		a := c.choose(c.sure)
		id, err := a.send(ctx)
		switch {
		case answered(err):
			return fmt.Errorf("%s: %w", a.what, err)
		case err != nil:
			c.doubt = a
			c.doubtful++
			return nil //nolint:nilerr // a request without an answer is what the round is about
		}
		c.acknowledge(a, id)
	}
}

func (c *client) acknowledge(a *act, id string) {
	before := c.sure.clone()
	a.apply(c.sure, id)
	c.acknowledged++
	if a.made != nil {
		c.created = append(c.created, created{a, id})
	}
	c.noteDeleted(before, c.sure)
}

func (c *client) noteDeleted(before, after world) {
	for id := range before {
		if _, still := after[id]; !still {
			c.dying[id] = true
		}
	}
}

// answered reports whether the server itself said no.
func answered(err error) bool {
	var said smithy.APIError
	return errors.As(err, &said)
}

// settle checks the restarted server against what this client knows, and then
// takes what it sees as known.
func (c *client) settle(ctx context.Context) error {
	if err := c.replay(ctx); err != nil {
		return err
	}
	seen, err := c.observe(ctx)
	if err != nil {
		return err
	}
	happened, problem := verdict(c.sure, seen, c.doubt)
	if problem != "" {
		return errors.New(problem)
	}
	c.noteDeleted(c.sure, seen)
	c.sure = seen
	if happened {
		c.happened++
	}
	return c.repeat(ctx, happened)
}

// replay sends the creates of the round again: each must answer the ID it
// answered before. One in an application that is gone has nothing to answer.
func (c *client) replay(ctx context.Context) error {
	for _, done := range c.created {
		if _, there := c.sure[done.act.in]; done.act.in != "" && !there {
			continue
		}
		if c.doubt != nil && c.doubt.what == "DeleteApplication "+done.act.in {
			continue
		}
		id, err := done.act.send(ctx)
		if err != nil {
			return fmt.Errorf("%s, sent again with its token: %w", done.act.what, err)
		}
		if id != done.id {
			return fmt.Errorf("%s answered %s, and %s when it was sent again with its token", done.act.what, done.id, id)
		}
		c.replayed++
	}
	return nil
}

// repeat sends the create that got no answer again, as a client's retry does:
// if it happened it answers what is there, otherwise it happens now, once.
func (c *client) repeat(ctx context.Context, happened bool) error {
	a := c.doubt
	c.doubt = nil
	if a == nil || a.made == nil {
		return nil
	}
	id, err := a.send(ctx)
	if err != nil {
		return fmt.Errorf("%s, which got no answer, sent again: %w", a.what, err)
	}
	c.replayed++
	if there, _ := a.made(c.sure); happened && there != id {
		return fmt.Errorf("%s happened as %s, and answers %s when it is sent again with its token", a.what, there, id)
	}
	if !happened {
		a.apply(c.sure, id)
	}
	seen, err := c.observe(ctx)
	if err != nil {
		return err
	}
	if _, problem := verdict(c.sure, seen, nil); problem != "" {
		return fmt.Errorf("after %s was sent again: %s", a.what, problem)
	}
	return nil
}

// mine reports whether an application's name is one that this client gave.
func (c *client) mine(name string) bool { return strings.HasPrefix(name, c.name+"-") }

// deleted checks that an application on its way out is one that was deleted.
func (c *client) deleted(a types.Application) error {
	doubted := c.doubt != nil && c.doubt.what == "DeleteApplication "+*a.ApplicationId
	if !doubted && !c.dying[*a.ApplicationId] {
		return fmt.Errorf("application %s is DELETING, and nobody deleted it", *a.ApplicationId)
	}
	c.dying[*a.ApplicationId] = true
	return nil
}
