package attachment

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// BenchmarkOf is what a turn asks of every conversation: of one without files, and
// of one that has as much as it may.
func BenchmarkOf(b *testing.B) {
	r := one(b)
	full := r.at("jo", talkID)
	r.attach(b, full, text("book.txt", strings.Repeat("語", maxText)))
	for range maxSeen {
		r.attach(b, full, Upload{Name: "a.png", Data: append(pngOf(b, 5, 5), make([]byte, maxImage-1000)...)})
	}
	for name, p := range map[string]Place{"none": r.at("jo", otherID), "full": full} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := r.DB.View(b.Context(), func(tx *store.Tx) error { _, err := r.Of(tx, p); return err }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRead is a message with five documents.
func BenchmarkRead(b *testing.B) {
	r := one(b)
	paragraphs := strings.Split(strings.Repeat("Bread is baked in the morning, and sold until noon.\n", 500), "\n")
	uploads := []Upload{
		{Name: "a.docx", Data: extracttest.DOCX("Bread", paragraphs...)},
		{Name: "a.pdf", Data: extracttest.PDF("Bread", paragraphs...)},
		{Name: "a.html", Data: extracttest.HTML("Bread", paragraphs...)},
		{Name: "a.txt", Data: []byte(strings.Join(paragraphs, "\n"))},
		{Name: "a.png", Data: pngOf(b, 500, 500)},
	}
	for b.Loop() {
		files, err := r.Read(b.Context(), r.at("jo", talkID), uploads)
		if err != nil || files[0].Failed != nil || files[1].Failed != nil {
			b.Fatal(err)
		}
	}
}
