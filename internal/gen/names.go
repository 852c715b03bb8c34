package main

import "strings"

// initialisms are the words that Go writes in one case.
var initialisms = map[string]string{
	"acl": "ACL", "api": "API", "arn": "ARN", "arns": "ARNs", "crm": "CRM", "css": "CSS", "html": "HTML", "http": "HTTP",
	"iam": "IAM", "id": "ID", "ids": "IDs", "idc": "IDC", "idp": "IDP", "json": "JSON", "kms": "KMS",
	"oidc": "OIDC", "s3": "S3", "saml": "SAML", "sso": "SSO", "uri": "URI", "url": "URL", "vpc": "VPC", "xml": "XML",
}

// goName turns a name of the model into an exported Go name.
func goName(name string) string {
	var b strings.Builder
	for _, w := range splitWords(name) {
		if up, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(up)
			continue
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

// enumName turns a value such as JIRA_CLOUD into JiraCloud.
func enumName(value string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(value, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		if up, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(up)
			continue
		}
		if w == strings.ToUpper(w) {
			w = strings.ToLower(w)
		}
		b.WriteString(goName(w))
	}
	return b.String()
}

// splitWords cuts a camelCase name before each capital that begins a word:
// clientIdsForOIDC is client, Ids, For, OIDC.
func splitWords(name string) []string {
	var words []string
	start := 0
	for i := 1; i < len(name); i++ {
		c, prev := name[i], name[i-1]
		startsWord := isUpper(c) && (!isUpper(prev) || i+1 < len(name) && isLower(name[i+1]) && name[i+1:] != "s")
		if startsWord {
			words = append(words, name[start:i])
			start = i
		}
	}
	return append(words, name[start:])
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
