package chatcontrol

import (
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/platform/store"
)

// responseType is what errors and ARNs call a chat response configuration.
const responseType = "chat-response-configuration"

// all is the key of the one configuration that there can be of responses.
const all = string(api.ResponseConfigurationTypeAll)

// Response is a chat response configuration as it is stored. There is nothing to
// wait for when it is made or changed, so it is always ACTIVE, and the last that
// was asked for is the one in use.
type Response struct {
	Application string `json:"-"` // in the row's key
	ID          string `json:"-"` // likewise

	DisplayName  string                    `json:"displayName"`
	Instructions api.InstructionCollection `json:"instructions"`
	CreatedAt    time.Time                 `json:"createdAt"`
	UpdatedAt    time.Time                 `json:"updatedAt"`
}

// StyleOf returns how answers of an application are to be: its response
// configuration, or nothing where there is none. It is one statement.
func StyleOf(tx *store.Tx, tenant, application string) (converse.Style, error) {
	found, err := listResponses(tx, tenant, application, 1)
	if err != nil || len(found) == 0 {
		return converse.Style{}, err
	}
	i := found[0].Instructions
	return converse.Style{
		Length: text(i.ResponseLength), Audience: text(i.TargetAudience), Perspective: text(i.Perspective), OutputStyle: text(i.OutputStyle),
		Identity: text(i.Identity), Tone: text(i.Tone), Instructions: text(i.CustomInstructions), Examples: text(i.Examples),
	}, nil
}

// ARN names the configuration, which is one of the caller's account and Region.
func (r *Response) ARN(c op.Caller) string {
	return c.ARN("application/%s/%s/%s", r.Application, responseType, r.ID)
}

// instruction is one of a collection, with the words it has in a summary.
type instruction struct {
	member, words string
	text          *string
}

func instructions(c api.InstructionCollection) []instruction {
	return []instruction{
		{"responseLength", "Length", c.ResponseLength},
		{"targetAudience", "Audience", c.TargetAudience},
		{"perspective", "Perspective", c.Perspective},
		{"outputStyle", "Style", c.OutputStyle},
		{"identity", "Identity", c.Identity},
		{"tone", "Tone", c.Tone},
		{"customInstructions", "Instructions", c.CustomInstructions},
		{"examples", "Examples", c.Examples},
	}
}

// collection returns the instructions of a request. Without one that says
// something it is a Validation.
func collection(configurations map[string]api.ResponseConfiguration) (api.InstructionCollection, error) {
	const member = "responseConfigurations." + all + ".instructionCollection"
	given := configurations[all].InstructionCollection
	if given == nil {
		return api.InstructionCollection{}, fault.InvalidField(member, "is required, with at least one instruction")
	}
	var bad refusals
	said := 0
	for _, i := range instructions(*given) {
		switch {
		case i.text == nil:
		case strings.TrimSpace(*i.text) == "":
			bad.add(member+"."+i.member, "has white space only; leave it out, or say what is wanted")
		default:
			said++
		}
	}
	if said == 0 && len(bad) == 0 {
		bad.add(member, "has no instruction; give at least one, such as tone")
	}
	if len(bad) > 0 {
		return api.InstructionCollection{}, fault.Invalid(bad...)
	}
	return *given, nil
}

// most is how many characters of an instruction are in a summary: of all eight
// there are fewer than 1000 (API model, ResponseConfigurationSummary).
const most = 100

// summarize writes what the configuration asks for in a few lines.
func (r *Response) summarize() string {
	var lines []string
	for _, i := range instructions(r.Instructions) {
		if i.text == nil {
			continue
		}
		words := []rune(strings.Join(strings.Fields(*i.text), " "))
		if len(words) > most {
			words = append(words[:most-1], '…')
		}
		lines = append(lines, i.words+": "+string(words))
	}
	return strings.Join(lines, "\n")
}

// detail is what GetChatResponseConfiguration shows.
func (r *Response) detail(c op.Caller) *api.GetChatResponseConfigurationOutput {
	held := &api.ChatResponseConfigurationDetail{
		ResponseConfigurations:       map[string]api.ResponseConfiguration{all: {InstructionCollection: &r.Instructions}},
		ResponseConfigurationSummary: new(r.summarize()),
		Status:                       new(api.ChatResponseConfigurationStatusActive),
		UpdatedAt:                    &r.UpdatedAt,
	}
	return &api.GetChatResponseConfigurationOutput{
		ChatResponseConfigurationID:  &r.ID,
		ChatResponseConfigurationARN: new(r.ARN(c)),
		DisplayName:                  &r.DisplayName,
		CreatedAt:                    &r.CreatedAt,
		InUseConfiguration:           held,
		LastUpdateConfiguration:      held,
	}
}

// summary is what ListChatResponseConfigurations shows.
func (r *Response) summary(c op.Caller) api.ChatResponseConfiguration {
	return api.ChatResponseConfiguration{
		ChatResponseConfigurationID:  r.ID,
		ChatResponseConfigurationARN: r.ARN(c),
		DisplayName:                  r.DisplayName,
		ResponseConfigurationSummary: new(r.summarize()),
		Status:                       api.ChatResponseConfigurationStatusActive,
		CreatedAt:                    &r.CreatedAt,
		UpdatedAt:                    &r.UpdatedAt,
	}
}
