package hook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// hand puts content where the function finds it.
func (h *Hooks) hand(ctx context.Context, c Call, e *envelope, data []byte) error {
	e.Bucket, e.Key = c.Bucket, c.Key
	if err := h.may(ctx, c, "s3:PutObject", objectARN(c.Bucket, c.Key)); err != nil {
		return err
	}
	if err := h.config.Objects.Put(ctx, c.Bucket, c.Key, data); err != nil {
		return &failure{"cannot be handed the document: " + blobSentence(err), passing(err), err}
	}
	return nil
}

// fetch reads what the function wrote.
func (h *Hooks) fetch(ctx context.Context, c Call, key string, most int64) ([]byte, error) {
	if err := h.may(ctx, c, "s3:GetObject", objectARN(c.Bucket, key)); err != nil {
		return nil, err
	}
	data, err := blob.ReadAll(ctx, h.config.Objects, c.Bucket, key, most)
	if err != nil {
		return nil, &failure{"returned an s3ObjectKey that cannot be read: " + blobSentence(err), passing(err), err}
	}
	return data, nil
}

func objectARN(bucket, key string) string { return "arn:aws:s3:::" + bucket + "/" + key }

// blobSentence is an error of a store, if it is a sentence for people.
func blobSentence(err error) string {
	for _, known := range []error{blob.ErrNoBucket, blob.ErrNoKey, blob.ErrDenied, blob.ErrTooLarge, blob.ErrNotConfigured} {
		if errors.Is(err, known) {
			return err.Error()
		}
	}
	return "the bucket could not be reached"
}

// passing reports whether another try may find a store in better health.
func passing(err error) bool { return blobSentence(err) == "the bucket could not be reached" }

func (h *Hooks) may(ctx context.Context, c Call, action, resource string) error {
	refusal, err := h.config.May(ctx, Errand{Role: c.Role, Account: c.Account, Application: c.Application, Action: action, Resource: resource})
	switch {
	case err != nil:
		return &failure{"cannot be called: its role could not be looked at", true, err}
	case refusal != "":
		return &failure{message: "cannot be called: " + refusal}
	}
	return nil
}

// pre is what an answer before extraction makes of the document.
func (h *Hooks) pre(ctx context.Context, c Call, said answer) (r Result, err error) {
	if r.Updates, err = said.updates(); err != nil {
		return Result{}, err
	}
	switch {
	case said.Key != nil && said.Blob != nil:
		return Result{}, errors.New("returned both a dataBlobStringEncodedInBase64 and an s3ObjectKey: only one of them can be the document")
	case said.Blob != nil:
		r.Data, err = said.blob()
	case said.Key != nil && c.Bucket == "":
		return Result{}, errors.New("returned an s3ObjectKey, and the hook has no s3BucketName in which it could be")
	case said.Key != nil:
		r.Data, err = h.fetch(ctx, c, *said.Key, maxObject)
	}
	return r, err
}

// post is what an answer after extraction makes of the document.
func (h *Hooks) post(ctx context.Context, c Call, said answer) (r Result, err error) {
	if r.Updates, err = said.updates(); err != nil || said.Key == nil {
		return r, err
	}
	const escaped = 2 // how much longer JSON may make a text
	data, err := h.fetch(ctx, c, *said.Key, escaped*maxText)
	if err != nil {
		return Result{}, err
	}
	text, err := unstructured(data)
	if err != nil {
		return Result{}, err
	}
	r.Text = &text
	return r, nil
}

// call sends an envelope to a function and reads its answer.
func (h *Hooks) call(ctx context.Context, c Call, e envelope) (answer, error) {
	if err := h.may(ctx, c, "lambda:InvokeFunction", c.Function); err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return answer{}, err
	}
	req, err := h.request(ctx, c.Function, body)
	if err != nil {
		return answer{}, err
	}
	res, err := h.config.Out.Send(req, outbound.Terms{NoRedirects: true})
	if err != nil {
		_, ruled := errors.AsType[*outbound.RefusedError](err)
		return answer{}, &failure{"cannot be called: " + reachable(err), !ruled && !errors.Is(err, outbound.ErrTooLarge), err}
	}
	defer func() { _ = res.Body.Close() }()
	if err := failed(res); err != nil {
		return answer{}, err
	}
	said, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, &failure{"did not answer to the end: " + reachable(err), true, err}
	case len(said) > maxAnswer:
		return answer{}, fmt.Errorf("returned more than %d bytes: hand a large document over in the bucket", maxAnswer)
	}
	return readAnswer(said)
}

