package catalogue

// Values of PluginTypeCategory.
const (
	crm           = "Customer relationship management (CRM)"
	projects      = "Project management"
	communication = "Communication"
	productivity  = "Productivity"
	ticketing     = "Ticketing and incident management"
)

// The version in the one action identifier that the user guide shows.
const version = "999.0_0"

// types lists the plugin types by name. Actions, URLs, scopes and ways to sign
// in are those of the user guide's page on each plugin; the categories, which no
// page tells, are ours.
func types() []Type {
	return []Type{
		asana(), confluence(), custom(), googleCalendar(), jira(), jiraCloud(), exchange(), teams(), pagerDuty(),
		quickSight(), salesforce(), salesforceCRM(), serviceNowPlatform(), serviceNow(), smartsheet(), zendesk(), zendeskSuite(),
	}
}

// Where people sign in, with what the vendors ask for before they give a refresh
// token; Microsoft and Atlassian want the scope offline_access too (Atlassian,
// "OAuth 2.0 (3LO) apps"; Google, "Using OAuth 2.0 for Web Server Applications").
const (
	atlassianSignIn = "https://auth.atlassian.com/authorize?audience=api.atlassian.com&prompt=consent"
	googleSignIn    = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
)

func custom() Type {
	return Type{
		Name: "CUSTOM", Category: productivity, Word: "custom", Version: version,
		Description: "Calls an API of your own, as its OpenAPI document describes it.",
		Auth:        []string{NoAuth, OAuth, BasicAuth}, // the last for a document's own basic, bearer and apiKey schemes
	}
}

func quickSight() Type {
	return Type{
		Name: "QUICKSIGHT", Category: productivity, Word: "quicksight", Version: version,
		Description: "Answers questions from the structured data of Amazon QuickSight.",
		Auth:        []string{IDCAuth},
		Unavailable: "Amazon QuickSight answers questions inside AWS only: it offers no API that this server could ask. " +
			"Ask in QuickSight itself, or create a custom plugin for an API that has the data.",
	}
}

func asana() Type {
	return Type{
		Name: "ASANA", Category: projects, Word: "asana", Version: version,
		Description:      "Asana organizes and plans a team's tasks on the web.",
		Auth:             []string{OAuth},
		ServerURL:        "https://app.asana.com/api/1.0",
		AuthorizationURL: "https://app.asana.com/-/oauth_authorize",
		TokenURL:         "https://app.asana.com/-/oauth_token",
		Scopes:           []string{"default", "email", "openid", "profile"},
	}
}

func confluence() Type {
	return Type{
		Name: "ATLASSIAN_CONFLUENCE", Category: productivity, Word: "confluence", Version: version,
		Description:      "Atlassian Confluence keeps and shares what a team writes about its work.",
		Auth:             []string{OAuth},
		ServerURL:        "https://api.atlassian.com/ex/confluence/{cloudId}",
		AuthorizationURL: atlassianSignIn,
		TokenURL:         "https://auth.atlassian.com/oauth/token",
		Scopes:           []string{"search:confluence", "offline_access"},
	}
}

func googleCalendar() Type {
	return Type{
		Name: "GOOGLE_CALENDAR", Category: productivity, Word: "google-calendar", Version: version,
		Description:      "Google Calendar keeps meetings, events and reminders.",
		Auth:             []string{OAuth},
		ServerURL:        "https://www.googleapis.com/calendar/v3",
		AuthorizationURL: googleSignIn,
		TokenURL:         "https://oauth2.googleapis.com/token",
		Scopes:           []string{"https://www.googleapis.com/auth/calendar.readonly", "https://www.googleapis.com/auth/calendar.events"},
	}
}

func jiraCloud() Type {
	return Type{
		Name: "JIRA_CLOUD", Category: projects, Word: "jira-cloud", Version: version,
		Description:      "Jira Cloud tracks issues, bugs and the sprints of a development team.",
		Auth:             []string{OAuth},
		ServerURL:        "https://api.atlassian.com/ex/jira/{cloudId}",
		AuthorizationURL: atlassianSignIn,
		TokenURL:         "https://auth.atlassian.com/oauth/token",
		Scopes: []string{"read:jira-work", "write:jira-work", "manage:jira-project", "read:sprint:jira-software", "write:sprint:jira-software",
			"delete:sprint:jira-software", "read:board-scope:jira-software", "read:project:jira", "offline_access"},
	}
}

