package web

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// target is a URL that waits to be fetched.
type target struct {
	URL  string `json:"u"`
	Hops int    `json:"h,omitzero"` // redirects that led to it
	Seed bool   `json:"s,omitzero"` // whether the crawl began with it
}

// frontier is how far a crawl has come: the URLs that wait, level by level, and
// all that were met. It is bounded in number and bytes.
type frontier struct {
	depth     int      // of now
	now, next []target // at this depth, and one deeper
	seen      map[mark]struct{}
	bytes     int  // of the URLs that wait
	partial   bool // something could not be seen, or had no room
	hosts     map[string]bool
}

// mark stands for a URL that was met: the beginning of its hash.
type mark [6]byte

func markOf(url string) mark {
	sum := sha256.Sum256([]byte(url))
	return mark(sum[:len(mark{})])
}

// Bounds of a frontier. Its cursor stays below connector.MaxCursor with them,
// even if no URL can be compressed.
const (
	maxSeen    = 100_000
	maxWaiting = 4 << 20 // bytes of URLs that wait, each with overhead
	overhead   = 32
)

func newFrontier() *frontier {
	return &frontier{depth: 1, seen: map[mark]struct{}{}, hosts: map[string]bool{}}
}

// met reports whether a URL was met before.
func (f *frontier) met(url string) bool {
	_, ok := f.seen[markOf(url)]
	return ok
}

// meet notes a URL, and reports whether there was room for it.
func (f *frontier) meet(url string) bool {
	if len(f.seen) >= maxSeen {
		f.partial = true
		return false
	}
	f.seen[markOf(url)] = struct{}{}
	return true
}

// add lets a URL wait, at this depth or one deeper, unless it was met.
func (f *frontier) add(t target, deeper bool) {
	if f.met(t.URL) {
		return
	}
	if f.bytes+len(t.URL)+overhead > maxWaiting {
		f.partial = true
		return
	}
	if !f.meet(t.URL) {
		return
	}
	f.bytes += len(t.URL) + overhead
	if deeper {
		f.next = append(f.next, t)
	} else {
		f.now = append(f.now, t)
	}
}

// remove takes out the URL that waits in place i of this depth.
func (f *frontier) remove(i int) {
	f.bytes -= len(f.now[i].URL) + overhead
	f.now = slices.Delete(f.now, i, i+1)
}

// descend goes one level deeper, and reports whether anything waits there.
func (f *frontier) descend() bool {
	f.depth, f.now, f.next = f.depth+1, f.next, nil
	return len(f.now) > 0
}

// stored is a frontier as its cursor holds it.
type stored struct {
	Depth   int      `json:"d"`
	Now     []target `json:"n"`
	Next    []target `json:"x"`
	Seen    []byte   `json:"m"`
	Partial bool     `json:"p,omitzero"`
	Hosts   []string `json:"o"`
}

const cursorMark = "web1:"

// cursor writes the frontier as text.
func (f *frontier) cursor() (string, error) {
	s := stored{f.depth, f.now, f.next, make([]byte, 0, len(f.seen)*len(mark{})), f.partial, slices.Sorted(maps.Keys(f.hosts))}
	for _, m := range slices.SortedFunc(maps.Keys(f.seen), func(a, b mark) int { return bytes.Compare(a[:], b[:]) }) {
		s.Seen = append(s.Seen, m[:]...)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return "", err
	}
	text := json.NewEncoder(w)
	text.SetEscapeHTML(false)
	if err := errors.Join(text.Encode(s), w.Close()); err != nil {
		return "", err
	}
	return cursorMark + base64.RawStdEncoding.EncodeToString(packed.Bytes()), nil
}

var errCursor = errors.New("the crawl cannot go on: its cursor is none of a web site")

// parseFrontier reads what cursor has written.
func parseFrontier(text string) (*frontier, error) {
	const most = 32 << 20 // bytes of the stored form
	coded, ok := strings.CutPrefix(text, cursorMark)
	packed, err := base64.RawStdEncoding.DecodeString(coded)
	if !ok || err != nil {
		return nil, errCursor
	}
	data, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), most))
	var s stored
	if err != nil || json.Unmarshal(data, &s) != nil || len(s.Seen)%len(mark{}) != 0 || s.Depth < 1 {
		return nil, errCursor
	}
	f := newFrontier()
	f.depth, f.now, f.next, f.partial = s.Depth, s.Now, s.Next, s.Partial
	for m := range slices.Chunk(s.Seen, len(mark{})) {
		f.seen[mark(m)] = struct{}{}
	}
	for _, t := range slices.Concat(s.Now, s.Next) {
		f.bytes += len(t.URL) + overhead
	}
	for _, host := range s.Hosts {
		f.hosts[host] = true
	}
	return f, nil
}
