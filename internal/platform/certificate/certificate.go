// Package certificate makes the certificate of a server that was given none, so
// that clients which want TLS have it from the first start on: the default
// clients of the AWS SDKs speak HTTP/2, which Chat needs, with TLS only.
//
// Such a certificate is for development: nobody but who reads its CA file trusts
// it. The CA signs one certificate, for the names of one server, and its key is
// thrown away at once; what it may sign is constrained to these names besides.
//
// It owns making, keeping and renewing them, and which names go in. It does not
// speak TLS (edge/wire) and has nothing to do with a certificate that an operator
// configures (cmd/parley).
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	// lifetime is within the 825 days that Apple's systems admit for a
	// certificate whose CA a user trusts.
	lifetime = 820 * 24 * time.Hour
	// renewal is how long before its end a certificate is replaced.
	renewal = 30 * 24 * time.Hour
	// skew is how far behind a client's clock may be.
	skew = time.Hour
)

// Pair is a certificate and the CA that signed it.
type Pair struct {
	CA          []byte // PEM, for clients to trust
	Certificate tls.Certificate

	key []byte // PEM, of Certificate
}

// Make makes a pair for the names, which are DNS names and addresses, and for
// localhost, 127.0.0.1 and ::1. A name that cannot be in a certificate is left out.
func Make(names []string, now time.Time) (*Pair, error) {
	h := sort(names)
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := h.authority(now)
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, h.leaf(now), ca, key.Public(), caKey)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return read(block("CERTIFICATE", caDER), block("CERTIFICATE", der), block("PRIVATE KEY", private))
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// read makes a pair of its files. The key has to be the certificate's.
func read(ca, cert, key []byte) (*Pair, error) {
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	return &Pair{CA: ca, Certificate: c, key: key}, nil
}

// fits says why a pair cannot serve the names at a time, or nil.
func (p *Pair) fits(names []string, now time.Time) error {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(p.CA) {
		return errors.New("there is no CA")
	}
	for _, name := range sort(names).all() {
		if _, err := p.Certificate.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: now}); err != nil {
			return err
		}
	}
	if !now.Before(p.end()) {
		return fmt.Errorf("it ends on %s", p.Certificate.Leaf.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// end is when the pair should have been replaced.
func (p *Pair) end() time.Time { return p.Certificate.Leaf.NotAfter.Add(-renewal) }

// hosts is what a certificate is for.
type hosts struct {
	names     []string
	addresses []net.IP
}

// sort tells names from addresses, and adds those of loopback.
func sort(names []string) hosts {
	var h hosts
	for _, name := range slices.Concat([]string{"localhost", "127.0.0.1", "::1"}, names) {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		if a, err := netip.ParseAddr(name); err == nil {
			h.address(a.WithZone("").Unmap())
		} else if isName(name) && !slices.Contains(h.names, name) {
			h.names = append(h.names, name)
		}
	}
	return h
}

// address adds an address, unless it is the one that stands for all.
func (h *hosts) address(a netip.Addr) {
	ip := net.IP(a.AsSlice())
	if !a.IsUnspecified() && !slices.ContainsFunc(h.addresses, ip.Equal) {
		h.addresses = append(h.addresses, ip)
	}
}

// isName reports whether clients compare a name with a certificate's: labels of
// letters, digits, hyphens and underscores. Those in other scripts are written
// in Punycode.
func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func (h hosts) all() []string {
	all := slices.Clone(h.names)
	for _, ip := range h.addresses {
		all = append(all, ip.String())
	}
	return all
}

// authority is a CA that may sign for these hosts and for nothing else. Its name
// has the time in it: some clients take CAs of one name for one CA.
func (h hosts) authority(now time.Time) *x509.Certificate {
	c := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Parley development CA " + now.UTC().Format("2006-01-02 15:04:05.000000")},
		NotBefore: now.Add(-skew), NotAfter: now.Add(lifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: h.names,
	}
	for _, ip := range h.addresses {
		bits := 8 * len(ip)
		c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
	}
	return c
}

func (h hosts) leaf(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Parley"},
		NotBefore: now.Add(-skew), NotAfter: now.Add(lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              h.names, IPAddresses: h.addresses,
	}
}
