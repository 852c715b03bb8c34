package chat

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/attribute"
)

// request is what a ChatSync or a Chat asks for: exactly one of message, execution
// and response.
type request struct {
	owner

	caller       op.Caller
	named        application.Named
	who          application.EndUser // whom the request is about
	full         bool                // they may use all that conversations have, beside documents
	conversation string              // empty: a new one
	parent       string              // empty: not said
	mode         api.ChatMode        // empty: not said
	plugin       string              // ID; empty: that of the call which waits for a sign-in, or none
	filter       *api.AttributeFilter

	message   string
	uploads   []attachment.Upload
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

// goesOn reports a confirmation or a sign-in, which belongs to a plugin's call.
func (r *request) goesOn() bool { return r.execution != nil || r.response != nil }

// plugins reports whether one plugin is meant, and nothing else.
func (r *request) plugins() bool { return r.goesOn() || r.mode == api.ChatModePluginMode }

// newRequest reads a request, whose owner is still to be found. The error is a
// Validation with everything that is wrong.
func newRequest(c op.Caller, in *api.ChatSyncInput) (*request, error) {
	bad := slices.Concat(checkSaid(in), checkPlace(in), checkMode(in), attribute.Check("attributeFilter", in.AttributeFilter))
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	r := &request{
		caller: c, named: application.Named{User: in.UserID, Groups: in.UserGroups},
		conversation: value(in.ConversationID), parent: value(in.ParentMessageID), plugin: pluginOf(in),
		message: value(in.UserMessage), execution: in.ActionExecution, filter: in.AttributeFilter,
	}
	for _, file := range in.Attachments {
		r.uploads = append(r.uploads, attachment.UploadOf(file))
	}
	r.tenant, r.application = c.Tenant(), in.ApplicationID
	if in.ChatMode != nil {
		r.mode = *in.ChatMode
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
	if !plugins && configured(in) && !goesOn {
		bad = append(bad, fault.Field{Name: "chatModeConfiguration.pluginConfiguration", Message: "goes with chatMode PLUGIN_MODE: send that, or leave this out"})
	}
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
