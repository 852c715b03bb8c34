package connector

import (
	"encoding/json"
)

// Mode is how much of a source a sync job puts anew.
type Mode string

// The modes that a configuration names in "syncMode".
const (
	FullCrawl       Mode = "FULL_CRAWL"        // crawls all, puts what changed
	ForcedFullCrawl Mode = "FORCED_FULL_CRAWL" // crawls all, puts all
	ChangeLog       Mode = "CHANGE_LOG"        // asks for changes alone
)

// Settings are what every kind's configuration has.
type Settings struct {
	Type   string
	Mode   Mode   // FullCrawl when none is given
	Secret string // ARN, "" for none
	// Deletions is the percentage above which a job deletes nothing, of
	// 100 × to delete / (scanned + to delete): 0 deletes never, 100 always.
	Deletions int
	// ACL says whether access control is read at all.
	ACL bool
}

// SettingsOf reads them, and says what is wrong with them.
func SettingsOf(config json.RawMessage) (Settings, []Problem) {
	return Settings{}, nil
}
