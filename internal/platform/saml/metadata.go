package saml

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// provider is what the metadata of an identity provider says.
type provider struct {
	entityID     string
	certificates []*x509.Certificate // that may sign
}

func unusable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMetadata, fmt.Sprintf(format, args...))
}

// parseMetadata reads an EntityDescriptor. Its own signature, if it has one, is
// nobody's business here: whoever registers a provider vouches for the document.
func parseMetadata(document []byte, now time.Time) (*provider, error) {
	root, err := aMetadata.parse(document)
	if err != nil {
		return nil, unusable("%s", err)
	}
	if !is(root, metadata, "EntityDescriptor") {
		return nil, unusable("its root is not an EntityDescriptor")
	}
	p := &provider{entityID: attr(root, "entityID")}
	if p.entityID == "" {
		return nil, unusable("it has no entityID")
	}
	for _, role := range children(root, metadata, "IDPSSODescriptor") {
		if !slices.Contains(strings.Fields(attr(role, "protocolSupportEnumeration")), protocol) {
			continue
		}
		for _, one := range []*etree.Element{root, role} {
			if until := attr(one, "validUntil"); until != "" && ended(until, now) {
				return nil, unusable("it is past its time (validUntil)")
			}
		}
		p.certificates = append(p.certificates, signers(role)...)
	}
	if len(p.certificates) == 0 {
		return nil, unusable("it has no identity provider of SAML 2.0 with a certificate for signing that holds an RSA key of 2048 bits or more")
	}
	return p, nil
}

// ended reports a date that has come, or that is none.
func ended(date string, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, date)
	return err != nil || !now.Before(at)
}

// signers are the certificates of a role that may sign. Others are left out: a
// provider may have keys for encryption too, and keys of kinds we do not read.
func signers(role *etree.Element) (all []*x509.Certificate) {
	for _, k := range children(role, metadata, "KeyDescriptor") {
		if use := attr(k, "use"); use != "" && use != "signing" {
			continue
		}
		for _, data := range children(only(k, signature, "KeyInfo"), signature, "X509Data") {
			for _, c := range children(data, signature, "X509Certificate") {
				if cert := certificate(text(c)); cert != nil {
					all = append(all, cert)
				}
			}
		}
	}
	return all
}

func certificate(encoded string) *x509.Certificate {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	if k, ok := cert.PublicKey.(*rsa.PublicKey); !ok || k.N.BitLen() < 2048 || k.N.BitLen() > 8192 {
		return nil
	}
	return cert
}
