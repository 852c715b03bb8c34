package plan

import (
	"maps"
	"slices"
	"strings"
)

// What is known of English, and of German as much as it takes to ask for a thing by
// its number. None of it knows a plugin.

// stops are words that say nothing about what is wanted.
var stops = set(`a about above all also am an and any anymore are as at be because been but by can could did do does don't
	dont for from had has have he her hello hey hi him his how i i'd i'll i'm i've if im in into is isn't it it's its just kindly
	let me my no nobody not now of off on or our out over own pls please s she should so some than thank thanks that that's the their them
	then there these they this those to too up us want was we were what what's whats when where where's which who who's whom
	why will with would yet you your ok okay hey ones one really very much many more most only per via like need needs
	great sorry sure well still again get got right
	der die das den dem des ein eine einen einem einer eines ist sind hat haben habe wurde wird ich du er sie es wir mir mich uns
	mein meine meinen von vom zu zum zur mit für auf über und oder bitte mal alle alles wie was wer wen wem wo wann welche welcher
	welches welchen bis seit`)

// verbs groups words for the same thing to do. The first of a group names it.
var verbs = groups(
	`create add new open file log submit register make raise post place write report insert record enter draft declare erstelle erstellen eröffne eröffnen`,
	`search find list lookup look query browse seek suchen finde finden`,
	`get show read view display see fetch retrieve check tell give inspect describe know explain summarise summarize compare zeige zeig zeigen gib nenne`,
	`update change set edit modify adjust mark rename correct alter put amend switch toggle assign turn reopen ändere ändern setze setzen`,
	`delete remove cancel drop withdraw erase discard archive void discontinue revoke destroy kill scrap lösche löschen entferne entfernen storniere stornieren`,
	`move transfer shift reschedule relocate`,
	`book reserve schedule plan arrange buche buchen`,
	`send mail email deliver forward sende senden schicke schicken`,
	`approve accept grant confirm genehmige genehmigen`,
	`reject decline refuse deny`,
	`close resolve end finish complete solve schließe schließen`,
	`enable activate`,
	`disable deactivate`,
	`renew extend prolong`,
	`acknowledge`,
	`track trace follow`,
	`request ask apply`,
	`subscribe`,
	`refund reimburse repay`,
	`deploy release ship`,
	`roll rollback revert undo`,
	`start run launch begin`,
	`stop pause halt`,
)

// general are groups of verbs that any plugin may have: they tell nothing of what
// a message is about.
var general = set("create search get update delete")

// kin are groups that a person may well use for one another.
var kin = map[[2]string]bool{
	{"get", "search"}: true, {"create", "book"}: true, {"create", "request"}: true, {"update", "move"}: true,
	{"update", "close"}: true, {"update", "enable"}: true, {"update", "disable"}: true, {"book", "move"}: true,
	{"delete", "close"}: true, {"get", "track"}: true, {"request", "book"}: true, {"create", "send"}: true,
	{"update", "create"}: true, {"enable", "disable"}: true, {"update", "approve"}: true, {"create", "start"}: true,
	{"close", "stop"}: true, {"update", "renew"}: true, {"search", "track"}: true, {"disable", "stop"}: true,
	{"enable", "start"}: true,
}

// A phrasal is the particle that gives a verb another meaning.
type phrasal struct{ particle, group string }

var phrasals = map[string][]phrasal{
	"take":  {{"out", "delete"}, {"off", "delete"}, {"away", "delete"}},
	"get":   {{"rid", "delete"}},
	"throw": {{"away", "delete"}, {"out", "delete"}},
	"call":  {{"off", "delete"}},
	"write": {{"down", "create"}},
	"set":   {{"up", "create"}},
	"put":   {{"aside", "book"}},
	"sign":  {{"up", "subscribe"}},
	"turn":  {{"on", "enable"}, {"off", "disable"}},
	"look":  {{"up", "search"}},
	"push":  {{"back", "move"}},
	"bring": {{"forward", "move"}},
}

