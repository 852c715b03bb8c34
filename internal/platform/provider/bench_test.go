package provider_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// BenchmarkStream reads answers of 1000 events over loopback; per token is what
// one of them takes, the server's share included.
func BenchmarkStream(b *testing.B) {
	const tokens = 1000
	said := make([]llm.Event, 0, tokens+1)
	for i := range tokens {
		said = append(said, llm.Text{Text: fmt.Sprintf(" word%d", i)})
	}
	said = append(said, llm.Stop{Reason: llm.EndOfTurn})
	for name, d := range map[string]struct {
		media string
		body  [][]byte
		open  func(c provider.Config, url string) llm.Model
	}{
		"openai":  {"text/event-stream", providertest.Chat{}.Answer(said), openAI},
		"bedrock": {"application/vnd.amazon.eventstream", providertest.Converse(said), bedrock},
	} {
		b.Run(name, func(b *testing.B) {
			server := serve(b, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", d.media)
				for _, piece := range d.body {
					_, _ = w.Write(piece)
				}
			})
			origin, err := outbound.ParseOrigin(server)
			if err != nil {
				b.Fatal(err)
			}
			m := d.open(reaching(origin), server)
			b.ReportAllocs()
			for b.Loop() {
				a, err := llm.Collect(m.Stream(b.Context(), full()))
				if err != nil || a.Stop == "" {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/tokens, "µs/token")
		})
	}
}
