// Package provider speaks to the servers of language models: any that has
// OpenAI's chat completions, and Amazon Bedrock. Each is an llm.Model. Models
// that make vectors of texts are reached likewise, and at an Ollama in its own
// way; each is an Embedder, and Queries has one answer in the time of a search.
//
// It owns the vendors' wire formats and their oddities, what their errors mean,
// patience (with the first word, and between words), tries after failures as
// long as nothing has been said, bounds on what is read, and the count of
// tokens. Everything goes out through platform/outbound. It does not know what a
// model is asked for (engine/plan), nor in what words people are told of a
// failure (engine/llm).
//
// No error and no log entry holds a credential, or anything of what was sent or
// received but names: an error's code, and the parameter it is about.
package provider

import (
	"context"
	"iter"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// Config is what every provider needs. Model, Out, Now and Wait are required.
type Config struct {
	Model string // its name at the server
	Out   *outbound.Client
	Now   func() time.Time
	Wait  func(ctx context.Context, d time.Duration) error
	Done  func(Use) // called after every request; nil: nobody counts

	Patience Patience
	Bounds   Bounds
}

// Patience is how long a provider waits. Zero stands for the default.
type Patience struct {
	First time.Duration // for the first sign of an answer; default 60 s
	Next  time.Duration // for each further one; default 30 s
	Pause time.Duration // the longest before another try; default 10 s
	Tries int           // as long as nothing has been said; default 3
}

// Bounds are what is read of one answer, in bytes. Zero stands for the default.
type Bounds struct {
	Text      int // default 512 KiB
	Arguments int // of all calls together; default 256 KiB
	Calls     int // how many; default 32
	Event     int // a single event of the stream; default 1 MiB
}

// Use is what came of a request.
type Use struct {
	Model         string
	Input, Output int           // tokens, as far as the server counts them
	First         time.Duration // until the first event; 0: there was none
	Took          time.Duration // with all tries
	Tries         int
	Reason        llm.Reason // of the error; empty when it went well
}

// A source is a server's API as it is: without patience, bounds and tries.
//
// stream sends a request and tells each event as it comes, and nil for a sign of
// life that is no event. An error of tell ends it, and is returned.
type source interface {
	stream(ctx context.Context, r llm.Request, tell func(llm.Event) error) error
}

// steady is a source with patience, bounds and tries: a Model.
type steady struct {
	Config
	source source
}

func newModel(c Config, s source) llm.Model {
	c.Patience, c.Bounds = c.Patience.withDefaults(), c.Bounds.withDefaults()
	return &steady{Config: c, source: s}
}

func (p Patience) withDefaults() Patience {
	p.First = positive(p.First, 60*time.Second)
	p.Next = positive(p.Next, 30*time.Second)
	p.Pause = positive(p.Pause, 10*time.Second)
	p.Tries = positive(p.Tries, 3)
	return p
}

func (b Bounds) withDefaults() Bounds {
	b.Text = positive(b.Text, 512<<10)
	b.Arguments = positive(b.Arguments, 256<<10)
	b.Calls = positive(b.Calls, 32)
	b.Event = positive(b.Event, 1<<20)
	return b
}

func positive[N int | time.Duration](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}

// Stream implements llm.Model.
func (s *steady) Stream(ctx context.Context, r llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		a := &asking{steady: s, began: s.Now(), use: Use{Model: s.Model}, yield: yield}
		err := a.ask(ctx, r)
		a.use.Took = s.Now().Sub(a.began)
		a.use.Reason = llm.ReasonOf(err)
		if s.Done != nil {
			s.Done(a.use)
		}
		if err != nil && !a.left {
			yield(nil, err)
		}
	}
}
