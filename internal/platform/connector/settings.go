package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Mode is how much of a source a sync job puts anew.
type Mode string

// The modes that a configuration names in "syncMode".
const (
	FullCrawl       Mode = "FULL_CRAWL"        // crawls all, puts what changed
	ForcedFullCrawl Mode = "FORCED_FULL_CRAWL" // crawls all, puts all
	ChangeLog       Mode = "CHANGE_LOG"        // asks for changes alone; kinds that cannot crawl all, and put what changed
)

// Settings are what every kind's configuration has.
type Settings struct {
	Type   string
	Mode   Mode   // FullCrawl when none is given
	Secret string // ARN, "" for none
	// Deletions is the percentage above which a job deletes nothing, of
	// 100 × to delete / (scanned + to delete): 0 deletes never, 100 always.
	Deletions int
	// ACL says whether access control is read at all. Without it, everything is
	// for everyone.
	ACL bool
}

// defaultDeletions is the threshold where protection is on and has none (user
// guide: the connectors' JSON schemas).
const defaultDeletions = 15

// SettingsOf reads them, and says what is wrong with them.
func SettingsOf(config json.RawMessage) (Settings, []Problem) {
	var c struct {
		Type       string `json:"type"`
		SyncMode   Mode   `json:"syncMode"`
		SecretARN  string `json:"secretArn"`
		Version    string `json:"version"`
		Additional struct {
			Protect   Flag  `json:"enableDeletionProtection"`
			Threshold Count `json:"deletionProtectionThreshold"`
			CrawlACL  Flag  `json:"isCrawlAcl"` // for its type alone: crawlsACL reads it
		} `json:"additionalProperties"`
	}
	problems := Decode(config, &c)
	s := Settings{Type: c.Type, Mode: c.SyncMode, Secret: c.SecretARN, Deletions: 100, ACL: crawlsACL(config)}
	switch s.Mode {
	case "":
		s.Mode = FullCrawl
	case FullCrawl, ForcedFullCrawl, ChangeLog:
	default:
		problems = append(problems, Problem{"syncMode", fmt.Sprintf("%q is none of FULL_CRAWL, FORCED_FULL_CRAWL and CHANGE_LOG", c.SyncMode)})
	}
	if c.Version != "" && c.Version != "1.0.0" {
		problems = append(problems, Problem{"version", fmt.Sprintf("%q is not known; the version of the template is 1.0.0", c.Version)})
	}
	if c.Additional.Protect {
		s.Deletions = c.Additional.Threshold.Or(defaultDeletions)
	}
	if s.Deletions < 0 || s.Deletions > 100 {
		problems = append(problems, Problem{"additionalProperties.deletionProtectionThreshold", "must be a percentage from 0 to 100"})
	}
	return s, problems
}

// crawlsACL reports whether a configuration leaves access control on. Turning it off
// takes a permission of its own, so it is read as edge/access reads it: by its exact
// name, and the last one of two. Structs would take other letter cases too.
func crawlsACL(config json.RawMessage) bool {
	for _, name := range []string{"additionalProperties", "isCrawlAcl"} {
		var members map[string]json.RawMessage
		if json.Unmarshal(config, &members) != nil {
			return true
		}
		config = members[name]
	}
	return strings.Trim(string(config), `"`) != "false"
}

// maxConfig bounds a configuration, in bytes.
const maxConfig = 256 << 10

// Decode reads a configuration into a struct. Members that it does not have are
// ignored, as templates differ in what they carry; one of another type than its
// field is a problem with that member's path.
func Decode(config json.RawMessage, into any) []Problem {
	if len(config) > maxConfig {
		return []Problem{{"", fmt.Sprintf("has more than %d bytes", maxConfig)}}
	}
	err := json.Unmarshal(config, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return []Problem{{wrong.Field, mistaken(wrong)}}
	}
	return []Problem{{"", "is not JSON: " + err.Error()}}
}

// Count is a whole number that templates write as a number or as text. The zero
// Count was not given.
type Count struct{ n *int }

// Or is the number, or what it is when none was given.
func (c Count) Or(n int) int {
	if c.n == nil {
		return n
	}
	return *c.n
}

// UnmarshalJSON reads 50, "50", "" and null.
func (c *Count) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "" || text == "null" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return unlike[Count](data)
	}
	c.n = &n
	return nil
}

// Flag is true or false, which templates write as such or as text.
type Flag bool

// UnmarshalJSON reads true, "true", false, "false" and null.
func (f *Flag) UnmarshalJSON(data []byte) error {
	switch strings.Trim(string(data), `"`) {
	case "true":
		*f = true
	case "false", "null", "":
		*f = false
	default:
		return unlike[Flag](data)
	}
	return nil
}

// mistaken says what a member has to be, and what it is instead.
func mistaken(wrong *json.UnmarshalTypeError) string {
	has := "a JSON " + wrong.Value
	var be string
	switch t := wrong.Type; {
	case t == reflect.TypeFor[Count]():
		be, has = "a whole number", wrong.Value
	case t == reflect.TypeFor[Flag]():
		be, has = "true or false", wrong.Value
	case t.Kind() == reflect.Bool:
		be = "true or false"
	case t.Kind() == reflect.String:
		be = "text"
	case t.Kind() == reflect.Slice:
		be = "a list"
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		be = "an object"
	default:
		be = "a number"
	}
	return "has to be " + be + "; here is " + has
}

// unlike reports a value that no T can be read from.
func unlike[T Count | Flag](data []byte) error {
	const most = 40
	if len(data) > most {
		data = append(data[:most:most], "…"...)
	}
	return &json.UnmarshalTypeError{Value: string(data), Type: reflect.TypeFor[T]()}
}
