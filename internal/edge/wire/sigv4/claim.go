package sigv4

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	stampLayout = "20060102T150405Z" // ISO 8601 basic, as AWS writes it

	maxAuthorization = 8 << 10  // bytes of an Authorization header
	maxQuery         = 64 << 10 // bytes of a query string
	maxSignedHeaders = 100
)

// claim is what a request says about its own signature, in either form.
type claim struct {
	accessKeyID   string
	date          string // yyyymmdd, of the credential scope
	region        string
	service       string
	signedHeaders []string // lower-case, sorted
	signature     string   // hex, as sent
	stamp         string   // stampLayout
	signedAt      time.Time
	token         string // session token, or empty
	presigned     bool
	expires       time.Duration // presigned only
}

// parseClaim reads the one signature r carries.
func parseClaim(r *http.Request) (*claim, error) {
	_, query := target(r)
	if len(query) > maxQuery {
		return nil, refuse(IncompleteSignature, "The query string has %d bytes; at most %d can be signed.", len(query), maxQuery)
	}
	params, err := presignParams(query)
	if err != nil {
		return nil, err
	}
	auth := r.Header["Authorization"]
	switch {
	case len(auth) > 1:
		return nil, refuse(IncompleteSignature, "The request has %d Authorization headers; send exactly one.", len(auth))
	case len(auth) == 1 && params.present():
		return nil, refuse(IncompleteSignature, "The request is signed in both the Authorization header and the query string; send exactly one signature.")
	case len(auth) == 1:
		return parseAuthorization(r, auth[0])
	case params.present():
		return parsePresigned(r, params)
	}
	return nil, refuse(MissingAuthenticationToken,
		"Missing Authentication Token: sign the request with %s, in the Authorization header or as a presigned URL.", algorithm)
}

// parseAuthorization reads the header form.
func parseAuthorization(r *http.Request, value string) (*claim, error) {
	if len(value) > maxAuthorization {
		return nil, refuse(IncompleteSignature, "The Authorization header has %d bytes; at most %d are read.", len(value), maxAuthorization)
	}
	scheme, rest, _ := strings.Cut(value, " ")
	if scheme != algorithm {
		return nil, refuse(IncompleteSignature, "Authorization must begin with %q; the scheme %q is not supported.", algorithm, clip(scheme))
	}
	parts, err := authorizationParts(rest)
	if err != nil {
		return nil, err
	}
	c := &claim{signature: parts[partSignature]}
	if c.stamp, c.signedAt, err = signingTime(r.Header); err != nil {
		return nil, err
	}
	if c.token, err = single(r.Header, "X-Amz-Security-Token"); err != nil {
		return nil, err
	}
	return c, c.fill(parts[partCredential], parts[partSignedHeaders])
}

// The parts of an Authorization header.
const (
	partCredential = iota
	partSignedHeaders
	partSignature
)

var partNames = [...]string{"Credential", "SignedHeaders", "Signature"}

// authorizationParts splits "A=x, B=y" into exactly Credential, SignedHeaders
// and Signature, in any order.
func authorizationParts(s string) (parts [len(partNames)]string, err error) {
	var given [len(partNames)]bool
	for part := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if name == "" {
			continue
		}
		i := slices.Index(partNames[:], name)
		if i < 0 {
			return parts, refuse(IncompleteSignature, "Authorization header has the unknown part %q; it takes Credential, SignedHeaders and Signature.", clip(name))
		}
		if given[i] {
			return parts, refuse(IncompleteSignature, "Authorization header has '%s' twice.", name)
		}
		given[i], parts[i] = true, value
	}
	var missing []string
	for i, name := range partNames {
		if parts[i] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if missing != nil {
		return parts, refuse(IncompleteSignature, "%s", strings.Join(missing, " "))
	}
	return parts, nil
}

// fill reads the credential scope and the list of signed headers, which both
// forms share.
func (c *claim) fill(credential, signedHeaders string) error {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || slices.Contains(scope, "") || scope[4] != terminator {
		return refuse(IncompleteSignature,
			"Credential must have five parts, 'access-key-id/yyyymmdd/region/service/%s'; got %q.", terminator, clip(credential))
	}
	c.accessKeyID, c.date, c.region, c.service = scope[0], scope[1], scope[2], scope[3]
	if day := c.stamp[:8]; c.date != day {
		return refuse(SignatureDoesNotMatch,
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			clip(c.date), day, c.stamp)
	}
	c.signedHeaders = strings.Split(signedHeaders, ";")
	return checkSignedHeaderNames(c.signedHeaders)
}

// authority is what clients that speak HTTP/2, such as the JavaScript SDK's, sign
// in place of host.
const authority = ":authority"

func checkSignedHeaderNames(names []string) error {
	if len(names) > maxSignedHeaders {
		return refuse(IncompleteSignature, "SignedHeaders names %d headers; at most %d are read.", len(names), maxSignedHeaders)
	}
	for i, name := range names {
		switch {
		case name == "":
			return refuse(IncompleteSignature, "SignedHeaders has an empty name; join lower-case names with ';'.")
		case strings.ToLower(name) != name:
			return refuse(IncompleteSignature, "SignedHeaders must be lower-case: %q is not.", clip(name))
		case i > 0 && names[i-1] >= name:
			return refuse(IncompleteSignature, "SignedHeaders must be sorted and each named once: %q follows %q.", clip(name), clip(names[i-1]))
		}
	}
	if !slices.Contains(names, "host") && !slices.Contains(names, authority) {
		return refuse(IncompleteSignature, "'host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return nil
}

// signingTime reads X-Amz-Date, or else Date.
func signingTime(h http.Header) (stamp string, t time.Time, err error) {
	for _, name := range []string{"X-Amz-Date", "Date"} {
		value, err := single(h, name)
		if err != nil {
			return "", time.Time{}, err
		}
		if value == "" {
			continue
		}
		t, err := parseTime(value)
		if err != nil {
			return "", time.Time{}, refuse(IncompleteSignature,
				"%s must be a date such as %q; got %q.", name, stampLayout, clip(value))
		}
		if len(value) == len(stampLayout) { // it is in that form already
			return value, t, nil
		}
		return t.Format(stampLayout), t, nil
	}
	return "", time.Time{}, refuse(IncompleteSignature,
		"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
}

// parseTime reads AWS's form or, as the Date header has it, HTTP's.
func parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(stampLayout, s); err == nil {
		return t, nil
	}
	t, err := http.ParseTime(s)
	return t.UTC(), err
}

// single returns the value of a header that may be sent once at most.
func single(h http.Header, name string) (string, error) {
	values := h[textproto.CanonicalMIMEHeaderKey(name)]
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return strings.TrimSpace(values[0]), nil
	}
	return "", refuse(IncompleteSignature, "The request has %d %s headers; send exactly one.", len(values), name)
}