func exchange() Type {
	return Type{
		Name: "MICROSOFT_EXCHANGE", Category: communication, Word: "microsoft-exchange", Version: version,
		Description:      "Microsoft Exchange carries a company's mail and meetings.",
		Auth:             []string{OAuth},
		ServerURL:        "https://graph.microsoft.com/v1.0",
		AuthorizationURL: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
		TokenURL:         "https://login.microsoftonline.com/common/oauth2/v2.0/token",
		Scopes:           []string{"mail.read", "mail.send", "calendars.readwrite", "offline_access"},
	}
}

func teams() Type {
	return Type{
		Name: "MICROSOFT_TEAMS", Category: communication, Word: "microsoft-teams", Version: version,
		Description:      "Microsoft Teams is where a company's people write to one another and meet.",
		Auth:             []string{OAuth},
		ServerURL:        "https://graph.microsoft.com/v1.0",
		AuthorizationURL: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
		TokenURL:         "https://login.microsoftonline.com/common/oauth2/v2.0/token",
		Scopes:           []string{"channelMessage.send", "chatMessage.send", "Team.ReadBasic.All", "Channel.ReadBasic.All", "Chat.Read", "offline_access"},
	}
}

func pagerDuty() Type {
	return Type{
		Name: "PAGERDUTY_ADVANCE", Category: ticketing, Word: "pagerduty-advance", Version: version,
		Description:      "PagerDuty Advance manages the response to incidents.",
		Auth:             []string{OAuth},
		ServerURL:        "https://api.pagerduty.com",
		AuthorizationURL: "https://identity.pagerduty.com/oauth/authorize",
		TokenURL:         "https://identity.pagerduty.com/oauth/token",
		Scopes:           []string{"openid", "write"},
	}
}

func salesforceCRM() Type {
	return Type{
		Name: "SALESFORCE_CRM", Category: crm, Word: "salesforce-crm", Version: version,
		Description:      "Salesforce keeps a company's customers, cases and opportunities.",
		Auth:             []string{OAuth},
		ServerURL:        "https://{instance}.my.salesforce.com/services/data/v60.0",
		AuthorizationURL: "https://login.salesforce.com/services/oauth2/authorize",
		TokenURL:         "https://login.salesforce.com/services/oauth2/token",
		Scopes: []string{"visualforce", "address", "custom_permissions", "open_id", "profile", "refresh_token", "wave_api", "web", "phome",
			"offline_access", "chatter_api", "id", "api", "eclair_api", "email", "pardot_api", "full"},
	}
}

func serviceNowPlatform() Type {
	return Type{
		Name: "SERVICENOW_NOW_PLATFORM", Category: ticketing, Word: "servicenow-now-platform", Version: version,
		Description:      "ServiceNow manages a company's services, tickets and workflows in the cloud.",
		Auth:             []string{OAuth},
		ServerURL:        "https://{instance}.service-now.com",
		AuthorizationURL: "{server}/oauth_auth.do",
		TokenURL:         "{server}/oauth_token.do",
		Scopes:           []string{"read", "write", "useraccount"},
	}
}

func smartsheet() Type {
	return Type{
		Name: "SMARTSHEET", Category: projects, Word: "smartsheet", Version: version,
		Description:      "Smartsheet manages work in sheets and reports.",
		Auth:             []string{OAuth},
		ServerURL:        "https://api.smartsheet.com/2.0",
		AuthorizationURL: "https://app.smartsheet.com/b/authorize",
		TokenURL:         "https://api.smartsheet.com/2.0/token",
		Scopes:           []string{"readsheet", "writesheet"},
	}
}

func zendeskSuite() Type {
	return Type{
		Name: "ZENDESK_SUITE", Category: ticketing, Word: "zendesk-suite", Version: version,
		Description:      "Zendesk Suite is where a company's customers ask for help, by ticket.",
		Auth:             []string{OAuth},
		ServerURL:        "https://{subdomain}.zendesk.com",
		AuthorizationURL: "{server}/oauth/authorizations/new",
		TokenURL:         "{server}/oauth/tokens",
		Scopes:           []string{"tickets:read", "tickets:write", "read"},
	}
}
