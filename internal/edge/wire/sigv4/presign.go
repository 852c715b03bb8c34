package sigv4

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// presign holds the X-Amz-* parameters of a presigned query, decoded, by name.
// Other parameters are not kept: they matter only to the canonical query.
type presign map[string]string

// present says whether the query means to carry a signature.
func (p presign) present() bool {
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"} {
		if _, ok := p[name]; ok {
			return true
		}
	}
	return false
}

// presignParams decodes the whole query, so that a wrong escape anywhere is
// refused here, and keeps the parameters of a signature.
func presignParams(query string) (presign, error) {
	if query == "" {
		return nil, nil
	}
	params := presign{}
	for part := range strings.SplitSeq(query, "&") {
		name, value, err := decodePair(part)
		if err != nil {
			return nil, refuse(IncompleteSignature, "The query string has a wrong percent-escape in %q.", clip(name))
		}
		if !strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		if _, twice := params[name]; twice {
			return nil, refuse(IncompleteSignature, "The query string has %s twice.", clip(name))
		}
		params[name] = value
	}
	return params, nil
}

// parsePresigned reads the query form.
func parsePresigned(r *http.Request, p presign) (*claim, error) {
	var missing []string
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if p[name] == "" {
			missing = append(missing, "AWS query-string parameters must include '"+name+"'.")
		}
	}
	if missing != nil {
		return nil, refuse(IncompleteSignature, "%s", strings.Join(missing, " "))
	}
	if p["X-Amz-Algorithm"] != algorithm {
		return nil, refuse(IncompleteSignature, "X-Amz-Algorithm must be %q; got %q.", algorithm, clip(p["X-Amz-Algorithm"]))
	}
	signedAt, err := time.Parse(stampLayout, p["X-Amz-Date"])
	if err != nil {
		return nil, refuse(IncompleteSignature, "X-Amz-Date must be a date such as %q; got %q.", stampLayout, clip(p["X-Amz-Date"]))
	}
	c := &claim{presigned: true, stamp: p["X-Amz-Date"], signedAt: signedAt, signature: p["X-Amz-Signature"]}
	if c.expires, err = p.expires(); err != nil {
		return nil, err
	}
	if c.token, err = p.token(r.Header); err != nil {
		return nil, err
	}
	return c, c.fill(p["X-Amz-Credential"], p["X-Amz-SignedHeaders"])
}

// expires reads X-Amz-Expires. A signer that sets none gets the life of an
// ordinary signed request.
func (p presign) expires() (time.Duration, error) {
	value, ok := p["X-Amz-Expires"]
	if !ok {
		return MaxSkew, nil
	}
	seconds, err := strconv.ParseUint(value, 10, 32)
	most := uint64(MaxExpires / time.Second)
	if err != nil || seconds < 1 || seconds > most {
		return 0, refuse(IncompleteSignature, "X-Amz-Expires must be a whole number of seconds from 1 to %d; got %q.", most, clip(value))
	}
	return time.Duration(seconds) * time.Second, nil
}

// token reads the session token from the query or, failing that, the header.
func (p presign) token(h http.Header) (string, error) {
	header, err := single(h, "X-Amz-Security-Token")
	if err != nil {
		return "", err
	}
	query := p["X-Amz-Security-Token"]
	if header != "" && query != "" {
		return "", refuse(IncompleteSignature, "X-Amz-Security-Token is in both the header and the query string; send it once.")
	}
	return header + query, nil
}
