// Package bench measures what the README claims, each as a ratio of two things
// done in turns in one run, so that the machine's speed and its other work
// cancel out. `make bench` runs it.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/platform/store"
)

const rounds = 3 // of each side, in turns; the median counts

var key = aws.Credentials{AccessKeyID: "AKIABENCHMARK0000000", SecretAccessKey: "a secret that only this benchmark knows"}

// serve runs a server on a data directory of its own and returns its address.
// It may call the origins that are given.
func serve(b *testing.B, dir string, origins ...string) string {
	b.Helper()
	_, addr := start(b, dir, true, origins...)
	return addr
}

// start is serve for who needs the rooms of the server, too, and says whether it
// keeps an audit record.
func start(b *testing.B, dir string, recorded bool, origins ...string) (*assembly.Server, string) {
	b.Helper()
	var audit assembly.Audit
	if recorded {
		audit.Dir = filepath.Join(dir, "audit")
	}
	srv, err := assembly.New(b.Context(), assembly.Config{
		State:   assembly.State{Dir: dir, Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))},
		Root:    access.Root{Account: "000000000000", AccessKeyID: key.AccessKeyID, Secret: key.SecretAccessKey},
		Regions: []string{"us-east-1"},
		Quotas:  assembly.Quotas{Applications: 1 << 20},

		Outbound: assembly.Outbound{Allow: origins}, Zone: time.UTC,
		Audit: audit, TrustUnknownRoles: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, l) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	return srv, l.Addr().String()
}

// call does one request outside the measurement and returns its answer.
func call(b *testing.B, addr, method, path string, in any) map[string]any {
	b.Helper()
	var body []byte
	if in != nil {
		body, _ = json.Marshal(in)
	}
	out, status := exchange(b, addr, signed(b, addr, key, method, path, body))
	if status != http.StatusOK {
		b.Fatalf("%s %s: %d %s", method, path, status, out)
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		b.Fatal(err)
	}
	return answer
}

func newApplication(b *testing.B, addr, name string) string {
	b.Helper()
	out := call(b, addr, "POST", "/applications", map[string]any{"displayName": name, "identityType": "ANONYMOUS"})
	return out["applicationId"].(string)
}

func plugin(name, document string) []byte {
	body, _ := json.Marshal(map[string]any{
		"displayName": name, "type": "CUSTOM",
		"authConfiguration":         map[string]any{"noAuthConfiguration": map[string]any{}},
		"customPluginConfiguration": map[string]any{"description": "d", "apiSchemaType": "OPEN_API_V3", "apiSchema": map[string]any{"payload": document}},
	})
	return body
}

