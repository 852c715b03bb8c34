package action

import "fmt"

// jqlEscape: strings of JQL and CQL stand in double quotes and know \" \' \\ \n
// \r \t and \uXXXX (Jira's JQL grammar, rule ESCAPE; Confluence's CQL is of the
// same family and says to escape quotes with a backslash in "Advanced searching
// using CQL", text fields).
func jqlEscape(r rune) string {
	switch r {
	case '"', '\\':
		return `\` + string(r)
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	if isControl(r) {
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}

// soqlEscape: strings of SOQL stand in single quotes and know \n \r \t \b \f \"
// \' and \\ (Salesforce, SOQL and SOSL Reference, "Quoted String Escape
// Sequences"). Other control characters cannot be written and become spaces.
func soqlEscape(r rune) string {
	switch r {
	case '\'', '"', '\\':
		return `\` + string(r)
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case '\b':
		return `\b`
	case '\f':
		return `\f`
	}
	return lineless(r)
}

// odataEscape: a string of OData stands in single quotes, and one in it is
// doubled; a backslash is a character like any other (OData 4.01 ABNF, rule
// string and SQUOTE-in-string).
func odataEscape(r rune) string {
	if r == '\'' {
		return "''"
	}
	return lineless(r)
}

// searchEscape: a phrase of $search stands in double quotes and knows \" and \\
// (OData 4.01 ABNF, rule searchPhrase; Microsoft Graph, "Use the $search query
// parameter").
func searchEscape(r rune) string {
	if r == '"' || r == '\\' {
		return `\` + string(r)
	}
	return lineless(r)
}

// lineless makes spaces of line breaks and other control characters.
func lineless(r rune) string {
	if isControl(r) {
		return " "
	}
	return string(r)
}
