package chat

import (
	"context"
	"io"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
)

// silence is a client of which nothing is heard back.
type silence struct{ events []*api.ChatInputStream }

func (s *silence) Receive(context.Context) (*api.ChatInputStream, error) {
	if len(s.events) == 0 {
		return nil, io.EOF
	}
	e := s.events[0]
	s.events = s.events[1:]
	return e, nil
}

func (s *silence) Send(context.Context, *api.ChatOutputStream) error { return nil }

// FuzzCollect sends events in any order: what is taken has its parts in their order
// and says one thing, and what is refused is refused with the name of an event.
func FuzzCollect(f *testing.F) {
	for _, seed := range []string{"", "e", "te", "cate", "caate", "tce", "tt", "cc", "xe", "re", "tre", "tae", "?te", "tex"} {
		f.Add(seed)
	}
	kinds := map[rune]*api.ChatInputStream{
		'c': retrieves(), 'a': attaches("a.txt", "x"), 't': says("x"), 'e': ends(), '?': {},
		'x': {ActionExecutionEvent: &api.ActionExecutionEvent{PluginID: deskID}}, 'r': {AuthChallengeResponseEvent: &api.AuthChallengeResponseEvent{}},
	}
	f.Fuzz(func(t *testing.T, order string) {
		var d silence
		files, configured, said, wrong := 0, false, 0, false
		ended := false
		for _, k := range order {
			e, known := kinds[k]
			if !known {
				return
			}
			d.events = append(d.events, e)
			if ended {
				continue
			}
			switch k {
			case 'c':
				wrong = wrong || configured || files+said > 0
				configured = true
			case 'a':
				wrong = wrong || said > 0
				files++
			case 't', 'x', 'r':
				said++
			case 'e':
				ended = true
			}
		}
		in, err := collect(t.Context(), &api.ChatInput{ApplicationID: noMessage}, &d)
		good := ended && said == 1 && !wrong
		if good != (err == nil) {
			t.Fatalf("%q: %v", order, err)
		}
		if !good {
			if e := fault.As(err); e == nil || e.Code != fault.Validation || len(e.Fields) != 1 || e.Fields[0].Name == "" {
				t.Fatalf("%q: %v", order, err)
			}
			return
		}
		if len(in.Attachments) != files || (in.ChatMode != nil) != configured || len(checkSaid(in)) > 0 {
			t.Fatalf("%q: %+v", order, in)
		}
	})
}