// asking are words that begin a question.
var asking = set(`why what what's whats which who who's whos where where's how when is are any did does do has have was were
	warum wieso wie wer wen wem wo wann welche welcher welches welchen hat ist sind wurde`)

// courteous are words that begin a request in the form of a question.
var courteous = set(`can could would will please kannst können könnten`)

// alike groups other words for the same thing; synonyms lists each group.
var (
	alikeLists = []string{
		`vacation holiday`,
		`cost price rate fee expensive`,
		`parcel package`,
		`warning alert`,
		`person people user`,
		`picture image photo`,
		`remote online`,
		`phone telephone mobile`,
		`email mail`,
		`result answer outcome`,
	}
	alike    = groups(alikeLists...)
	synonyms = members(alike)
)

// topics are words for inputs that hold text in a person's own words, the most
// telling first.
var topics = []string{
	"summary", "subject", "title", "headline", "text", "query", "q", "search", "keyword", "question", "message", "content", "name",
	"body", "description", "comment", "note", "notes", "memo", "reason", "detail", "details", "instructions", "resolution",
}

// callers are words before a name of something.
var callers = set(`called named titled entitled`)

// renamings are verbs that a new name stands behind "to" of.
var renamings = set(`rename retitle`)

// particles are words before a value that belong to a kind of input.
var particles = map[string][]string{
	"in":         {"place", "list"},
	"at":         {"place", "firm"},
	"for":        {"person", "place", "group", "thing"},
	"to":         {"person", "place", "group"},
	"with":       {"person"},
	"by":         {"author"},
	"about":      {"topic"},
	"regarding":  {"topic"},
	"concerning": {"topic"},
	"mention":    {"topic"},
	"mentioning": {"topic"},
	"containing": {"topic"},
	"of":         {"person", "thing", "group"},
	"on":         {"thing", "topic"},
	"from":       {"author", "place", "firm"},
}

// kinds says which kind of input a word in its name makes it.
var kinds = kindsOf(map[string]string{
	"place":  `location city place country region building branch site area town destination address warehouse office state room`,
	"person": `customer recipient contact client receiver patient guest member owner assignee requester candidate user employee who`,
	"group":  `team group department audience squad organization`,
	"firm":   `merchant company vendor shop supplier firm employer organization`,
	"author": `author writer creator reporter sender`,
	"topic":  `text query q search keyword subject topic words`,
	"thing":  `service product item application app project repository resource`,
	"list":   `project list folder board channel workspace`,
})

// numerals are numbers in words.
var numerals = map[string]string{
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
	"eleven": "11", "twelve": "12", "dozen": "12",
}

// currencies are codes (ISO 4217) by sign and word.
var currencies = map[string]string{
	"$": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD", "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP",
	"pound": "GBP", "pounds": "GBP", "¥": "JPY", "yen": "JPY", "franc": "CHF", "francs": "CHF",
}

// negations turn what follows around.
var negations = set(`not no without don't dont isn't non never neither`)

// stems is the set of the stems of words.
func stems(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[stem(w)] = true
	}
	return out
}

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// groups maps the stem of every word to the first of its list.
func groups(lists ...string) map[string]string {
	out := map[string]string{}
	for _, list := range lists {
		words := strings.Fields(list)
		for _, w := range words {
			if s := stem(w); out[s] == "" {
				out[s] = words[0]
			}
		}
	}
	return out
}

// members turns groups around: the words of each, by its name.
func members(group map[string]string) map[string][]string {
	out := map[string][]string{}
	for _, w := range slices.Sorted(maps.Keys(group)) {
		out[group[w]] = append(out[group[w]], w)
	}
	return out
}

func kindsOf(lists map[string]string) map[string][]string {
	out := map[string][]string{}
	for kind, list := range lists {
		for w := range strings.FieldsSeq(list) {
			out[stem(w)] = append(out[stem(w)], kind)
		}
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}
