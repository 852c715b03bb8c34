package eventstream

import (
	"encoding/binary"
	"net/http"
	"time"

	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

// The headers of a signed envelope.
const (
	date      = ":date"
	signature = ":chunk-signature"
)

// Open takes the frame out of the signed envelope that a client puts around each of
// its messages over HTTP/2, once the chain has found its signature right. An
// envelope with nothing in it ends the client's side. The frame shares the
// envelope's memory. A refusal is a *sigv4.Error.
func Open(envelope Message, chain *sigv4.Chain) (frame []byte, err error) {
	sent, dated := envelope.value(date, Timestamp)
	signed, ok := envelope.value(signature, Bytes)
	if !dated || !ok || len(envelope.Headers) != 2 {
		return nil, &sigv4.Error{Code: sigv4.IncompleteSignature, Status: http.StatusForbidden,
			Message: "Every event has to be signed: put it into an envelope with the headers :date (a timestamp) and :chunk-signature (bytes), and no other."}
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(sent)))
	if err := chain.Verify(at, dateHeader(sent), envelope.Payload, signed); err != nil {
		return nil, err
	}
	return envelope.Payload, nil
}

// dateHeader is the date as it stood in the envelope: it is signed in that form.
func dateHeader(value []byte) []byte {
	b := append(make([]byte, 0, 16), byte(len(date)))
	b = append(append(b, date...), byte(Timestamp))
	return append(b, value...)
}
