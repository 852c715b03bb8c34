package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/mapping"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/engine/chunk"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// BenchmarkIngest compares documents of plain text that are put through the API,
// until all of them are INDEXED and in the search index, with the same passages
// given to the bare index library in batches, analysed the same way and written to
// a folder too. What counts is passages a second.
func BenchmarkIngest(b *testing.B) {
	texts := prose(800)
	passages := split(b, texts)
	var ours, bare []float64
	for range rounds {
		ours = append(ours, rate(len(passages), ingest(b, texts)))
		bare = append(bare, rate(len(passages), library(b, passages)))
	}
	b.ReportMetric(typical(ours), "passages/s")
	b.ReportMetric(typical(bare), "bare-passages/s")
	b.ReportMetric(typical(ours)/typical(bare), "of-the-bare-library")
	b.ReportMetric(0, "ns/op")
}

// typical is the median of rates.
func typical(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

func rate(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

// prose are texts of some hundred words each, whose words are as unevenly
// distributed as those of a language.
func prose(n int) []string {
	random := rand.New(rand.NewPCG(5, 5))
	words := make([]string, 30_000)
	for i := range words {
		for range 2 + random.IntN(3) {
			words[i] += string("bcdfglmnprst"[random.IntN(12)]) + string("aeiou"[random.IntN(5)])
		}
	}
	zipf := rand.NewZipf(random, 1.1, 2, uint64(len(words)-1))
	texts := make([]string, n)
	for i := range texts {
		var text strings.Builder
		for sentence := range 40 + random.IntN(40) {
			for range 8 + random.IntN(8) {
				text.WriteString(words[zipf.Uint64()])
				text.WriteByte(' ')
			}
			text.WriteString("end.")
			text.WriteString(map[bool]string{true: "\n\n", false: " "}[sentence%5 == 4])
		}
		texts[i] = text.String()
	}
	return texts
}

// split are the passages of texts.
func split(b *testing.B, texts []string) (passages []string) {
	b.Helper()
	for _, text := range texts {
		doc, err := extract.Extract(b.Context(), []byte(text), "", extract.PlainText, extract.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range chunk.Split(doc, chunk.Options{}) {
			passages = append(passages, doc.Text[p.Begin:p.End])
		}
	}
	return passages
}

// ingest is the time from the first request to the last document in the search
// index of a new server.
func ingest(b *testing.B, texts []string) time.Duration {
	b.Helper()
	server, addr := start(b, b.TempDir(), false)
	app := newApplication(b, addr, "library")
	index := call(b, addr, "POST", "/applications/"+app+"/indices", map[string]any{"displayName": "docs"})["indexId"].(string)
	path := "/applications/" + app + "/indices/" + index
	batches := make(chan []byte, len(texts))
	for i := 0; i < len(texts); i += 10 {
		batches <- batch(texts[i:min(len(texts), i+10)], i)
	}
	close(batches)
	began := time.Now()
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for body := range batches {
				if out, status := exchange(b, addr, signed(b, addr, key, "POST", path+"/documents", body)); status != http.StatusOK {
					b.Errorf("%d %s", status, out)
				}
			}
		})
	}
	clients.Wait()
	searchable(b, server, retrieval.Key{Tenant: "000000000000:us-east-1", Application: app, Index: index}, len(texts))
	return time.Since(began)
}

// batch is the body of a BatchPutDocument.
func batch(texts []string, first int) []byte {
	var docs []map[string]any
	for i, text := range texts {
		docs = append(docs, map[string]any{
			"id": fmt.Sprintf("doc-%d", first+i), "title": fmt.Sprintf("Document %d", first+i), "contentType": "PLAIN_TEXT",
			"content": map[string]any{"blob": []byte(text)},
		})
	}
	body, _ := json.Marshal(map[string]any{"documents": docs})
	return body
}

// searchable waits until the index has so many documents, and search has them all.
func searchable(b *testing.B, server *assembly.Server, k retrieval.Key, n int) {
	b.Helper()
	source := server.Documents.Log()
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		head, err := source.Head(context.Background(), k)
		if err != nil {
			b.Fatal(err)
		}
		if head.Seq < int64(n) {
			continue
		}
		if err := server.Library.Wait(context.Background(), k, head.Seq); err != nil {
			b.Fatal(err)
		}
		tick.Stop()
		return
	}
}

// library is the time in which the bare index library takes passages.
func library(b *testing.B, passages []string) time.Duration {
	b.Helper()
	index, err := bleve.New(b.TempDir()+"/bare", mappingOfText())
	if err != nil {
		b.Fatal(err)
	}
	defer index.Close()
	began := time.Now()
	for i := 0; i < len(passages); {
		batch := index.NewBatch()
		for range min(500, len(passages)-i) {
			if err := batch.Index(fmt.Sprint(i), map[string]any{"title": fmt.Sprint("Document ", i), "body": passages[i]}); err != nil {
				b.Fatal(err)
			}
			i++
		}
		if err := index.Batch(batch); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

// mappingOfText analyses English text, keeps where words stand, and nothing that
// search does not need.
func mappingOfText() mapping.IndexMapping {
	text := bleve.NewTextFieldMapping()
	text.Analyzer, text.Store, text.IncludeInAll, text.DocValues = en.AnalyzerName, false, false, false
	doc := bleve.NewDocumentStaticMapping()
	doc.AddFieldMappingsAt("title", text)
	doc.AddFieldMappingsAt("body", text)
	m := bleve.NewIndexMapping()
	m.DefaultMapping = doc
	return m
}
