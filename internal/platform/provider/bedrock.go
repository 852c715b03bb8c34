package provider

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// BedrockConfig says how Amazon Bedrock is reached. Its Model is a model's ID,
// the ID of an inference profile, or the ARN of either.
type BedrockConfig struct {
	Config
	Region      string
	Credentials aws.CredentialsProvider
	Endpoint    string // URL of what speaks the protocol elsewhere, such as a VPC endpoint; empty: AWS's own
}

// Bedrock returns a Model that is asked by ConverseStream, through AWS's client.
func Bedrock(c BedrockConfig) llm.Model {
	return newModel(c.Config, &bedrock{config: c, client: bedrockClient(c)})
}

func bedrockClient(c BedrockConfig) *bedrockruntime.Client {
	o := bedrockruntime.Options{
		Region: c.Region, Credentials: c.Credentials,
		HTTPClient: framed{c.Out, c.Bounds.withDefaults().Event},
		Retryer:    aws.NopRetryer{}, // tries are counted here
	}
	if c.Endpoint != "" {
		o.BaseEndpoint = &c.Endpoint
	}
	return bedrockruntime.New(o)
}

type bedrock struct {
	config BedrockConfig
	client *bedrockruntime.Client
}

func (s *bedrock) stream(ctx context.Context, r llm.Request, tell func(llm.Event) error) error {
	in, err := conversation(s.config.Model, r)
	if err != nil {
		return &llm.Error{Reason: llm.BadRequest, Detail: "a tool's parameters or arguments are not JSON", Cause: err}
	}
	out, err := s.client.ConverseStream(ctx, in)
	if err != nil {
		return s.explain(err)
	}
	events := out.GetStream()
	defer func() { _ = events.Close() }()
	h := hearing{tell: tell, most: s.config.Bounds.withDefaults().Arguments}
	for event := range events.Events() {
		if err := h.event(event); err != nil {
			return err
		}
	}
	if err := events.Err(); err != nil {
		return s.explain(err)
	}
	return h.end()
}

func (s *bedrock) explain(err error) error { return explainAWS(err, s.config.Now()) }

// explainAWS sorts an error of the client.
func explainAWS(err error, now time.Time) error {
	if own, ok := errors.AsType[*llm.Error](err); ok {
		return own
	}
	if detail(err) != "" || errors.Is(err, outbound.ErrTooLarge) || errors.Is(err, context.Canceled) {
		return err // never got there, or did not come through
	}
	var said refusal
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		said.code, said.message = api.ErrorCode(), api.ErrorMessage()
	}
	if res, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && res.Response != nil {
		said.status = res.HTTPStatusCode()
		said.after = retryAfter(res.Response.Header, now)
	}
	if said.code == "" && said.status/100 <= 2 {
		return &llm.Error{Reason: llm.BadAnswer, Detail: "it is not a stream of events", Cause: err}
	}
	e := said.err()
	if reason, known := exceptions[said.code]; known && e.Reason != llm.ContextTooLong {
		e.Reason = reason
	}
	if strings.Contains(said.message, "model identifier") {
		e.Reason = llm.UnknownModel
	}
	return e
}

// exceptions are those of ConverseStream, and the ones AWS's services share.
var exceptions = map[string]llm.Reason{
	"AccessDeniedException":         llm.Refused,
	"ExpiredTokenException":         llm.Refused,
	"IncompleteSignature":           llm.Refused,
	"IncompleteSignatureException":  llm.Refused,
	"InvalidClientTokenId":          llm.Refused,
	"InvalidSignatureException":     llm.Refused,
	"MissingAuthenticationToken":    llm.Refused,
	"SignatureDoesNotMatch":         llm.Refused,
	"UnrecognizedClientException":   llm.Refused,
	"InternalServerException":       llm.Unavailable,
	"ModelErrorException":           llm.Unavailable,
	"ModelNotReadyException":        llm.Unavailable,
	"ModelStreamErrorException":     llm.Unavailable,
	"ServiceUnavailableException":   llm.Unavailable,
	"ModelTimeoutException":         llm.Timeout,
	"ResourceNotFoundException":     llm.UnknownModel,
	"ServiceQuotaExceededException": llm.RateLimited,
	"ThrottlingException":           llm.RateLimited,
	"ValidationException":           llm.BadRequest,
}

