package converse_test

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
)

func longTurn() *converse.Turn {
	turn := &converse.Turn{
		Turn: plan.Turn{Message: message}, Mode: converse.Retrieval, Model: true, Searchable: true, Guard: phrases(),
		Files: []converse.File{{ID: "f", Name: "manual.txt", Text: strings.Repeat("Nothing of interest is said here at all. ", 15_000)}},
	}
	for range 100 {
		turn.History = append(turn.History, plan.Utterance{Person: true, Text: strings.Repeat("Nothing of interest. ", 20)})
	}
	return turn
}

func passages() (all []cite.Passage) {
	for range converse.MaxPassages {
		all = append(all, cite.Passage{Document: "d", Title: "T", Text: strings.Repeat("The dinner limit is 50 euros. ", 60)})
	}
	return all
}

// BenchmarkFirstToken is all that a turn does before the model is asked, with a
// long history and without files, and with a file of 600,000 characters.
func BenchmarkFirstToken(b *testing.B) {
	for name, files := range map[string]bool{"history": false, "file": true} {
		b.Run(name, func(b *testing.B) {
			found := passages()
			b.ReportAllocs()
			for b.Loop() {
				turn := longTurn()
				if !files {
					turn.Files = nil
				}
				search := turn.Ask().Next.(*converse.Search)
				if search.Found(found).Next == nil {
					b.Fatal("the model is not asked")
				}
			}
		})
	}
}

// BenchmarkToken is what a token of a stream takes, of an answer with citations
// in every line.
func BenchmarkToken(b *testing.B) {
	tokens := strings.SplitAfter(strings.Repeat("The dinner limit for clients is 50 euros [1].\n", 100), " ")
	b.ReportAllocs()
	n := 0
	var g *converse.Generate
	for b.Loop() {
		if n%len(tokens) == 0 {
			turn := longTurn()
			turn.Files = nil
			g = turn.Ask().Next.(*converse.Search).Found(passages()).Next.(*converse.Generate)
		}
		g.Said(llm.Text{Text: tokens[n%len(tokens)]})
		n++
	}
}
