package catalogue

// The four types of the first generation. Each creates one kind of record, and
// signs in as one account for everybody.

func jira() Type {
	return Type{
		Name: "JIRA", Category: projects, Word: "jira", Version: version,
		Description: "Jira tracks issues; this is the plugin of the first generation.",
		Auth:        []string{BasicAuth},
		ServerURL:   "https://{company}.atlassian.net",
	}
}

func salesforce() Type {
	return Type{
		Name: "SALESFORCE", Category: crm, Word: "salesforce", Version: version,
		Description: "Salesforce keeps a company's customers; this is the plugin of the first generation.",
		Auth:        []string{OAuth},
		ServerURL:   "https://{domain}.my.salesforce.com",
		TokenURL:    "{server}/services/oauth2/token",
	}
}

func serviceNow() Type {
	return Type{
		Name: "SERVICE_NOW", Category: ticketing, Word: "service-now", Version: version,
		Description: "ServiceNow manages services and tickets; this is the plugin of the first generation.",
		Auth:        []string{BasicAuth},
		ServerURL:   "https://{instance}.service-now.com",
	}
}

func zendesk() Type {
	return Type{
		Name: "ZENDESK", Category: ticketing, Word: "zendesk", Version: version,
		Description: "Zendesk is where customers ask for help; this is the plugin of the first generation.",
		Auth:        []string{BasicAuth},
		ServerURL:   "https://{subdomain}.zendesk.com",
	}
}
