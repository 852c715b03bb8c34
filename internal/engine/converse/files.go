package converse

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/border"
	"github.com/parleyhq/parley/internal/engine/chunk"
	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/engine/language"
	"github.com/parleyhq/parley/internal/engine/llm"
)

// Bounds of what is told of files.
const (
	fileRoom   = 24_000  // characters of all files' texts in one request
	fileText   = 700_000 // characters that are read of one
	maxPieces  = 60      // of all files' texts
	maxImages  = 5
	imageBytes = 16 << 20 // of all images in one request
)

// filed are the passages of the files: all of them if there is room, or else
// those that the message speaks for. Images follow.
func (t *Turn) filed() []cite.Passage {
	var pieces []cite.Passage
	size := 0
	for _, f := range t.Files {
		for _, p := range f.pieces() {
			pieces = append(pieces, p)
			size += utf8.RuneCountInString(p.Text)
		}
	}
	if size > fileRoom || len(pieces) > maxPieces {
		pieces = apt(t.query(), pieces)
	}
	for _, f := range t.images() {
		pieces = append(pieces, f.passage())
	}
	return pieces
}

// pieces are the passages of a file with a text.
func (f File) pieces() (all []cite.Passage) {
	text, _ := clip(f.Text, fileText)
	for _, c := range chunk.Split(&extract.Document{Text: text}, chunk.Options{}) {
		p := f.passage()
		p.Begin, p.End, p.Text = c.Begin, c.End, text[c.Begin:c.End]
		all = append(all, shortened(p, longPassage))
	}
	return all
}

func (f File) passage() cite.Passage {
	p := cite.Passage{Document: f.ID, Title: f.Name, Upload: true}
	if f.Image != nil {
		p.Media, p.MediaType = f.ID, f.Image.MediaType
	}
	return p
}

// images are the files that the model is to look at, the latest first.
func (t *Turn) images() (seen []File) {
	room := imageBytes
	for _, f := range t.Files {
		if f.Image == nil || !t.Model || t.Blind || len(seen) == maxImages {
			continue
		}
		if room -= len(f.Image.Data); room < 0 {
			break
		}
		seen = append(seen, f)
	}
	return seen
}

// pictures are the images themselves.
func (t *Turn) pictures() (data []llm.Image) {
	for _, f := range t.images() {
		data = append(data, *f.Image)
	}
	return data
}

// unseen reports whether the message is about an image that the model cannot look
// at.
func (t *Turn) unseen() bool {
	return t.Blind && slices.ContainsFunc(t.Files, func(f File) bool { return f.New && f.Image != nil })
}

// unlooked tells the model of such images, or it would make up what is in them.
func (t *Turn) unlooked() string {
	var b strings.Builder
	for _, f := range t.Files {
		if t.Blind && f.New && f.Image != nil {
			fmt.Fprintf(&b, "An image that came with this message, and that you cannot look at. If the answer needs it, say that you cannot see images:\n%s\n\n", border.Data(heading(f.passage())))
		}
	}
	return b.String()
}

// apt keeps the pieces that have most of the question's words, rare words
// counting more, as many as there is room for; in their order. Where no word
// tells, the beginning is kept.
func apt(question string, pieces []cite.Passage) []cite.Passage {
	worth, room := worths(question, pieces), fileRoom
	order := make([]int, len(pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(worth[b], worth[a]) })
	var kept []int
	for _, i := range order {
		if size := utf8.RuneCountInString(pieces[i].Text); size <= room && len(kept) < maxPieces {
			room -= size
			kept = append(kept, i)
		}
	}
	slices.Sort(kept)
	out := make([]cite.Passage, len(kept))
	for at, i := range kept {
		out[at] = pieces[i]
	}
	return out
}

// worths says how much each piece has of the question's words.
func worths(question string, pieces []cite.Passage) []float64 {
	words := language.New(language.Guess(question))
	wanted := map[string]float64{}
	tokens, _ := words.Tokens(nil, question, 0)
	for _, w := range tokens {
		wanted[w.Term] = 0
	}
	has := make([]map[string]bool, len(pieces))
	for i, p := range pieces {
		has[i] = map[string]bool{}
		tokens, _ = words.Tokens(tokens[:0], p.Text, 0)
		for _, w := range tokens {
			if _, ok := wanted[w.Term]; ok && !has[i][w.Term] {
				has[i][w.Term] = true
				wanted[w.Term]++
			}
		}
	}
	worth := make([]float64, len(pieces))
	for i := range pieces {
		for w := range has[i] {
			worth[i] += math.Log(1 + float64(len(pieces))/wanted[w])
		}
	}
	return worth
}
