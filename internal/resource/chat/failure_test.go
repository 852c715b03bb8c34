package chat

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// thirdParty is the fault of a third party that failed.
func thirdParty() fault.Error { return fault.Error{Code: fault.ExternalResource} }

func TestAReadThatFails(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(d *desk)
		want  string
	}{
		"refused":     {func(d *desk) { d.status = 403 }, "Desk did not do it: SERVER answered with status 403 (Forbidden): the login is not allowed to do this; its request id is req-7."},
		"broken":      {func(d *desk) { d.status = 500 }, "Desk could not be asked: SERVER answered with status 500 (Internal Server Error): the fault is on its side; its request id is req-7."},
		"unreachable": {func(d *desk) { d.server.Close() }, "Desk could not be asked: SERVER cannot be reached: "},
		"not allowed to log in": {func(d *desk) {
			d.refused = &fault.Error{Code: fault.ExternalResource, Message: "The secret of Desk cannot be read."}
		},
			"The secret of Desk cannot be read."},
		"kept in": {func(d *desk) {
			d.refused = &outbound.RefusedError{Origin: "http://10.0.0.1:80", Why: "10.0.0.1 is not a public address"}
		},
			"Desk may not be called from here: outbound request to http://10.0.0.1:80 refused: 10.0.0.1 is not a public address. Nothing was sent; tell the administrator."},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, func(t *testing.T, b *bench) {
				url := b.desk.server.URL
				first := b.form(t) // so that the conversation is there
				b.desk.set(tt.spoil)
				_, err := try(t, b, api.ChatSync, after(first, b.say("List the tickets")))
				words := strings.ReplaceAll(optest.Refused(t, err, thirdParty()), url, "SERVER")
				if !strings.HasPrefix(words, tt.want) || strings.Contains(words, "canary") {
					t.Errorf("got  %s\nwant %s", words, tt.want)
				}
				bodies := b.bodies(t, first)
				if len(bodies) != 4 || bodies[2] != "List the tickets" || strings.ReplaceAll(bodies[3], url, "SERVER") != words {
					t.Errorf("messages %q", bodies)
				}
				if name != "unreachable" {
					b.desk.set(func(d *desk) { d.status, d.refused = 0, nil })
					b.chat(t, after(first, b.say("List the tickets"))) // behind the last answer the client knows of
				}
			})
		})
	}
}

// A write that the third party refused was not done: the form can be corrected
// and confirmed again. One whose outcome is unknown cannot.
func TestAWriteThatFails(t *testing.T) {
	for _, tt := range []struct {
		status int
		again  bool
	}{{400, true}, {404, true}, {409, true}, {422, true}, {429, true}, {408, false}, {425, false}, {500, false}, {503, false}, {302, false}} {
		t.Run(strconv.Itoa(tt.status), func(t *testing.T) {
			one(t, func(t *testing.T, b *bench) {
				out := b.form(t)
				b.desk.set(func(d *desk) { d.status = tt.status })
				_, err := try(t, b, api.ChatSync, b.confirm(out, nil))
				words := optest.Refused(t, err, thirdParty())
				if unknown := strings.Contains(words, "is not known: look there"); unknown == tt.again {
					t.Errorf("%s", words)
				}
				if n := b.desk.arrived(); n != 1 {
					t.Errorf("%d calls", n)
				}
				b.desk.set(func(d *desk) { d.status = 0 })
				_, err = try(t, b, api.ChatSync, b.confirm(out, map[string]string{"priority": `"low"`}))
				if tt.again && err != nil {
					t.Errorf("confirmed again: %v", err)
				}
				if !tt.again {
					optest.Refused(t, err, conflict("message", *out.SystemMessageID))
				}
			})
		})
	}
}

func TestWhatLookupsRefuse(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		b.desk.set(func(d *desk) {
			d.refused = &action.ArgumentError{Problems: []action.Problem{{Key: "priority", Message: "Choose one of low, high."}}}
		})
		_, err := try(t, b, api.ChatSync, b.confirm(out, nil))
		optest.Refused(t, err, optest.Invalid("actionExecution.payload.priority"))
		asked := b.chat(t, after(out, b.say("List the open tickets"))) // of a read it is a question
		if want := "Please tell me more for “List tickets”:\n- priority: Choose one of low, high."; *asked.SystemMessage != want {
			t.Errorf("got %s", *asked.SystemMessage)
		}
	})
}

// A failure on our own side leaves nothing behind, unless a write may have been
// sent.
func TestOurOwnFailures(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		b.desk.set(func(d *desk) { d.refused = errors.New("canary-internal") })
		_, err := try(t, b, api.ChatSync, withToken("t1", after(out, b.say("List the tickets"))))
		if !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), "canary") {
			t.Error(err)
		}
		if n := len(b.bodies(t, out)); n != 2 {
			t.Errorf("%d messages", n)
		}
		b.desk.set(func(d *desk) { d.refused = nil })
		b.chat(t, withToken("t1", after(out, b.say("List the tickets")))) // the token was given back
		out = b.form(t)
		b.desk.set(func(d *desk) { d.refused = errors.New("canary-internal") })
		_, err = try(t, b, api.ChatSync, b.confirm(out, nil))
		f := fault.As(err)
		if f == nil || f.Code != fault.ExternalResource || !strings.Contains(f.Message, "is not known") || strings.Contains(f.Message, "canary") || f.Cause == nil {
			t.Fatalf("%+v", f)
		}
		b.desk.set(func(d *desk) { d.refused = nil })
		_, err = try(t, b, api.ChatSync, b.confirm(out, nil))
		optest.Refused(t, err, conflict("message", *out.SystemMessageID))
	})
}

// script is a planner that says what it was told to, whatever it is asked.
type script struct {
	decisions []plan.Decision
	err       error
	asked     []plan.Turn
}

func (s *script) Decide(_ context.Context, t plan.Turn) (plan.Decision, error) {
	s.asked = append(s.asked, t)
	if s.err != nil {
		return plan.Decision{}, s.err
	}
	if len(s.asked) > len(s.decisions) {
		return plan.Decision{}, nil
	}
	return s.decisions[len(s.asked)-1], nil
}

func TestAPlannerThatFails(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		cause := errors.New("canary-model")
		b.Planner = &script{err: cause}
		_, err := try(t, b, api.ChatSync, b.say("List the tickets"))
		f := fault.As(err)
		if f == nil || f.Code != fault.ExternalResource || !errors.Is(f, cause) || strings.Contains(f.Message, "canary") {
			t.Errorf("%+v", f)
		}
	})
}

func TestAClientThatLeaves(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		ctx, leave := context.WithCancel(t.Context())
		b.desk.set(func(d *desk) { d.before = leave })
		_, err := b.Registry.Call(ctx, b.caller, api.ChatSync.Route, after(out, b.say("List the tickets")))
		if !fault.Is(err, fault.Internal) {
			t.Errorf("%v", err)
		}
		if n := len(b.bodies(t, out)); n != 2 {
			t.Errorf("a read whose client left has written %d messages", n-2)
		}
		ctx, leave = context.WithCancel(t.Context())
		b.desk.set(func(d *desk) { d.before = leave })
		if _, err := b.Registry.Call(ctx, b.caller, api.ChatSync.Route, b.confirm(out, nil)); err != nil {
			t.Errorf("a write whose client left: %v", err)
		}
		if len(b.desk.made()) != 1 || len(b.bodies(t, out)) != 4 {
			t.Errorf("a write whose client left: made %q, messages %q", b.desk.made(), b.bodies(t, out))
		}
	})
}
