package remote

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// BenchmarkDo times calls in turn with calls of a bare http.Client to the same
// server, and reports both medians, what Do adds, and their ratio.
func BenchmarkDo(b *testing.B) {
	srv := newParty(b, says(200, `{"id":"INC0010023","state":"open"}`, "Content-Type: application/json"))
	c := newCaller(b, outbound.Policy{}, srv.Server)
	c.Log, c.Now = quiet(), time.Now
	bare := &http.Client{Transport: &http.Transport{}}
	defer bare.CloseIdleConnections()
	call := Call{Request: &action.Request{Method: "GET", URL: srv.URL + "/incident?id=1"}, Read: true, Authorize: bearer}

	var direct, through []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, call.Request.URL, nil)
		if err != nil {
			b.Fatal(err)
		}
		res, err := bare.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		direct, began = append(direct, time.Since(began)), time.Now()
		if _, err := c.Do(b.Context(), call); err != nil {
			b.Fatal(err)
		}
		through = append(through, time.Since(began))
		srv.mu.Lock()
		srv.got = srv.got[:0]
		srv.mu.Unlock()
	}
	slices.Sort(direct)
	slices.Sort(through)
	d, t := direct[len(direct)/2], through[len(through)/2]
	b.ReportMetric(float64(d.Microseconds()), "bare-µs")
	b.ReportMetric(float64(t.Microseconds()), "do-µs")
	b.ReportMetric(float64((t - d).Microseconds()), "added-µs")
	b.ReportMetric(float64(t)/float64(d), "ratio")
}
