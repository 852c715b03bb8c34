package op_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// shop creates plugins, numbers them, and keeps each answer with its token.
type shop struct {
	*op.Registry
	memory *memory
	made   int
	fail   error
}

func newShop() *shop {
	m := &memory{}
	s := &shop{Registry: &op.Registry{Access: &guard{}, Replays: m}, memory: m}
	op.Handle(s.Registry, api.CreatePlugin, func(_ context.Context, c op.Caller, in *api.CreatePluginInput) (*api.CreatePluginOutput, error) {
		if s.fail != nil {
			return nil, s.fail
		}
		s.made++
		id := fmt.Sprintf("plugin-%d", s.made)
		if c.Token != nil {
			m.keep(c, fmt.Sprintf(`{"pluginId":%q}`, id))
		}
		return &api.CreatePluginOutput{PluginID: &id}, nil
	})
	return s
}

// create calls CreatePlugin and returns the id of the plugin.
func (s *shop) create(t *testing.T, c op.Caller, in *api.CreatePluginInput) (string, error) {
	t.Helper()
	out, err := s.Call(t.Context(), c, api.CreatePlugin.Route, in)
	if err != nil {
		return "", err
	}
	return *out.(*api.CreatePluginOutput).PluginID, nil
}

// TestTokensOfOneNameAreTwo: two APIs have a CreateApplication, and a token sent to
// one of them is not spent for the other.
func TestTokensOfOneNameAreTwo(t *testing.T) {
	m := &memory{}
	r := &op.Registry{Access: &guard{}, Replays: m}
	op.Handle(r, api.CreateApplication, func(_ context.Context, c op.Caller, _ *api.CreateApplicationInput) (*api.CreateApplicationOutput, error) {
		m.keep(c, `{"applicationId":"a"}`)
		return &api.CreateApplicationOutput{}, nil
	})
	op.Handle(r, ssoadmin.CreateApplication, func(context.Context, op.Caller, *ssoadmin.CreateApplicationInput) (*ssoadmin.CreateApplicationOutput, error) {
		return &ssoadmin.CreateApplicationOutput{ApplicationARN: new("arn")}, nil
	})
	if _, err := r.Call(t.Context(), caller(), api.CreateApplication.Route, &api.CreateApplicationInput{DisplayName: "a", ClientToken: new("one")}); err != nil {
		t.Fatal(err)
	}
	out, err := r.Call(t.Context(), caller(), ssoadmin.CreateApplication.Route, &ssoadmin.CreateApplicationInput{Name: "a", ClientToken: new("one")})
	if err != nil || *out.(*ssoadmin.CreateApplicationOutput).ApplicationARN != "arn" {
		t.Errorf("%v, %v", out, err)
	}
}

func TestSameTokenAndInputIsAnsweredTheSame(t *testing.T) {
	s := newShop()
	for range 3 {
		if id, err := s.create(t, caller(), createPlugin("one")); id != "plugin-1" || err != nil {
			t.Fatalf("%s, %v", id, err)
		}
	}
	if s.made != 1 {
		t.Errorf("%d plugins were made", s.made)
	}
}

func TestOtherTokensAreOtherRequests(t *testing.T) {
	s := newShop()
	elsewhere, stranger := caller(), caller()
	elsewhere.Region, stranger.Account = "us-east-1", "444455556666"
	otherApp := createPlugin("one")
	otherApp.ApplicationID = pluginID
	for i, call := range []struct {
		c  op.Caller
		in *api.CreatePluginInput
	}{
		{caller(), createPlugin("one")}, {caller(), createPlugin("two")}, {caller(), createPlugin("")}, {caller(), createPlugin("")},
		{elsewhere, createPlugin("one")}, {stranger, createPlugin("one")}, {caller(), otherApp},
	} {
		want := fmt.Sprintf("plugin-%d", i+1)
		if id, err := s.create(t, call.c, call.in); id != want || err != nil {
			t.Errorf("%s, %v; want %s", id, err, want)
		}
	}
}

