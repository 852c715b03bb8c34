package session

// An attributeKey is the condition key that an attribute of an assertion is.
type attributeKey struct{ attribute, key string }

// attributeKeys are those that trust policies can ask for (IAM user guide,
// id_roles_providers_create_saml_assertions, "Mapping SAML attributes to AWS trust
// policy context keys"). Of several attributes for one key the first counts. Those of
// X.500 come as OIDs and as URNs; the guide misprints three of them.
var attributeKeys = [...]attributeKey{
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "saml:edupersonaffiliation"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.2", "saml:edupersonnickname"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "saml:edupersonorgdn"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.4", "saml:edupersonorgunitdn"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.5", "saml:edupersonprimaryaffiliation"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "saml:edupersonprincipalname"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.7", "saml:edupersonentitlement"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.8", "saml:edupersonprimaryorgunitdn"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "saml:edupersonscopedaffiliation"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "saml:edupersontargetedid"},
	{"urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "saml:edupersonassurance"},
	{"urn:oid:1.3.6.1.4.1.5923.1.2.1.2", "saml:eduorghomepageuri"},
	{"urn:oid:1.3.6.1.4.1.5923.1.2.1.3", "saml:eduorgidentityauthnpolicyuri"},
	{"urn:oid:1.3.6.1.4.1.5923.1.2.1.4", "saml:eduorglegalname"},
	{"urn:oid:1.3.6.1.4.1.5923.1.2.1.5", "saml:eduorgsuperioruri"},
	{"urn:oid:1.3.6.1.4.1.5923.1.2.1.6", "saml:eduorgwhitepagesuri"},
	{"urn:oid:2.5.4.3", "saml:cn"},

	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "saml:name"},
	{"http://schemas.xmlsoap.org/claims/CommonName", "saml:commonName"},
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "saml:givenName"},
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "saml:surname"},
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "saml:mail"},
	{"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid", "saml:uid"},

	{"2.5.4.3", "saml:commonName"},
	{"2.5.4.4", "saml:surname"},
	{"urn:oid:2.5.4.4", "saml:surname"},
	{"2.5.4.42", "saml:givenName"},
	{"urn:oid:2.5.4.42", "saml:givenName"},
	{"2.5.4.45", "saml:x500UniqueIdentifier"},
	{"urn:oid:2.5.4.45", "saml:x500UniqueIdentifier"},
	{"0.9.2342.19200300.100.1.1", "saml:uid"},
	{"urn:oid:0.9.2342.19200300.100.1.1", "saml:uid"},
	{"0.9.2342.19200300.100.1.3", "saml:mail"},
	{"urn:oid:0.9.2342.19200300.100.1.3", "saml:mail"},
	{"0.9.2342.19200300.100.1.45", "saml:organizationStatus"},
	{"urn:oid:0.9.2342.19200300.100.1.45", "saml:organizationStatus"},
}

// described are the condition keys that only a trust policy can ask for: the
// attributes of the person.
func (a *assertion) described() map[string][]string {
	keys := map[string][]string{}
	for _, k := range attributeKeys {
		if values := a.Attributes[k.attribute]; len(values) > 0 && keys[k.key] == nil {
			keys[k.key] = values
		}
	}
	return keys
}
