package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"
)

// eventAlgorithm begins the string to sign of an event.
const eventAlgorithm = algorithm + "-PAYLOAD"

// Chain verifies the events of a stream. Each is signed over the signature before
// it, and the first over that of the request, so that none can be altered, left
// out, sent again or moved. VerifyHash makes it, for EventsPayload. It is for one
// goroutine.
//
// The rule is that of AWS's SDKs ("Signing event stream messages" of Amazon
// Transcribe's guide describes the same): what an event is signed over is
//
//	AWS4-HMAC-SHA256-PAYLOAD
//	its date, and the credential scope of that day
//	the signature before, in hex
//	the SHA-256 of its headers without the signature
//	the SHA-256 of its payload
type Chain struct {
	key    func(date string) []byte // the signing key of a day
	scope  string                   // what follows the day in the credential scope
	prior  string                   // hex
	now    func() time.Time
	events int
}

// Verify holds an event against the one before: its date, its headers as encoded
// without the signature, its payload, and its signature. A refusal is an *Error,
// after which no event is right.
func (c *Chain) Verify(at time.Time, headers, payload, signature []byte) error {
	c.events++
	if late := c.now().Sub(at); late > MaxSkew || late < -MaxSkew {
		return refuse(RequestExpired,
			"Event %d is dated %s, and it is now %s: more than 5 min. apart. Set the signer's clock right, and sign each event when it is sent.",
			c.events, at.UTC().Format(stampLayout), c.now().UTC().Format(stampLayout))
	}
	want := mac(c.key(at.UTC().Format("20060102")), c.stringToSign(at.UTC(), headers, payload))
	if subtle.ConstantTimeCompare(want, signature) != 1 {
		return refuse(SignatureDoesNotMatch,
			"The signature of event %d does not match: the event was altered, sent again or out of order, one before it is missing, or it is signed with another key.", c.events)
	}
	c.prior = hex.EncodeToString(want)
	return nil
}

func (c *Chain) stringToSign(at time.Time, headers, payload []byte) []byte {
	b := make([]byte, 0, 320)
	b = append(append(b, eventAlgorithm...), '\n')
	b = append(at.AppendFormat(b, stampLayout), '\n')
	b = append(append(at.AppendFormat(b, "20060102"), c.scope...), '\n')
	b = append(append(b, c.prior...), '\n')
	sum := sha256.Sum256(headers)
	b = append(hex.AppendEncode(b, sum[:]), '\n')
	sum = sha256.Sum256(payload)
	return hex.AppendEncode(b, sum[:])
}

// chain begins where the request's signature ends.
func (v *Verifier) chain(c *claim, secret string) *Chain {
	return &Chain{
		key: func(date string) []byte {
			return v.keys.get(scope{c.accessKeyID, date, c.region, c.service}, secret)
		},
		scope: "/" + c.region + "/" + c.service + "/" + terminator,
		prior: c.signature,
		now:   v.Now,
	}
}