// TestGuestsHaveTokensOfTheirOwn: a caller of another account, who is admitted to
// the same application, is not answered what the owner was, nor refused for it.
func TestGuestsHaveTokensOfTheirOwn(t *testing.T) {
	s := newShop()
	s.Access = &guard{owner: caller().Account}
	guest := caller()
	guest.Account = "444455556666"
	for _, call := range []struct {
		c  op.Caller
		id string
	}{{caller(), "plugin-1"}, {guest, "plugin-2"}, {caller(), "plugin-1"}, {guest, "plugin-2"}} {
		if id, err := s.create(t, call.c, createPlugin("one")); id != call.id || err != nil {
			t.Errorf("%s: %s, %v; want %s", call.c.Account, id, err, call.id)
		}
	}
	if s.made != 2 {
		t.Errorf("%d plugins were made, want 2", s.made)
	}
}

func TestSameTokenWithOtherInputConflicts(t *testing.T) {
	s := newShop()
	if _, err := s.create(t, caller(), createPlugin("one")); err != nil {
		t.Fatal(err)
	}
	other := createPlugin("one")
	other.DisplayName = "weather"
	_, err := s.create(t, caller(), other)
	want := &fault.Error{Code: fault.Conflict, ResourceType: "clientToken", ResourceID: "one",
		Message: "The clientToken one was used before with other parameters. Send a new token with a new request, or the same parameters with this one."}
	if diff := cmp.Diff(want, fault.As(err)); diff != "" {
		t.Error(diff)
	}
	if s.made != 1 {
		t.Errorf("%d plugins were made", s.made)
	}
}

// TestTokenIsFreeAfterAFailure: what failed was not done, so it may be tried
// again with the same token.
func TestTokenIsFreeAfterAFailure(t *testing.T) {
	s := newShop()
	s.fail = fault.Conflicts("plugin", "tickets", "There is a plugin of that name.")
	if _, err := s.create(t, caller(), createPlugin("one")); !fault.Is(err, fault.Conflict) {
		t.Fatalf("error %v", err)
	}
	s.fail = nil
	if id, err := s.create(t, caller(), createPlugin("one")); id != "plugin-1" || err != nil {
		t.Errorf("%s, %v", id, err)
	}
}

// TestAnsweredMeanwhile: of two requests with one token at the same time, the
// one that comes too late is answered what the other was.
func TestAnsweredMeanwhile(t *testing.T) {
	m := &memory{}
	r := &op.Registry{Access: &guard{}, Replays: m}
	op.Handle(r, api.CreatePlugin, func(_ context.Context, c op.Caller, _ *api.CreatePluginInput) (*api.CreatePluginOutput, error) {
		m.keep(c, `{"pluginId":"plugin-of-the-other"}`)
		return nil, fmt.Errorf("keep: %w", op.ErrReplayed)
	})
	out, err := r.Call(t.Context(), caller(), api.CreatePlugin.Route, createPlugin("one"))
	if err != nil || *out.(*api.CreatePluginOutput).PluginID != "plugin-of-the-other" {
		t.Errorf("%v, %v", out, err)
	}
}

func TestReplayFailuresAreInternal(t *testing.T) {
	for name, broken := range map[string]func(*shop){
		"the store is gone":     func(s *shop) { s.memory.failure = errors.New("the store is gone") },
		"the answer is gone":    func(s *shop) { s.memory.kept, s.fail = nil, op.ErrReplayed },
		"the answer is no JSON": func(s *shop) { s.memory.spoil() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop()
			if _, err := s.create(t, caller(), createPlugin("one")); err != nil {
				t.Fatal(err)
			}
			broken(s)
			if _, err := s.create(t, caller(), createPlugin("one")); !fault.Is(err, fault.Internal) {
				t.Errorf("error %v, want an internal one", err)
			}
		})
	}
}
