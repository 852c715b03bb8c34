package sigv4

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// checkTime holds the signing time against our clock.
func (c *claim) checkTime(now time.Time) error {
	now = now.UTC()
	if latest := now.Add(MaxSkew); c.signedAt.After(latest) {
		return refuse(RequestExpired,
			"Signature not yet current: %s is still later than %s (%s + 5 min.). The signer's clock is %s ahead; set it right.",
			c.stamp, latest.Format(stampLayout), now.Format(stampLayout), gap(c.signedAt.Sub(now)))
	}
	if c.presigned {
		if end := c.signedAt.Add(c.expires); now.After(end) {
			return refuse(RequestExpired,
				"Request has expired: it was presigned at %s for %d seconds and it is now %s. Presign a new one.",
				c.stamp, int(c.expires.Seconds()), now.Format(stampLayout))
		}
		return nil
	}
	if earliest := now.Add(-MaxSkew); c.signedAt.Before(earliest) {
		return refuse(RequestExpired,
			"Signature expired: %s is now earlier than %s (%s - 5 min.). The signer's clock is %s behind, or the request was delayed.",
			c.stamp, earliest.Format(stampLayout), now.Format(stampLayout), gap(now.Sub(c.signedAt)))
	}
	return nil
}

// gap words a distance between clocks, in days when it is long.
func gap(d time.Duration) string {
	if days := int(d.Hours() / 24); days > 1 {
		return fmt.Sprintf("%d days", days)
	}
	return d.Round(time.Second).String()
}

// checkHeaders requires every signed header to be there and every x-amz-*
// header to be signed. The session token alone may be added after signing: it
// is compared with the key's own, so the signature need not protect it.
func (c *claim) checkHeaders(r *http.Request) error {
	for _, name := range c.signedHeaders {
		if headerValues(r, name) == nil {
			return refuse(SignatureDoesNotMatch,
				"SignedHeaders names %q, but the request does not carry that header; a proxy may have removed it.", clip(name))
		}
	}
	for name := range r.Header {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "x-amz-") || lower == "x-amz-security-token" {
			continue
		}
		if _, signed := slices.BinarySearch(c.signedHeaders, lower); !signed {
			return refuse(IncompleteSignature,
				"'%s' must be a 'SignedHeader' in the AWS Authorization: every x-amz-* header has to be signed.", clip(lower))
		}
	}
	return nil
}

// checkPayload holds a stated x-amz-content-sha256 (header, or query when
// presigned) against the hash of the body that arrived.
func (c *claim) checkPayload(r *http.Request, payloadHash string) error {
	stated, err := single(r.Header, "X-Amz-Content-Sha256")
	if err != nil {
		return err
	}
	if stated == "" && c.presigned {
		_, query := target(r)
		params, err := presignParams(query)
		if err != nil {
			return err
		}
		stated = params["X-Amz-Content-Sha256"]
	}
	switch {
	case stated == "" || stated == payloadHash:
		return nil
	case stated == "UNSIGNED-PAYLOAD":
		return refuse(IncompleteSignature, "UNSIGNED-PAYLOAD is not accepted: sign the SHA-256 of the body.")
	case strings.HasPrefix(stated, "STREAMING-"):
		return refuse(IncompleteSignature, "%s is not accepted by this operation: sign the SHA-256 of the whole body, not chunks.", clip(stated))
	}
	return refuse(SignatureDoesNotMatch, "x-amz-content-sha256 is not the SHA-256 (lower-case hex) of the body that arrived.")
}
