package openapi

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// instruction words a prompt that asks for an action: "Create task" of the
// document "Jira Cloud API" becomes "Create a task in Jira Cloud". A name that
// is no command gets the verb of its method.
func instruction(name, method, title string) string {
	list := strings.Fields(name)
	if len(list) == 0 || strings.HasPrefix(name, method+" /") {
		return "Use " + productOr(title, "the plugin") + " to call " + name
	}
	if verb, ok := command(list[0]); ok {
		list[0] = verb
		list = withArticle(list)
	} else {
		list = append([]string{methodVerb(method)}, lowerFirst(list)...)
	}
	text := capitalized(strings.Join(list, " "))
	product := product(title)
	if product == "" || strings.Contains(strings.ToLower(text), strings.ToLower(product)) {
		return text
	}
	return text + " in " + product
}

// command returns the imperative of a word that is one: "creates" and "create"
// are "Create".
func command(word string) (string, bool) {
	lower := strings.ToLower(word)
	if isCommand(lower) {
		return capitalized(lower), true
	}
	for _, ending := range []string{"s", "es"} {
		if base, ok := strings.CutSuffix(lower, ending); ok && isCommand(base) {
			return capitalized(base), true
		}
	}
	return "", false
}

func isCommand(word string) bool {
	return slices.Contains([]string{
		"add", "approve", "archive", "assign", "book", "cancel", "change", "check", "close", "complete", "convert", "copy", "count",
		"create", "delete", "deploy", "disable", "download", "edit", "enable", "export", "fetch", "find", "get", "import", "insert",
		"invite", "issue", "list", "look", "mark", "merge", "modify", "move", "open", "order", "pay", "place", "post", "publish",
		"put", "query", "read", "register", "reject", "remove", "rename", "replace", "report", "request", "reset", "restore",
		"retrieve", "return", "run", "save", "schedule", "search", "send", "set", "show", "start", "stop", "submit", "sync",
		"tell", "transfer", "translate", "update", "upload", "upsert", "validate", "view",
	}, word)
}

// withArticle puts an article before a single thing: "Create Task" becomes
// "Create a task", "Delete task" "Delete the task". Anything less plain stays.
func withArticle(list []string) []string {
	if len(list) != 2 || !singular(list[1]) {
		return list
	}
	var article string
	switch strings.ToLower(list[0]) {
	case "create", "add", "open", "post", "submit", "register", "place", "schedule", "send", "book", "find", "get", "insert":
		article = "a"
		if strings.ContainsRune("aeiouAEIOU", rune(list[1][0])) {
			article = "an"
		}
	case "update", "delete", "remove", "cancel", "close", "archive", "change", "edit", "move", "rename", "replace", "assign":
		article = "the"
	default:
		return list
	}
	return []string{list[0], article, lowerFirst(list[1:])[0]}
}

func singular(word string) bool {
	if strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 {
		return false
	}
	return !strings.HasSuffix(word, "s") || strings.HasSuffix(word, "ss") || strings.HasSuffix(word, "us")
}

func methodVerb(method string) string {
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return "Show"
	case "PUT", "PATCH":
		return "Update"
	case "DELETE":
		return "Delete"
	}
	return "Submit"
}

func lowerFirst(list []string) []string {
	if w := list[0]; w != strings.ToUpper(w) {
		list[0] = strings.ToLower(w)
	}
	return list
}

var titleEnding = regexp.MustCompile(`(?i)[\s,:-]+((rest(ful)?\s+)?api|open\s?api|specification|spec|schema|definition|rest|platform|v?[0-9]+(\.[0-9]+)*)$`)

// product is the title without what titles of API documents end in.
func product(title string) string {
	title = strings.Join(strings.Fields(title), " ")
	for len(title) > 0 && len(title) <= 200 {
		shorter := titleEnding.ReplaceAllString(title, "")
		if shorter == title {
			return title
		}
		title = shorter
	}
	return ""
}

func productOr(title, fallback string) string {
	if p := product(title); p != "" {
		return p
	}
	return fallback
}
