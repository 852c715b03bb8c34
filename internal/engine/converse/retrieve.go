package converse

import (
	"slices"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/guard"
)

// Bounds of what an answer rests on.
const (
	MaxPassages  = 10     // that a Search asks for
	passageRoom  = 24_000 // characters of all documents' passages in one request
	longPassage  = 4_000  // characters of one
	shortPassage = 200    // what is left of the room for less is not worth a passage
)

// passages are what the model may cite: of the documents first, then of the
// files. Their places are their numbers.
func (t *Turn) passages(documents []cite.Passage) []cite.Passage {
	var all []cite.Passage
	room := passageRoom
	for _, p := range documents[:min(len(documents), MaxPassages)] {
		if p.Text == "" || !t.allows(p) {
			continue
		}
		p = shortened(p, min(room, longPassage))
		if room -= utf8.RuneCountInString(p.Text); room < 0 {
			break
		}
		all = append(all, p)
		if room < shortPassage {
			break
		}
	}
	return append(all, t.filed()...)
}

// allows holds passages to the data sources that may answer, whatever was found.
func (t *Turn) allows(p cite.Passage) bool {
	return t.only == nil || slices.Contains(t.only, guard.DataSource{Index: p.Index, ID: p.DataSource})
}

// shortened is a passage of at most so many characters.
func shortened(p cite.Passage, most int) cite.Passage {
	text, cut := clip(p.Text, most)
	if cut {
		p.End = p.Begin + len(text)
		p.Text = text
	}
	return p
}
