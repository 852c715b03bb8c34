package leak

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// talk is a conversation that somebody had.
type talk struct {
	who  int
	id   string
	said []string // canaries that its answer had, which was right when it was given
}

// talks are those there were.
type talks struct {
	mu  sync.Mutex
	all []talk
}

func (t *talks) add(one talk) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, one)
}

// any is one of them, if there are some.
func (t *talks) any(r *rand.Rand) (one talk, some bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) == 0 {
		return talk{}, false
	}
	return pick(r, t.all), true
}

// chat asks about a topic in a conversation: what the answer says and cites has to be
// what somebody may see, and it has to cite something if there is anything.
func (a *asker) chat(who int, topic string) {
	a.count("chat")
	ctx, tape := taped(a.ctx)
	out, err := a.users[who].ChatSync(ctx, &qbusiness.ChatSyncInput{ApplicationId: &a.app, UserMessage: &topic})
	if err != nil {
		a.fail("person %d asks about %s: %v", who, topic, err)
		return
	}
	a.search("chat", who, tape.body, "")
	if some := len(out.SourceAttributions) > 0; some != a.answerable(who, topic) && a.quiet() {
		a.fail("person %d asks about %s, and sources are cited: %v", who, topic, some)
	}
	had := talk{who, *out.ConversationId, canariesIn(tape.body)}
	a.add(had)
	a.recall(had)
}

// answerable reports whether there is a document about a topic that somebody may see.
func (a *asker) answerable(who int, topic string) bool {
	for number := range a.about[topic] {
		if a.known(who, number) {
			return true
		}
	}
	return false
}

func canariesIn(answer []byte) []string {
	found := map[string]bool{}
	for _, c := range canaries.FindAll(answer, -1) {
		found[string(c)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// recall lists the messages of a conversation: they say what they said, and cite what
// may be seen by now.
func (a *asker) recall(t talk) {
	a.count("messages")
	in := &qbusiness.ListMessagesInput{ApplicationId: &a.app, ConversationId: &t.id}
	ctx, tape := taped(a.ctx)
	out, err := a.users[t.who].ListMessages(ctx, in)
	if err != nil {
		a.fail("person %d lists the messages of a conversation: %v", t.who, err)
		return
	}
	for _, c := range canariesIn(tape.body) {
		if !slices.Contains(t.said, c) {
			a.fail("the messages of person %d say %s, which the answer did not", t.who, c)
		}
	}
	for _, m := range out.Messages {
		for _, cited := range m.SourceAttribution {
			if n := numberOf(*cited.DocumentId); !a.known(t.who, n) {
				a.fail("the messages of person %d cite document %d; %s", t.who, n, a.history(n))
			}
		}
	}
	if a.r.IntN(4) == 0 {
		a.overhear(t, in)
	}
}

// overhear tries somebody's conversation as somebody else.
func (a *asker) overhear(t talk, in *qbusiness.ListMessagesInput) {
	a.count("another's messages")
	other := (t.who + 1 + a.r.IntN(len(a.users)-1)) % len(a.users)
	ctx, tape := taped(a.ctx)
	_, err := a.users[other].ListMessages(ctx, in)
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		a.fail("person %d lists the messages of person %d: %v", other, t.who, err)
	}
	a.search("another's messages", other, tape.body, "")
}
