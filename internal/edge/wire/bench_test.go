package wire

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const clients = 64

// BenchmarkGet compares GetPlugin, signed and authorized, with a handler that
// writes the same bytes: 64 connections over loopback, the same request to
// both, in turns, so that a busy machine slows both.
func BenchmarkGet(b *testing.B) {
	c := config(io.Discard)
	c.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	l := listen(b)
	serve(b, New(c), l)
	full := "http://" + l.Addr().String() + pluginPath
	body := get(b, http.DefaultClient, signedGet(b, full))

	l = listen(b)
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})}
	go func() { _ = web.Serve(l) }()
	b.Cleanup(func() { _ = web.Close() })
	bare := "http://" + l.Addr().String() + pluginPath

	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients, DisableCompression: true}
	b.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	const turn = 20 * clients
	var tookBare, tookFull time.Duration
	sent := 0
	for b.Loop() {
		tookBare += load(b, client, signedGet(b, bare), turn)
		tookFull += load(b, client, signedGet(b, full), turn)
		sent += turn
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sent)/tookBare.Seconds(), "bare-req/s")
	b.ReportMetric(float64(sent)/tookFull.Seconds(), "wire-req/s")
	b.ReportMetric(100*tookBare.Seconds()/tookFull.Seconds(), "%-of-bare")
}

// load sends n copies of a request from as many goroutines as there are
// clients.
func load(b *testing.B, client *http.Client, signed *http.Request, n int) time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	began := time.Now()
	for range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				get(b, client, signed.Clone(b.Context()))
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

func signedGet(b *testing.B, target string) *http.Request {
	r, err := http.NewRequest("GET", target, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	return sign(b, r, "")
}

func get(b *testing.B, client *http.Client, r *http.Request) []byte {
	resp, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s %s %v", resp.Status, body, err)
	}
	return body
}

// BenchmarkServe is the server's own part of a request, without a network.
func BenchmarkServe(b *testing.B) {
	c := config(io.Discard)
	c.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	server := New(c)
	r := signedGet(b, "http://"+region+pluginPath)
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		server.ServeHTTP(w, r)
	}
	if w.status != http.StatusOK {
		b.Fatal(w.status)
	}
}

// discard is a client that only looks at the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
