package provider

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// conversation is a request in Bedrock's terms. Messages of one role in a row
// become one, because the roles have to take turns.
func conversation(model string, r llm.Request) (*bedrockruntime.ConverseStreamInput, error) {
	in := &bedrockruntime.ConverseStreamInput{ModelId: &model}
	if r.System != "" {
		in.System = []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: r.System}}
	}
	if r.MaxTokens > 0 || r.Temperature != nil {
		in.InferenceConfig = &types.InferenceConfiguration{}
	}
	if r.MaxTokens > 0 {
		in.InferenceConfig.MaxTokens = new(int32(r.MaxTokens))
	}
	if r.Temperature != nil {
		in.InferenceConfig.Temperature = new(float32(*r.Temperature))
	}
	for _, m := range r.Messages {
		blocks, err := blocksOf(m)
		if err != nil {
			return nil, err
		}
		role := types.ConversationRole(m.Role)
		if last := len(in.Messages) - 1; last >= 0 && in.Messages[last].Role == role {
			in.Messages[last].Content = append(in.Messages[last].Content, blocks...)
			continue
		}
		in.Messages = append(in.Messages, types.Message{Role: role, Content: blocks})
	}
	var err error
	in.ToolConfig, err = toolsOf(r.Tools)
	return in, err
}

// blocksOf are the parts of a message. Bedrock refuses empty texts.
func blocksOf(m llm.Message) (blocks []types.ContentBlock, err error) {
	for _, r := range m.Results {
		blocks = append(blocks, resultOf(r))
	}
	for _, i := range m.Images {
		blocks = append(blocks, &types.ContentBlockMemberImage{Value: types.ImageBlock{
			Format: types.ImageFormat(strings.TrimPrefix(i.MediaType, "image/")), // the names are the same
			Source: &types.ImageSourceMemberBytes{Value: i.Data},
		}})
	}
	if m.Text != "" {
		blocks = append(blocks, &types.ContentBlockMemberText{Value: m.Text})
	}
	for _, c := range m.Calls {
		var args any
		if err := json.Unmarshal(c.Arguments, &args); err != nil {
			return nil, err
		}
		blocks = append(blocks, &types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{
			ToolUseId: &c.ID, Name: &c.Name, Input: document.NewLazyDocument(args),
		}})
	}
	return blocks, nil
}

func resultOf(r llm.ToolResult) types.ContentBlock {
	text := r.Text
	if text == "" {
		text = "(nothing)"
	}
	block := types.ToolResultBlock{
		ToolUseId: &r.ID, Status: types.ToolResultStatusSuccess,
		Content: []types.ToolResultContentBlock{&types.ToolResultContentBlockMemberText{Value: text}},
	}
	if r.Failed {
		block.Status = types.ToolResultStatusError
	}
	return &types.ContentBlockMemberToolResult{Value: block}
}

func toolsOf(tools []llm.Tool) (*types.ToolConfiguration, error) {
	if len(tools) == 0 {
		return nil, nil
	}
	config := &types.ToolConfiguration{}
	for _, t := range tools {
		var schema any
		if err := json.Unmarshal(t.Parameters, &schema); err != nil {
			return nil, err
		}
		spec := types.ToolSpecification{Name: &t.Name, InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(schema)}}
		if t.Description != "" {
			spec.Description = &t.Description
		}
		config.Tools = append(config.Tools, &types.ToolMemberToolSpec{Value: spec})
	}
	return config, nil
}
