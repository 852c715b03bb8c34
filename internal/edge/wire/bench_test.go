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
// writes the same bytes: 64 connections over loopback, one request signed
// beforehand. Read req/s.
func BenchmarkGet(b *testing.B) {
	c := config(io.Discard)
	c.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	server := New(c)
	l := listen(b)
	serve(b, server, l)
	target := "http://" + l.Addr().String() + pluginPath
	body := get(b, http.DefaultClient, signedGet(b, target))

	bare := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})}
	bl := listen(b)
	go func() { _ = bare.Serve(bl) }()
	b.Cleanup(func() { _ = bare.Close() })

	b.Run("Bare", func(b *testing.B) { load(b, "http://"+bl.Addr().String()+pluginPath) })
	b.Run("Wire", func(b *testing.B) { load(b, target) })
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

// load sends b.N requests from 64 connections.
func load(b *testing.B, target string) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	signed := signedGet(b, target)
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	began := time.Now()
	for range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				r := signed.Clone(b.Context())
				get(b, client, r)
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "req/s")
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
