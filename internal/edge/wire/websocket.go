package wire

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

// socketPaths are the actions whose operations a WebSocket carries too, and where
// (user guide, "Chat and conversation management for an Amazon Q Business
// application using APIs").
var socketPaths = map[string]string{"qbusiness:Chat": "/chat"}

// SocketService is the other name that a WebSocket's URL may be presigned for: the
// guide has qbusiness in its code, and this in the URL that it shows.
const SocketService = "qbusiness-websocket"

const (
	// socketInput is the query parameter with the input, as JSON.
	socketInput = "chat-input"
	// maxPresigned is for how long a URL may be presigned.
	maxPresigned = 5 * time.Minute
)

// newSocketEndpoint is where an operation is found by WebSocket. All of its input
// is in one document there.
func newSocketEndpoint(route *smithy.Route) *endpoint {
	e := newEndpoint(route)
	document := *route.Input
	document.Members = slices.Clone(document.Members)
	for i := range document.Members {
		document.Members[i].In = smithy.Body
	}
	e.socket, e.document = true, &document
	return e
}

// webSocket is the protocol of a handshake: the input is in the query, and an error
// is restJson1's.
type webSocket struct {
	restJSON1

	document *smithy.Shape
}

func (p webSocket) bind(_ *smithy.Route, r request, in any) *fault.Error {
	b := binding{query: parseQuery(r.Query)}
	var documents []param
	for _, p := range b.query {
		if p.name == socketInput {
			documents = append(documents, p)
		}
	}
	switch {
	case len(documents) == 0:
		b.problems.Add(smithy.Missing(socketInput))
	case len(documents) > 1 || documents[0].bad:
		b.problems.Add(smithy.Problem{Path: socketInput, Parse: true, Message: "It has to be given once, as percent-encoded JSON."})
	default:
		smithy.DecodeJSON(p.document, []byte(documents[0].text), in, &b.problems)
	}
	return invalid(&b.problems)
}

// shakesHands refuses what does not begin a WebSocket, while there are words for it.
func shakesHands(r *http.Request) error {
	switch {
	case r.Method != http.MethodGet:
		return wrongMethod(r.Method, []string{http.MethodGet})
	case r.ProtoMajor != 1:
		return noHandshake("it begins with a request of HTTP/1.1, and this one came by " + spoken(r))
	case !hasToken(r.Header, "Connection", "upgrade") || !hasToken(r.Header, "Upgrade", "websocket"):
		return noHandshake("it begins with the headers Connection: Upgrade and Upgrade: websocket, which a proxy may have removed")
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return noHandshake("Sec-WebSocket-Version has to be 13")
	case !isSocketKey(r.Header.Values("Sec-WebSocket-Key")):
		return noHandshake("Sec-WebSocket-Key has to be 16 bytes as base64")
	}
	return nil
}

// noHandshake refuses what does not begin a WebSocket (RFC 6455, section 4.2.1).
func noHandshake(why string) error {
	return &refusal{status: http.StatusUpgradeRequired, code: "MalformedHttpRequestException", upgrade: true,
		message: "This path is for a WebSocket: " + why + "."}
}

func hasToken(h http.Header, name, token string) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(part), token) {
			return true
		}
	}
	return false
}

func isSocketKey(keys []string) bool {
	if len(keys) != 1 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0]))
	return err == nil && len(key) == 16
}

// visitor is who presigned the URL of a handshake. The URL is all the credential
// there is: a page elsewhere that opens it got it from whoever signed it, so the
// Origin says nothing, and is not asked.
func (s *Server) visitor(ctx context.Context, x *exchange) (op.Caller, error) {
	life, presigned := sigv4.Lifetime(x.r)
	switch {
	case !presigned && x.r.Header["Authorization"] != nil:
		return op.Caller{}, &sigv4.Error{Code: sigv4.IncompleteSignature, Status: http.StatusForbidden,
			Message: "The URL of a WebSocket has to be presigned: the signature belongs into the query."}
	case life > maxPresigned:
		return op.Caller{}, &sigv4.Error{Code: sigv4.IncompleteSignature, Status: http.StatusForbidden,
			Message: fmt.Sprintf("X-Amz-Expires must be at most %d for a WebSocket; got %d.", int(maxPresigned.Seconds()), int(life.Seconds()))}
	}
	service := x.endpoint.Service
	if claimed, _ := sigv4.ClaimedService(x.r); claimed == SocketService {
		service = SocketService
	}
	return s.config.Auth.Authenticate(ctx, x.r, service, []byte{})
}