// document is an OpenAPI document of about size bytes, with up to 20 operations.
func document(size int) string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"Tasks","version":"1"},"servers":[{"url":"https://tasks.example.com"}],"paths":{`)
	operations := min(20, max(2, size/1000))
	for i := range operations {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/things%d":{"get":{"operationId":"list%d","description":"Lists things.","parameters":[`, i, i)
		for n := 0; b.Len() < size*(i+1)/operations-250; n++ {
			if n > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"name":"p%d","in":"query","description":"Only things with this property number %d.","schema":{"type":"string","maxLength":%d}}`, n, n, n+1)
		}
		b.WriteString(`],"responses":{"200":{"description":"The things."}}}}`)
	}
	b.WriteString(`}}`)
	return b.String()
}

// BenchmarkGetPlugin compares signed GetPlugin requests with a bare handler that
// writes the same bytes: by the root, for whom no policy is asked, and by a role
// under 20 statements of its own and 6 of the application, with a long-term key or
// a session; each without and with an audit record.
func BenchmarkGetPlugin(b *testing.B) {
	for name, recorded := range map[string]bool{"unrecorded": false, "recorded": true} {
		b.Run(name, func(b *testing.B) {
			srv, addr := start(b, b.TempDir(), recorded)
			app := newApplication(b, addr, "bench")
			made := call(b, addr, "POST", "/applications/"+app+"/plugins", json.RawMessage(plugin("tasks", document(2000))))
			share(b, addr, app)
			path := "/applications/" + app + "/plugins/" + made["pluginId"].(string)
			for who, credentials := range roles(b, srv) {
				b.Run(who, func(b *testing.B) { compare(b, addr, signed(b, addr, credentials, "GET", path, nil)) })
			}
			b.Run("root", func(b *testing.B) { compare(b, addr, signed(b, addr, key, "GET", path, nil)) })
		})
	}
}

// compare sends a request to a server and to a bare handler that answers the same,
// in turns.
func compare(b *testing.B, addr string, request []byte) {
	b.Helper()
	const turn = 3 * time.Second
	body, _ := exchange(b, addr, request)
	bare := bareServer(b, body)
	same := func(int, int) []byte { return request }
	run(b, addr, time.Second, same) // warm
	run(b, bare, time.Second, same)
	for range b.N {
		var ours, theirs []load
		for range rounds {
			ours = append(ours, run(b, addr, turn, same))
			theirs = append(theirs, run(b, bare, turn, same))
		}
		mine, other := median(ours), median(theirs)
		b.ReportMetric(mine.perSecond, "parley-req/s")
		b.ReportMetric(other.perSecond, "bare-req/s")
		b.ReportMetric(mine.perSecond/other.perSecond, "ratio")
		b.ReportMetric(float64(other.cpu)/float64(mine.cpu), "cpu-ratio")
		b.ReportMetric(float64(mine.p99.Microseconds())/1000, "p99-ms")
	}
}

// bareServer answers every request with the same bytes, by net/http alone.
func bareServer(b *testing.B, body []byte) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})}
	go srv.Serve(l)
	b.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

// BenchmarkCreatePlugin compares durable CreatePlugin requests with a bare loop
// of inserts of the same size into the same kind of store, both from 64
// clients. The same insert behind a bare net/http handler, without signature,
// decoding or rules, tells how much of the difference is HTTP's.
func BenchmarkCreatePlugin(b *testing.B) {
	const turn, perClient, perApplication = 4 * time.Second, 1200, 25
	doc := document(2000)
	addr := serve(b, b.TempDir())
	bare := openBare(b)
	handler := bareInserts(b, bare, doc)
	for n := range b.N {
		var ours, theirs, behind []load
		for round := range rounds {
			requests := creates(b, addr, fmt.Sprintf("r%d-%d", n, round), doc, perClient, perApplication)
			ours = append(ours, run(b, addr, turn, func(conn, i int) []byte {
				if i == len(requests[conn]) {
					return nil
				}
				return requests[conn][i]
			}))
			theirs = append(theirs, load{perSecond: inserts(b, bare, turn, fmt.Sprintf("r%d-%d", n, round), doc)})
			behind = append(behind, run(b, handler, turn, func(conn, i int) []byte {
				return fmt.Appendf(nil, "POST /r%d-%d-%d-%d HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", n, round, conn, i, handler)
			}))
		}
		mine, other, web := median(ours), median(theirs), median(behind)
		b.ReportMetric(mine.perSecond, "parley-req/s")
		b.ReportMetric(other.perSecond, "bare-commit/s")
		b.ReportMetric(web.perSecond, "bare-http-commit/s")
		b.ReportMetric(web.perSecond/other.perSecond, "bare-http-ratio")
		b.ReportMetric(mine.perSecond/other.perSecond, "ratio")
		b.ReportMetric(float64(mine.p99.Microseconds())/1000, "p99-ms")
	}
}

// creates signs the requests of one round: n for each connection, in
// applications that each take as many plugins as the quota allows.
func creates(b *testing.B, addr, round, doc string, n, perApplication int) [][][]byte {
	b.Helper()
	all := make([][][]byte, connections)
	for c := range all {
		var app string
		for i := range n {
			if i%perApplication == 0 {
				app = newApplication(b, addr, fmt.Sprintf("%s-%d-%d", round, c, i))
			}
			body := plugin(fmt.Sprintf("p%d", i), doc)
			body = bytes.Replace(body, []byte(`"displayName"`), fmt.Appendf(nil, `"clientToken":"%s-%d-%d","displayName"`, round, c, i), 1)
			all[c] = append(all[c], signed(b, addr, key, "POST", "/applications/"+app+"/plugins", body))
		}
	}
	return all
}

func openBare(b *testing.B) *store.DB {
	b.Helper()
	db, err := store.Open(b.Context(), store.Config{Dir: b.TempDir(), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

// bareInserts answers every request after one insert, named by its path.
func bareInserts(b *testing.B, db *store.DB, doc string) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := db.Update(r.Context(), func(tx *store.Tx) error { return insertBare(tx, "http", r.URL.Path, doc) }); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Length", "2")
		w.Write([]byte("{}"))
	})}
	go srv.Serve(l)
	b.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

func insertBare(tx *store.Tx, application, id, doc string) error {
	_, err := tx.Exec(`INSERT INTO plugin (tenant, application, plugin, name, created_at, doc, source, actions)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, "t", application, id, id, store.Micros(tx.Now()), "{}", doc, "[]")
	return err
}

// inserts counts the durable commits per second of one insert each.
func inserts(b *testing.B, db *store.DB, limit time.Duration, round, doc string) float64 {
	b.Helper()
	var group sync.WaitGroup
	counts := make([]int, connections)
	begin := time.Now()
	for c := range connections {
		group.Go(func() {
			for time.Since(begin) < limit {
				err := db.Update(context.Background(), func(tx *store.Tx) error {
					id := fmt.Sprintf("%s-%d-%d", round, c, counts[c])
					return insertBare(tx, fmt.Sprint(counts[c]/25), id, doc)
				})
				if err != nil {
					b.Error(err)
					return
				}
				counts[c]++
			}
		})
	}
	group.Wait()
	took := time.Since(begin)
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / took.Seconds()
}

// BenchmarkCreatePlugin1MB compares a CreatePlugin request of the largest
// document with the library's parse of that document alone.
func BenchmarkCreatePlugin1MB(b *testing.B) {
	doc := document(1_000_000)
	addr := serve(b, b.TempDir())
	app := newApplication(b, addr, "large")
	for n := range b.N {
		var ours, theirs []time.Duration
		for i := range 9 {
			name := fmt.Sprintf("p%d-%d", n, i)
			request := signed(b, addr, key, "POST", "/applications/"+app+"/plugins", plugin(name, doc))
			begin := time.Now()
			if out, status := exchange(b, addr, request); status != http.StatusOK {
				b.Fatalf("%d %s", status, out)
			}
			ours = append(ours, time.Since(begin))
			begin = time.Now()
			if _, err := openapi3.NewLoader().LoadFromData([]byte(doc)); err != nil {
				b.Fatal(err)
			}
			theirs = append(theirs, time.Since(begin))
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		mine, other := ours[len(ours)/2], theirs[len(theirs)/2]
		b.ReportMetric(float64(mine.Microseconds())/1000, "parley-ms")
		b.ReportMetric(float64(other.Microseconds())/1000, "parse-ms")
		b.ReportMetric(float64(mine)/float64(other), "ratio")
	}
}

// median is the load with the median rate.
func median(all []load) load {
	slices.SortFunc(all, func(a, b load) int { return int(a.perSecond - b.perSecond) })
	return all[len(all)/2]
}
