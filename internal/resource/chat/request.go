package chat

import (
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// request is what a ChatSync asks for: exactly one of message, execution and
// response.
type request struct {
	owner

	caller       op.Caller
	conversation string // empty: a new one
	parent       string // empty: not said
	plugin       string // ID; empty: that of the call which waits for a sign-in

	message   string
	execution *api.ActionExecution
	response  map[string]string
}

func (r *request) place() place { return place{r.owner, r.conversation} }

func (r *request) token() string {
	if r.caller.Token == nil {
		return ""
	}
	return r.caller.Token.Value
}

// newRequest reads a ChatSync that this version can answer; its owner is still to
// be found. The error is a Validation with everything that is wrong, or else a
// NotImplemented.
func newRequest(c op.Caller, in *api.ChatSyncInput) (*request, error) {
	bad := append(checkSaid(in), checkPlace(in)...)
	if bad = append(bad, checkMode(in)...); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	if plugins := in.ChatMode != nil && *in.ChatMode == api.ChatModePluginMode; !plugins && (in.ChatMode != nil || in.UserMessage != nil) {
		return nil, &fault.Error{Code: fault.NotImplemented, Message: "ChatSync answers PLUGIN_MODE only so far: send chatMode PLUGIN_MODE with chatModeConfiguration.pluginConfiguration.pluginId. The other modes are not built yet in this version of Parley."}
	}
	r := &request{
		caller:       c,
		conversation: value(in.ConversationID), parent: value(in.ParentMessageID), plugin: pluginOf(in),
		message: value(in.UserMessage), execution: in.ActionExecution,
	}
	if in.AuthChallengeResponse != nil {
		r.response = in.AuthChallengeResponse.ResponseMap
		if r.response == nil {
			r.response = map[string]string{}
		}
	}
	return r, nil
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// pluginOf is the plugin that a request names.
func pluginOf(in *api.ChatSyncInput) string {
	switch {
	case in.ActionExecution != nil:
		return in.ActionExecution.PluginID
	case configured(in):
		return in.ChatModeConfiguration.PluginConfiguration.PluginID
	}
	return ""
}

func configured(in *api.ChatSyncInput) bool {
	return in.ChatModeConfiguration != nil && in.ChatModeConfiguration.PluginConfiguration != nil
}

// checkSaid demands one thing to answer.
func checkSaid(in *api.ChatSyncInput) (bad []fault.Field) {
	first := ""
	for _, said := range []struct {
		name  string
		given bool
	}{
		{"userMessage", in.UserMessage != nil},
		{"actionExecution", in.ActionExecution != nil},
		{"authChallengeResponse", in.AuthChallengeResponse != nil},
	} {
		switch {
		case said.given && first == "":
			first = said.name
		case said.given:
			bad = append(bad, fault.Field{Name: said.name, Message: "cannot be sent together with " + first + ": send one of the two"})
		}
	}
	switch text := value(in.UserMessage); {
	case first == "":
		bad = append(bad, fault.Field{Name: "userMessage", Message: "is missing: send a userMessage, an actionExecution or an authChallengeResponse"})
	case in.UserMessage != nil && strings.TrimSpace(text) == "":
		bad = append(bad, fault.Field{Name: "userMessage", Message: "is empty: say something"})
	case utf8.RuneCountInString(text) > maxMessage:
		bad = append(bad, fault.Field{Name: "userMessage", Message: "is longer than 32000 characters: say it in fewer"})
	}
	return bad
}

// checkPlace demands that a request says where in a conversation it stands, as
// far as it has to.
func checkPlace(in *api.ChatSyncInput) (bad []fault.Field) {
	answers := ""
	switch {
	case in.ActionExecution != nil:
		answers = "actionExecution"
	case in.AuthChallengeResponse != nil:
		answers = "authChallengeResponse"
	}
	if in.ConversationID == nil && answers != "" {
		bad = append(bad, fault.Field{Name: "conversationId", Message: "is missing: " + answers + " belongs to a conversation"})
	}
	if in.ConversationID == nil && in.ParentMessageID != nil {
		bad = append(bad, fault.Field{Name: "parentMessageId", Message: "needs the conversationId of its conversation"})
	}
	if in.ActionExecution != nil && in.ParentMessageID == nil {
		bad = append(bad, fault.Field{Name: "parentMessageId", Message: "is missing: name the system message whose form is confirmed"})
	}
	return bad
}

// checkMode demands what PLUGIN_MODE needs. A confirmation or a sign-in goes on
// in its conversation's mode, and need not repeat it.
func checkMode(in *api.ChatSyncInput) (bad []fault.Field) {
	goesOn := in.ActionExecution != nil || in.AuthChallengeResponse != nil
	plugins := in.ChatMode != nil && *in.ChatMode == api.ChatModePluginMode
	if plugins && !configured(in) && !goesOn {
		bad = append(bad, fault.Field{Name: "chatModeConfiguration.pluginConfiguration", Message: "is missing: PLUGIN_MODE needs the pluginId of a plugin"})
	}
	if len(in.Attachments) > 0 && (plugins || goesOn) {
		bad = append(bad, fault.Field{Name: "attachments", Message: "cannot be sent in the same message as a plugin is used in"})
	}
	if in.ActionExecution != nil && configured(in) && in.ChatModeConfiguration.PluginConfiguration.PluginID != in.ActionExecution.PluginID {
		bad = append(bad, fault.Field{Name: "chatModeConfiguration.pluginConfiguration.pluginId", Message: "is another plugin than actionExecution.pluginId"})
	}
	return bad
}