// reachable is an error of the way out; those are sentences that say nothing of
// what was sent.
func reachable(err error) string {
	if unreachable, ok := errors.AsType[*outbound.UnreachableError](err); ok {
		return unreachable.Error()
	}
	if refused, ok := errors.AsType[*outbound.RefusedError](err); ok {
		return refused.Error()
	}
	return "the connection broke"
}

// request is a call of a function: at its own URL, or by Lambda's Invoke API.
func (h *Hooks) request(ctx context.Context, arn string, body []byte) (*http.Request, error) {
	name := functionName(arn)
	u, plain := h.config.URLs[name]
	if !plain {
		if h.config.Lambda == nil {
			return nil, fmt.Errorf("cannot be called: this server knows no way to it. Start it with --hook %s=URL, a service that takes the envelope by POST, or with --lambda-endpoint URL, where Lambda's Invoke API is (PARLEY_HOOK, PARLEY_LAMBDA_ENDPOINT)", name)
		}
		u = invocation(h.config.Lambda, arn)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("cannot be called: its URL is none")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Parley")
	if plain {
		return req, nil
	}
	req.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	req.Header.Set("X-Amz-Log-Type", "None")
	return req, h.sign(ctx, req, arn, body)
}

// invocation is where a function is invoked (Lambda API reference, "Invoke"). A
// version or alias behind the function's name is its qualifier.
func invocation(endpoint *url.URL, arn string) *url.URL {
	_, rest, _ := strings.Cut(arn, ":function:")
	name, qualifier, qualified := strings.Cut(rest, ":")
	function := strings.TrimSuffix(arn, ":"+qualifier)
	if before, version, ok := strings.Cut(name, "/"); ok { // as the model's pattern has it
		function, qualifier, qualified = strings.TrimSuffix(arn[:len(arn)-len(rest)]+before, "/"), version, true
	}
	u := endpoint.JoinPath("2015-03-31", "functions", url.PathEscape(function), "invocations")
	if qualified {
		u.RawQuery = url.Values{"Qualifier": {qualifier}}.Encode()
	}
	return u
}

// sign signs a request for the function's Region, if there are credentials.
func (h *Hooks) sign(ctx context.Context, req *http.Request, arn string, body []byte) error {
	if h.config.Credentials == nil {
		return nil
	}
	credentials, err := h.config.Credentials.Retrieve(ctx)
	if err != nil {
		return &failure{"cannot be called: the credentials for the Lambda endpoint cannot be had", false, err}
	}
	sum := sha256.Sum256(body)
	return v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "lambda", regionOf(arn), h.config.Now())
}

func regionOf(arn string) string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) < 5 {
		return ""
	}
	return parts[3]
}

// failed is what a response says that is no answer of the function: Lambda's
// errors, or an error that the function itself ended with, which comes with a
// status of success.
func failed(res *http.Response) error {
	if kind := res.Header.Get("X-Amz-Function-Error"); kind != "" {
		var said struct {
			Type string `json:"errorType"`
		}
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
		_ = json.Unmarshal(body, &said) // it may say nothing of the kind
		message := "ended with an error of its own"
		if isName(said.Type) {
			message += ", " + said.Type
		}
		return &failure{message: message + ": its log says why"}
	}
	if res.StatusCode == http.StatusOK {
		return nil
	}
	message := fmt.Sprintf("could not be invoked: status %d", res.StatusCode)
	kind, _, _ := strings.Cut(res.Header.Get("X-Amzn-Errortype"), ":")
	if isName(kind) {
		message += ", " + kind
	}
	passing := res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests
	return &failure{message: message, passing: passing}
}

// maxRefusal bounds what is read of an error.
const maxRefusal = 64 << 10

// isName reports whether s may be shown: the name of an error, and no more.
func isName(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"
	return s != "" && len(s) <= 64 && strings.Trim(s, letters) == ""
}
