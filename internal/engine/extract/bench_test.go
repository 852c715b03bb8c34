package extract

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// BenchmarkExtract says how many bytes of a file are read in a second, and how many
// of text come out of it.
func BenchmarkExtract(b *testing.B) {
	paragraphs := make([]string, 2000)
	for i := range paragraphs {
		paragraphs[i] = strings.Repeat(fmt.Sprintf("This is sentence %d of a paragraph, as reports have them. ", i), 8)
	}
	text := strings.Join(paragraphs, "\n\n")
	rows := make([][]string, 10_000)
	for i := range rows {
		rows[i] = []string{fmt.Sprint("row ", i), "some words in a cell", fmt.Sprint(i * 7)}
	}
	for _, bb := range []struct {
		as   Type
		data []byte
	}{
		{PlainText, []byte(text)},
		{MD, []byte(text)},
		{HTML, extracttest.HTML("Title", paragraphs...)},
		{MSWord, extracttest.DOCX("Title", paragraphs...)},
		{MSExcel, extracttest.XLSX("Title", rows...)},
		{RTF, extracttest.RTF("Title", paragraphs...)},
		{PDF, extracttest.PDF("Title", paragraphs...)},
	} {
		b.Run(string(bb.as), func(b *testing.B) {
			b.SetBytes(int64(len(bb.data)))
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				d, err := Extract(context.Background(), bb.data, "", bb.as, Limits{})
				if err != nil {
					b.Fatal(err)
				}
				size = len(d.Text)
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds()/1e6, "text-MB/s")
		})
	}
}
