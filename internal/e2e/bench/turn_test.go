package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// reached is a turn of a conversation, and how long it took until the model had its
// prompt, and from the model's first word to the client's.
type reached struct {
	conversation, system string
	before, after        time.Duration
	prompt               int // bytes
}

// ask asks, by a Chat, behind an answer, if there is one.
func (r *reading) ask(ctx context.Context, user string, groups []string, question string, behind *reached) (a reached, err error) {
	in := &qbusiness.ChatInput{ApplicationId: &r.app, UserId: &user, UserGroups: groups}
	if behind != nil {
		in.ConversationId, in.ParentMessageId = &behind.conversation, &behind.system
	}
	began := time.Now()
	out, err := r.Chat(ctx, in)
	if err != nil {
		return a, err
	}
	stream := out.GetStream()
	defer stream.Close()
	for _, event := range []types.ChatInputStream{
		&types.ChatInputStreamMemberConfigurationEvent{Value: types.ConfigurationEvent{ChatMode: types.ChatModeRetrievalMode}},
		&types.ChatInputStreamMemberTextEvent{Value: types.TextInputEvent{UserMessage: &question}},
		&types.ChatInputStreamMemberEndOfInputEvent{},
	} {
		if err := stream.Send(ctx, event); err != nil {
			return a, errors.Join(err, stream.Err())
		}
	}
	var first time.Time
	for event := range stream.Events() {
		if text, ok := event.(*types.ChatOutputStreamMemberTextEvent); ok {
			if first.IsZero() && *text.Value.SystemMessage != "" {
				first = time.Now()
			}
			a.conversation, a.system = *text.Value.ConversationId, *text.Value.SystemMessageId
		}
	}
	if err := stream.Err(); err != nil {
		return a, err
	}
	select {
	case p := <-r.prompts:
		a.before, a.after, a.prompt = p.came.Sub(began), first.Sub(p.answered), p.size
		return a, nil
	default:
		return a, fmt.Errorf("nothing is found for %q", question)
	}
}

// direct asks the model itself the same: the time until it has the prompt, and from
// its first word to the client's.
func (q *quick) direct(size int) (time.Duration, error) {
	body, _ := json.Marshal(map[string]string{"prompt": strings.Repeat("x", size)})
	began := time.Now()
	resp, err := http.Post(q.url+"/chat/completions", "application/json", strings.NewReader(string(body)))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
		return 0, err
	}
	first := time.Now()
	p := <-q.prompts
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	return p.came.Sub(began) + first.Sub(p.answered), nil
}

// BenchmarkFirstToken measures what is added before a model's first word, over
// 100,000 passages for 1,000 groups: from when a client begins to send its message
// until the model has its prompt, and from the model's first word to the client's
// first text. Against it stands the model asked without a server between, with as
// long a prompt, in turns. The server has one core; client and model share the
// machine with it.
func BenchmarkFirstToken(b *testing.B) {
	const passages, turns = 100_000, 300
	r := newReading(b, newQuick(b, "Yes [1]."))
	texts := prose(200)
	texts = prose(passages * len(texts) / len(split(b, texts)))
	began := time.Now()
	r.put(b, texts)
	b.ReportMetric(time.Since(began).Seconds(), "filling-s")
	if err := r.server.Stop(); err != nil {
		b.Fatal(err)
	}
	r.config.Env = []string{"GOMAXPROCS=1"}
	r.start(b)
	r.show(b, "last", "A zebra came last.", "zebra")
	random := rand.New(rand.NewPCG(8, 8))
	for range b.N {
		var before, after, sum, direct []time.Duration
		for turn := range turns + turns/5 {
			a := r.any(b, random, texts, turn)
			d, err := r.direct(a.prompt)
			if err != nil {
				b.Fatal(err)
			}
			if turn < turns/5 {
				continue // to warm up
			}
			before, after, sum, direct = append(before, a.before), append(after, a.after), append(sum, a.before+a.after), append(direct, d)
		}
		report(b, "before", before)
		report(b, "after", after)
		b.ReportMetric(milliseconds(middle(direct)), "direct-p50-ms")
		b.ReportMetric(milliseconds(middle(sum)-middle(direct)), "added-p50-ms")
		b.ReportMetric(milliseconds(sum[len(sum)*95/100]-middle(direct)), "added-p95-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// any asks one of twenty people's questions in a new conversation: some words of a
// text. A person who may see nothing of what is found asks something else.
func (r *reading) any(b *testing.B, random *rand.Rand, texts []string, turn int) reached {
	b.Helper()
	for {
		words := strings.Fields(strings.ReplaceAll(texts[random.IntN(len(texts))], "end.", ""))
		from := random.IntN(len(words) - 8)
		question := "What about " + strings.Join(words[from:from+3+random.IntN(6)], " ") + "?"
		user := turn % 20
		a, err := r.ask(b.Context(), fmt.Sprintf("user-%d", user), r.reader(user), question, nil)
		if err == nil {
			return a
		}
		if !strings.HasPrefix(err.Error(), "nothing is found") {
			b.Fatal(err)
		}
	}
}

// BenchmarkThousandTurns compares the thousandth turn of a conversation with the
// tenth of others, in turns: what the server adds to the model's time, and what the
// model is sent. The beginning of the conversation is summarised on the way.
func BenchmarkThousandTurns(b *testing.B) {
	const long, window = 1000, 30
	r := newReading(b, newQuick(b, "The canteen opens at noon [1]. "+strings.Repeat("That is what the papers say. ", 20)))
	r.show(b, "canteen", "The canteen opens at noon, and closes when the soup is gone.", "canteen")
	for n := range b.N {
		var tenth, last []time.Duration
		var tenthSize, lastSize []int
		talk := r.talk(b, fmt.Sprintf("long-%d", n), nil, long-window)
		for i := range window {
			short := r.talk(b, fmt.Sprintf("short-%d-%d", n, i), nil, 10)
			talk = r.talk(b, fmt.Sprintf("long-%d", n), &talk, 1)
			tenth, last = append(tenth, short.before+short.after), append(last, talk.before+talk.after)
			tenthSize, lastSize = append(tenthSize, short.prompt), append(lastSize, talk.prompt)
		}
		b.ReportMetric(milliseconds(middle(tenth)), "tenth-p50-ms")
		b.ReportMetric(milliseconds(middle(last)), "thousandth-p50-ms")
		b.ReportMetric(float64(middle(last))/float64(middle(tenth)), "ratio")
		b.ReportMetric(float64(slices.Max(tenthSize)), "tenth-bytes")
		b.ReportMetric(float64(slices.Max(lastSize)), "thousandth-bytes")
	}
	b.ReportMetric(0, "ns/op")
}

// talk has so many turns more in a conversation, and returns the last.
func (r *reading) talk(b *testing.B, user string, behind *reached, turns int) reached {
	b.Helper()
	for range turns {
		a, err := r.ask(b.Context(), user, nil, "When does the canteen open?", behind)
		if err != nil {
			b.Fatal(err)
		}
		behind = &a
	}
	return *behind
}
