package saml

import (
	"slices"
	"time"

	"github.com/beevik/etree"
)

const (
	skew = time.Minute     // how far the provider's clock may be from ours
	late = 5 * time.Minute // after its issue, within which STS takes an assertion
)

const byPossession = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

// read takes what a signed assertion says. Expiry is told last, so that
// ErrExpired is said of assertions that were right once.
func read(e *etree.Element, issuer string, want Expect, now time.Time) (*Assertion, error) {
	a := &Assertion{ID: attr(e, "ID"), Issuer: text(only(e, assertion, "Issuer"))}
	switch {
	case attr(e, "Version") != "2.0":
		return nil, invalid("its assertion's version is not 2.0")
	case a.Issuer != issuer:
		return nil, invalid("another provider issued its assertion (Issuer)")
	}
	issued, err := date(e, "IssueInstant")
	if err != nil || issued.IsZero() || issued.After(now.Add(skew)) {
		return nil, invalid("its assertion is of the future, or of no time at all (IssueInstant)")
	}
	a.Expires = issued.Add(late)
	for _, part := range []func(*etree.Element, Expect, time.Time) error{a.readSubject, a.readConditions, a.readStatements} {
		if err := part(e, want, now); err != nil {
			return nil, err
		}
	}
	if !now.Before(a.Expires.Add(skew)) || !a.SessionEnds.IsZero() && !now.Before(a.SessionEnds.Add(skew)) {
		return nil, ErrExpired
	}
	return a, nil
}

// readSubject follows SAML 2.0 profiles, section 4.1.4.3.
func (a *Assertion) readSubject(e *etree.Element, want Expect, now time.Time) error {
	subject := only(e, assertion, "Subject")
	name := only(subject, assertion, "NameID")
	if a.NameID = text(name); a.NameID == "" {
		return invalid("it names no one person (NameID)")
	}
	a.NameIDFormat = attr(name, "Format")
	err := invalid("nothing confirms whom it is for (SubjectConfirmation)")
	for _, c := range children(subject, assertion, "SubjectConfirmation") {
		if attr(c, "Method") != byPossession {
			continue
		}
		if err = a.confirm(only(c, assertion, "SubjectConfirmationData"), want, now); err == nil {
			return nil
		}
	}
	return err
}

func (a *Assertion) confirm(data *etree.Element, want Expect, now time.Time) error {
	if data == nil {
		return invalid("nothing confirms whom it is for (SubjectConfirmationData)")
	}
	recipient := attr(data, "Recipient")
	if recipient == "" || !slices.Contains(want.Recipients, recipient) {
		return invalid("it was sent to another place (Recipient)")
	}
	if attr(data, "NotOnOrAfter") == "" {
		return invalid("its confirmation has no end (NotOnOrAfter)")
	}
	if err := a.within(data, now); err != nil {
		return err
	}
	a.Recipient = recipient
	return nil
}

// within holds an element to the time in which it is valid, and takes its end.
func (a *Assertion) within(e *etree.Element, now time.Time) error {
	begins, err := date(e, "NotBefore")
	if err != nil || begins.After(now.Add(skew)) {
		return invalid("it is not valid yet (NotBefore)")
	}
	ends, err := date(e, "NotOnOrAfter")
	if err != nil {
		return invalid("its end is not a date (NotOnOrAfter)")
	}
	if !ends.IsZero() && ends.Before(a.Expires) {
		a.Expires = ends
	}
	return nil
}

// readConditions follows SAML 2.0 core, section 2.5.1. A condition that is not
// known here cannot be met.
func (a *Assertion) readConditions(e *etree.Element, want Expect, now time.Time) error {
	conditions := only(e, assertion, "Conditions")
	if conditions == nil {
		return invalid("it has no conditions, or several times (Conditions)")
	}
	if err := a.within(conditions, now); err != nil {
		return err
	}
	for _, c := range conditions.ChildElements() {
		switch {
		case is(c, assertion, "AudienceRestriction"):
			if a.Audience = admitted(c, want); a.Audience == "" {
				return invalid("it is for another audience (AudienceRestriction)")
			}
		case is(c, assertion, "OneTimeUse"), is(c, assertion, "ProxyRestriction"):
		default:
			return invalid("it has a condition that is not understood")
		}
	}
	if a.Audience == "" {
		return invalid("it is for nobody (AudienceRestriction)")
	}
	return nil
}

func admitted(restriction *etree.Element, want Expect) string {
	for _, audience := range children(restriction, assertion, "Audience") {
		if name := text(audience); name != "" && slices.Contains(want.Audiences, name) {
			return name
		}
	}
	return ""
}

func (a *Assertion) readStatements(e *etree.Element, _ Expect, _ time.Time) error {
	signIns := children(e, assertion, "AuthnStatement")
	if len(signIns) == 0 {
		return invalid("it does not tell of a sign-in (AuthnStatement)")
	}
	for _, s := range signIns {
		ends, err := date(s, "SessionNotOnOrAfter")
		if err != nil {
			return invalid("the end of its session is not a date (SessionNotOnOrAfter)")
		}
		if !ends.IsZero() && (a.SessionEnds.IsZero() || ends.Before(a.SessionEnds)) {
			a.SessionEnds = ends
		}
	}
	a.Attributes = map[string][]string{}
	for _, s := range children(e, assertion, "AttributeStatement") {
		for _, attribute := range children(s, assertion, "Attribute") {
			name := attr(attribute, "Name")
			for _, value := range children(attribute, assertion, "AttributeValue") {
				if v := text(value); name != "" && v != "" {
					a.Attributes[name] = append(a.Attributes[name], v)
				}
			}
		}
	}
	return nil
}

// date is an attribute that is a date, and the zero time where there is none.
func date(e *etree.Element, name string) (time.Time, error) {
	if value := attr(e, name); value != "" {
		return time.Parse(time.RFC3339, value)
	}
	return time.Time{}, nil
}
