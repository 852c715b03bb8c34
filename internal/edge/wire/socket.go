package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
)

// socket carries frames over a WebSocket, each in a binary message of its own. The
// handshake was signed, so they are not.
//
// A goroutine reads all the time, whether the operation receives or not: that the
// client has left comes to light in no other way.
type socket struct {
	w       http.ResponseWriter
	r       *http.Request
	limits  StreamLimits
	reserve func(int) error
	cut     context.CancelCauseFunc // ends the operation
	all     *sockets

	conn     *websocket.Conn
	incoming chan arrival
	over     chan struct{} // closed when nothing is received any more
	once     sync.Once     // over it
	closing  chan struct{} // closed when the answer has ended
	waiting  atomic.Bool   // for the client's next message
	helpers  sync.WaitGroup
}

// arrival is what came: a message, or why it is none.
type arrival struct {
	message eventstream.Message
	err     error
}

func (s *Server) newSocket(x *exchange, cut context.CancelCauseFunc) *socket {
	return &socket{
		w: x.w, r: x.r, limits: x.stream.limits, reserve: x.stream.reserve, cut: cut, all: &s.sockets,
		incoming: make(chan arrival), over: make(chan struct{}), closing: make(chan struct{}),
	}
}

// open shakes hands.
func (k *socket) open() error {
	h := k.w.Header()
	if origin := k.r.Header.Get("Origin"); origin != "" {
		h.Set("Websocket-Origin", origin)
	}
	h.Set("Websocket-Location", location(k.r))
	conn, err := websocket.Accept(k.w, k.r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // of the Origin: see visitor
	if err != nil {
		return aborted(err)
	}
	conn.SetReadLimit(-1) // each frame says how long it is, before it comes
	k.conn = conn
	k.all.add(k)
	k.helpers.Go(k.pump)
	k.helpers.Go(k.ping)
	return nil
}

// location is the URL that was opened, without what it was signed with.
func location(r *http.Request) string {
	scheme := "ws://"
	if r.TLS != nil {
		scheme = "wss://"
	}
	return scheme + r.Host + r.URL.Path
}

// pump reads until the client is gone, or has sent what cannot be read, or the
// answer has ended.
func (k *socket) pump() {
	for {
		k.waiting.Store(true)
		kind, r, err := k.conn.Reader(context.Background()) // until the connection is closed
		k.waiting.Store(false)
		if err != nil {
			k.cut(aborted(err))
			return
		}
		m, err := k.message(kind, r)
		select {
		case k.incoming <- arrival{m, err}:
		case <-k.over:
			k.cut(&fault.Error{Code: fault.Validation, Reason: fault.CannotParse, Message: "A message came after the end of the input."})
			return
		case <-k.closing:
			return
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return
		}
	}
}

// message reads the one frame of a message. An empty message ends the client's side.
func (k *socket) message(kind websocket.MessageType, r io.Reader) (eventstream.Message, error) {
	if kind != websocket.MessageBinary {
		return eventstream.Message{}, &refusal{status: http.StatusUnsupportedMediaType, code: string(unsupportedMediaType),
			message: "Messages have to be binary: each is one frame of an event stream."}
	}
	frames := eventstream.Reader{Source: r, Most: maxFrame, Reserve: k.reserve}
	m, err := frames.Next()
	if err != nil {
		return m, err
	}
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return m, &fault.Error{Code: fault.Validation, Reason: fault.CannotParse, Message: "A message has more than the one frame that it may have."}
	}
	return m, nil
}

// ping keeps proxies from closing a connection on which nothing moves, and finds
// out that a client is gone without a word.
func (k *socket) ping() {
	tick := time.NewTicker(k.limits.Ping)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-k.closing:
			return
		}
		if !k.waiting.Load() {
			continue // a pong would wait behind a message that nobody has taken yet
		}
		ctx, cancel := context.WithTimeout(context.Background(), k.limits.Ping)
		err := k.conn.Ping(ctx)
		cancel()
		if err != nil && k.waiting.Load() {
			k.cut(aborted(err))
			return
		}
	}
}

func (k *socket) read(ctx context.Context) (eventstream.Message, error) {
	select {
	case a := <-k.incoming:
		return a.message, a.err
	case <-ctx.Done():
		return eventstream.Message{}, ctx.Err()
	}
}

func (k *socket) ended() { k.once.Do(func() { close(k.over) }) }

func (k *socket) write(ctx context.Context, frame []byte) error {
	return k.conn.Write(ctx, websocket.MessageBinary, frame)
}

// exception is the name that the guide gives an error on a WebSocket: one of its
// two, where AWS's common errors have none.
func (k *socket) exception(rep reply) string {
	switch rep.code {
	case string(fault.Validation):
		return "BadRequestException"
	case string(fault.Internal):
		return "InternalFailureException"
	}
	return rep.code
}

// close shakes hands again, unless the client is gone.
func (k *socket) close(rep reply) int {
	close(k.closing)
	if rep.status == statusClientGone {
		_ = k.conn.CloseNow()
	} else {
		_ = k.conn.Close(closeCode(rep), rep.code)
	}
	k.helpers.Wait()
	k.all.remove(k)
	return http.StatusSwitchingProtocols
}

// closeCode is how a WebSocket ends after an error (RFC 6455, section 7.4.1); 1000
// after none.
func closeCode(rep reply) websocket.StatusCode {
	switch {
	case rep.status == 0:
		return websocket.StatusNormalClosure
	case rep.status == http.StatusUnsupportedMediaType:
		return websocket.StatusUnsupportedData
	case rep.status == http.StatusRequestEntityTooLarge:
		return websocket.StatusMessageTooBig
	case rep.status == http.StatusTooManyRequests:
		return websocket.StatusTryAgainLater
	case rep.status == http.StatusServiceUnavailable:
		return websocket.StatusGoingAway
	case rep.status >= http.StatusInternalServerError:
		return websocket.StatusInternalError
	}
	return websocket.StatusPolicyViolation
}