// A hearing is an answer of ConverseStream while it comes.
type hearing struct {
	tell func(llm.Event) error
	most int // bytes of arguments

	calls     map[int32]*partial // that have begun, by content block
	arguments int
	called    bool
	usage     *llm.Usage
	stop      types.StopReason
}

func (h *hearing) event(event types.ConverseStreamOutput) error {
	switch e := event.(type) {
	case *types.ConverseStreamOutputMemberContentBlockStart:
		h.begin(e.Value)
	case *types.ConverseStreamOutputMemberContentBlockDelta:
		return h.delta(e.Value)
	case *types.ConverseStreamOutputMemberContentBlockStop:
		return h.call(aws.ToInt32(e.Value.ContentBlockIndex))
	case *types.ConverseStreamOutputMemberMessageStop:
		h.stop = e.Value.StopReason
	case *types.ConverseStreamOutputMemberMetadata:
		if u := e.Value.Usage; u != nil {
			h.usage = &llm.Usage{Input: int(aws.ToInt32(u.InputTokens)), Output: int(aws.ToInt32(u.OutputTokens))}
		}
	}
	return h.tell(nil)
}

func (h *hearing) begin(e types.ContentBlockStartEvent) {
	use, ok := e.Start.(*types.ContentBlockStartMemberToolUse)
	if !ok {
		return
	}
	if h.calls == nil {
		h.calls = map[int32]*partial{}
	}
	h.calls[aws.ToInt32(e.ContentBlockIndex)] = &partial{id: aws.ToString(use.Value.ToolUseId), name: aws.ToString(use.Value.Name)}
}

func (h *hearing) delta(e types.ContentBlockDeltaEvent) error {
	switch d := e.Delta.(type) {
	case *types.ContentBlockDeltaMemberText:
		if d.Value != "" {
			return h.tell(llm.Text{Text: d.Value})
		}
	case *types.ContentBlockDeltaMemberToolUse:
		more := aws.ToString(d.Value.Input)
		if h.arguments += len(more); h.arguments > h.most {
			return tooMuch()
		}
		if p := h.calls[aws.ToInt32(e.ContentBlockIndex)]; p != nil {
			p.arguments = append(p.arguments, more...)
		}
	}
	return h.tell(nil)
}

// call tells a call that is complete.
func (h *hearing) call(block int32) error {
	p := h.calls[block]
	if p == nil {
		return h.tell(nil)
	}
	delete(h.calls, block)
	h.called = true
	return h.tell(p.call(int(block)))
}

func (h *hearing) end() error {
	if h.stop == "" {
		return &llm.Error{Reason: llm.Unavailable, Detail: "the answer broke off"}
	}
	if h.usage != nil {
		if err := h.tell(*h.usage); err != nil {
			return err
		}
	}
	return h.tell(llm.Stop{Reason: h.reason()})
}

func (h *hearing) reason() llm.StopReason {
	switch h.stop {
	case types.StopReasonMaxTokens, types.StopReasonModelContextWindowExceeded:
		return llm.CutShort
	case types.StopReasonContentFiltered, types.StopReasonGuardrailIntervened:
		return llm.Withheld
	}
	if h.called {
		return llm.CallsMade
	}
	return llm.EndOfTurn
}

// framed is the way out, with a bound on each frame of an event stream.
type framed struct {
	out  *outbound.Client
	most int
}

// Do implements the client's HTTPClient. The client closes a request's body as
// soon as an answer begins, which may be while net/http still holds it, and then
// breaks the connection: so the body is copied.
func (f framed) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	res, err := f.out.Send(r, outbound.Terms{NoRedirects: true, Partial: true})
	if err == nil && strings.HasPrefix(res.Header.Get("Content-Type"), "application/vnd.amazon.eventstream") {
		res.Body = &frames{ReadCloser: res.Body, most: f.most}
	}
	return res, err
}

var _ bedrockruntime.HTTPClient = framed{}
