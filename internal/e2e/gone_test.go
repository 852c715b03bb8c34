package e2e

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// held is a confirmed write that has arrived at the desk, which does not answer yet.
type held struct {
	*talk

	in       *qbusiness.ChatSyncInput
	release  chan<- struct{}
	answered chan error // what the client was answered with in the end
}

// again sends the request again, to another server.
func (h *held) again(t *testing.T, other *site) (*qbusiness.ChatSyncOutput, error) {
	in := *h.in // the SDK writes into what it sends
	return other.ChatSync(t.Context(), &in)
}

// hold confirms a write on each server, and returns when all of them have arrived.
func hold(t *testing.T, d *desk, k *talk, sites []*site) (all []*held) {
	t.Helper()
	arrived := make(chan chan struct{})
	d.set(func(d *desk) {
		d.admits = func(*http.Request) bool {
			release := make(chan struct{})
			arrived <- release
			select {
			case <-release:
			case <-t.Context().Done(): // the test failed
			}
			return true
		}
	})
	for _, s := range sites {
		on := *k
		on.site = s
		h := &held{talk: &on, in: on.confirm(t, on.form(t, nil), nil), answered: make(chan error, 1)}
		h.in.ClientToken = new(s.server.Listen)
		go func() {
			_, err := h.again(t, s)
			h.answered <- err
		}()
		select {
		case h.release = <-arrived:
		case err := <-h.answered:
			t.Fatalf("the write did not arrive: %v", err)
		}
		all = append(all, h)
	}
	return all
}

// TestServersGone: of three servers that send a write one is killed, and one is frozen.
// The third ends their turns within 20 seconds, and its own goes on. The frozen one,
// when it goes on, says so and leaves everything as it is. Nothing was sent twice.
func TestServersGone(t *testing.T) {
	onPostgres(t, func(t *testing.T, admin string) {
		d := newDesk(t)
		sites := three(t, admin, "--outbound-allow", d.URL)
		turns := hold(t, d, sites[0].talkTo(t, "desk", d.document(t, ""), noAuth()), sites)
		killed, frozen, living := turns[0], turns[1], turns[2]
		killed.server.Kill()
		if err := frozen.server.Freeze(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var conflict *types.ConflictException
		for _, h := range []*held{killed, frozen} {
			eventually(t, "the turn of a server that is gone has an end", func() bool {
				out, err := h.again(t, living.site)
				switch {
				case errors.As(err, &conflict):
					return false
				case err != nil:
					t.Fatal(err)
				case !strings.Contains(*out.SystemMessage, "Whether it was carried out is not known"):
					t.Errorf("%s", *out.SystemMessage)
				}
				return true
			})
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("the turns of servers that are gone ended after %s", took)
		}
		close(living.release)
		if err := <-living.answered; err != nil {
			t.Errorf("the turn of the living server: %v", err)
		}
		if err := frozen.server.Thaw(); err != nil {
			t.Fatal(err)
		}
		close(frozen.release)
		if err := <-frozen.answered; !errors.As(err, &conflict) {
			t.Errorf("the turn of the frozen server: %v", err)
		}
		close(killed.release)
		on := *frozen.talk
		on.site = living.site
		if n := len(on.messages(t, frozen.in.ConversationId)); n != 4 {
			t.Errorf("%d messages", n)
		}
		eventually(t, "three tickets are made", func() bool { return len(d.made()) == 3 })
	})
}
