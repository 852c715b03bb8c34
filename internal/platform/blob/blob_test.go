package blob_test

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/blob/blobtest"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

func TestDirectory(t *testing.T) {
	blobtest.Run(t, func(t *testing.T, b blobtest.Buckets) blob.Store { return directory(t, lay(t, b)) })
}

func TestS3(t *testing.T) {
	blobtest.Run(t, func(t *testing.T, b blobtest.Buckets) blob.Store {
		return dial(t, serve(t, b), credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""))
	})
}

func TestMemory(t *testing.T) {
	blobtest.Run(t, func(_ *testing.T, b blobtest.Buckets) blob.Store { return blobtest.New(b) })
}

// lay writes buckets as folders.
func lay(t *testing.T, buckets blobtest.Buckets) string {
	t.Helper()
	root := t.TempDir()
	for bucket, objects := range buckets {
		for key, text := range objects {
			path := filepath.Join(root, bucket, filepath.FromSlash(key))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func directory(t *testing.T, root string) blob.Store {
	t.Helper()
	d, err := blob.Directory(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// shop is a small S3: GetObject, PutObject and ListObjectsV2 in path style, with
// signatures checked.
type shop struct {
	buckets  blobtest.Buckets
	verifier *sigv4.Verifier
	most     int                 // keys of a list
	warp     func(keys []string) // what a list does to its keys
}

func serve(t *testing.T, buckets blobtest.Buckets) *httptest.Server {
	t.Helper()
	return open(t, &shop{buckets: buckets, most: 2})
}

func open(t *testing.T, s *shop) *httptest.Server {
	t.Helper()
	s.verifier = &sigv4.Verifier{
		Services: []string{"s3"}, Regions: []string{"us-east-1"}, Now: time.Now, S3: true,
		Lookup: func(_ context.Context, id, _ string) (sigv4.Credential, error) {
			if id != "AKIATEST" {
				return sigv4.Credential{}, sigv4.ErrUnknownKey
			}
			return sigv4.Credential{Secret: "secret"}, nil
		},
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return srv
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		fail(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	var refusal *sigv4.Error
	if _, err := s.verifier.Verify(r.Context(), r, body); errors.As(err, &refusal) {
		fail(w, refusal.Status, refusal.Code)
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	objects, ok := s.buckets[bucket]
	text, there := objects[key]
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "NoSuchBucket")
	case r.URL.Query().Get("list-type") == "2":
		s.list(w, r.URL.Query(), objects)
	case r.Method == http.MethodPut:
		objects[key] = string(body)
	case !there:
		fail(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", tag(text))
		w.Header().Set("Last-Modified", "Sun, 30 Aug 2015 12:36:00 GMT")
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.Write([]byte(text))
	}
}

func tag(text string) string {
	sum := md5.Sum([]byte(text))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// list answers in pages smaller than what is asked for, as S3 may.
func (s *shop) list(w http.ResponseWriter, q url.Values, objects map[string]string) {
	after := cmp.Or(q.Get("continuation-token"), q.Get("start-after"))
	most, err := strconv.Atoi(q.Get("max-keys"))
	if err != nil || most > 1000 || q.Get("encoding-type") != "url" {
		fail(w, http.StatusBadRequest, "InvalidArgument")
		return
	}
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if key > after && strings.HasPrefix(key, q.Get("prefix")) {
			keys = append(keys, key)
		}
	}
	most = min(most, s.most)
	truncated := len(keys) > most
	keys = keys[:min(len(keys), most)]
	if s.warp != nil {
		s.warp(keys)
	}
	fmt.Fprintf(w, "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>%v</IsTruncated>", truncated)
	if truncated {
		token := ""
		if len(keys) > 0 {
			token = keys[len(keys)-1]
		}
		fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", html.EscapeString(token))
	}
	for _, key := range keys {
		fmt.Fprintf(w, "<Contents><Key>%s</Key><Size>%d</Size><ETag>%s</ETag><LastModified>2015-08-30T12:36:00.000Z</LastModified></Contents>",
			url.QueryEscape(key), len(objects[key]), html.EscapeString(tag(objects[key])))
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

// dial reaches srv through a guarded client that opens nothing else.
func dial(t *testing.T, srv *httptest.Server, c aws.CredentialsProvider) blob.Store {
	t.Helper()
	origin, err := outbound.ParseOrigin(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s3At(t, srv.URL, outbound.Policy{Allow: []outbound.Origin{origin}, MaxBody: 1000}, c)
}

func s3At(t *testing.T, endpoint string, p outbound.Policy, c aws.CredentialsProvider) blob.Store {
	t.Helper()
	client := outbound.New(p, slog.New(slog.DiscardHandler))
	t.Cleanup(client.CloseIdleConnections)
	s, err := blob.S3(blob.S3Config{Endpoint: endpoint, Region: "us-east-1", Credentials: c, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3RefusesWrongCredentials(t *testing.T) {
	srv := serve(t, blobtest.Buckets{"docs": {"a": "text", "large": strings.Repeat("x", 1001)}})
	for code, c := range map[string]aws.CredentialsProvider{
		"SignatureDoesNotMatch":      credentials.NewStaticCredentialsProvider("AKIATEST", "canary", ""),
		"InvalidClientTokenId":       credentials.NewStaticCredentialsProvider("AKIAOTHER", "canary", ""),
		"MissingAuthenticationToken": nil,
	} {
		_, err := dial(t, srv, c).Open(t.Context(), "docs", "a")
		if !errors.Is(err, blob.ErrDenied) || !strings.Contains(err.Error(), code) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", code, err)
		}
	}
	good := credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")
	if _, err := dial(t, srv, good).Open(t.Context(), "docs", "large"); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("an object over the client's cap: %v", err)
	}
}

func TestS3IsReachedThroughTheGuard(t *testing.T) {
	srv := serve(t, nil)
	_, err := s3At(t, srv.URL, outbound.Policy{}, nil).Open(t.Context(), "docs", "a")
	if _, ok := errors.AsType[*outbound.RefusedError](err); !ok {
		t.Errorf("err = %v, want a *outbound.RefusedError", err)
	}
}

func TestS3Broken(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<Error><Code>SlowDown</Code><Message>no</Message></Error>")
	}))
	defer srv.Close()
	_, err := dial(t, srv, nil).Open(t.Context(), "docs", "a")
	if err == nil || !strings.Contains(err.Error(), "answered SlowDown") || !strings.Contains(err.Error(), "status 503") {
		t.Errorf("err = %v", err)
	}
	for _, permanent := range []error{blob.ErrNoKey, blob.ErrNoBucket, blob.ErrDenied, blob.ErrTooLarge} {
		if errors.Is(err, permanent) {
			t.Errorf("a passing fault is %v", permanent)
		}
	}
}

func TestS3Config(t *testing.T) {
	client := outbound.New(outbound.Policy{}, slog.New(slog.DiscardHandler))
	for want, c := range map[string]blob.S3Config{
		"is not a URL":   {Endpoint: "minio:9000", Region: "us-east-1", Client: client},
		"needs a region": {Endpoint: "http://minio:9000", Client: client},
	} {
		if _, err := blob.S3(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c.Endpoint, err, want)
		}
	}
}

func TestDirectoryLetsNoKeyOut(t *testing.T) {
	root := lay(t, blobtest.Buckets{"docs": {"a": "x", "sub/b": "y"}, "other": {"secret": "z"}})
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("canary"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"docs/absolute": outside, "docs/sibling": "../other/secret", "docs/up": "../..", "docs/inside": "sub/b",
		"docs/dangling": "nothing", "linked": filepath.Dir(outside),
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "docs/pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := directory(t, root)
	for _, c := range []struct {
		bucket, key string
		want        error
	}{
		{"docs", "absolute", blob.ErrDenied}, {"docs", "sibling", blob.ErrDenied}, {"docs", "up", blob.ErrDenied},
		{"docs", "up/other/secret", blob.ErrDenied}, {"linked", "outside", blob.ErrDenied},
		{"docs", "dangling", blob.ErrNoKey}, {"docs", "pipe", blob.ErrNoKey}, {"docs", "a\x00b", blob.ErrNoKey},
		{"docs", "inside", nil},
	} {
		o, err := s.Open(t.Context(), c.bucket, c.key)
		if err == nil {
			o.Body.Close()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s/%s: %v, want %v", c.bucket, c.key, err, c.want)
		}
	}
}

// What a list must not do: it would let a crawl lose objects, or go on for ever.
func TestS3ListsThatAreWrong(t *testing.T) {
	objects := map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
	for want, warp := range map[string]func([]string){
		"not in the order of their keys": slices.Reverse[[]string],
		"after \"d\"":                    func(keys []string) { keys[0] = "a" },
		"does not begin with":            func(keys []string) { keys[0] = "zz" },
	} {
		srv := open(t, &shop{buckets: blobtest.Buckets{"docs": objects}, most: 2, warp: warp})
		s := dial(t, srv, credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""))
		prefix, after := "", ""
		switch {
		case strings.HasPrefix(want, "after"):
			after = "b"
		case strings.HasPrefix(want, "does"):
			prefix = "a"
		}
		if entries, err := s.List(t.Context(), "docs", prefix, after, 10); err == nil || !strings.Contains(err.Error(), "a list that cannot be") {
			t.Errorf("%s: %v, %v", want, entries, err)
		}
	}
	srv := open(t, &shop{buckets: blobtest.Buckets{"docs": objects}, most: 0})
	s := dial(t, srv, credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""))
	if entries, err := s.List(t.Context(), "docs", "", "", 10); err == nil || !strings.Contains(err.Error(), "a list that cannot be") {
		t.Errorf("an empty page that is not the last: %v, %v", entries, err)
	}
}

func TestDirectoryListsWhatItOpens(t *testing.T) {
	root := lay(t, blobtest.Buckets{"docs": {"a": "x", "sub/b": "y", "closed/c": "z", ".parley-put-draft": "half"}})
	for name, target := range map[string]string{"docs/out": "../..", "docs/inside": "sub/b", "docs/dangling": "nothing", "docs/folder": "sub"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "docs", "bad\xffname"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := directory(t, root)
	closed := filepath.Join(root, "docs/closed")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o755) })
	entries, err := s.List(t.Context(), "docs", "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.Err != nil {
			if !errors.Is(e.Err, blob.ErrDenied) {
				t.Errorf("%s: %v", e.Key, e.Err)
			}
			e.Key = "!" + e.Key
		}
		got = append(got, e.Key)
	}
	want := "a !closed/ inside sub/b"
	if os.Geteuid() == 0 { // who may read everything
		want = "a closed/c inside sub/b"
	}
	if strings.Join(got, " ") != want {
		t.Errorf("listed %q, want %s", got, want)
	}
}

func TestDirectoryPutsNothingOutside(t *testing.T) {
	root := lay(t, blobtest.Buckets{"docs": {"a": "x"}, "other": {"secret": "z"}})
	outside := t.TempDir()
	for name, target := range map[string]string{"docs/out": outside, "docs/sibling": "../other", "docs/link": "../other/secret"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := directory(t, root)
	for _, key := range []string{"out/x", "sibling/secret", "../other/secret", "/x", "a/b", ".parley-put-x", "dir/", "a\x00b"} {
		if err := s.Put(t.Context(), "docs", key, []byte("canary")); !errors.Is(err, blob.ErrDenied) && !errors.Is(err, blob.ErrNoKey) {
			t.Errorf("%q: %v", key, err)
		}
	}
	if err := s.Put(t.Context(), "docs", "link", []byte("in its place")); err != nil {
		t.Error(err)
	}
	left, err := os.ReadFile(filepath.Join(root, "other/secret"))
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 0 {
		t.Errorf("outside there is %v, %v", entries, err)
	}
	if err != nil || string(left) != "z" {
		t.Errorf("another bucket's object is %q, %v", left, err)
	}
	names, err := filepath.Glob(filepath.Join(root, "docs/.parley-put-*"))
	if err != nil || len(names) != 0 {
		t.Errorf("left over: %q, %v", names, err)
	}
}

func TestDirectoryIsMissing(t *testing.T) {
	if _, err := blob.Directory(filepath.Join(t.TempDir(), "nowhere")); err == nil || !strings.Contains(err.Error(), "open the directory of buckets") {
		t.Errorf("err = %v", err)
	}
}

func TestNone(t *testing.T) {
	_, listed := blob.None{}.List(t.Context(), "docs", "", "", 1)
	for _, err := range []error{listed, blob.None{}.Put(t.Context(), "docs", "a", nil)} {
		if !errors.Is(err, blob.ErrNotConfigured) {
			t.Errorf("err = %v", err)
		}
	}
	_, err := blob.ReadAll(t.Context(), blob.None{}, "docs", "a", 10)
	if !errors.Is(err, blob.ErrNotConfigured) || !strings.Contains(err.Error(), "--buckets DIR") || !strings.Contains(err.Error(), "s3://docs/a") {
		t.Errorf("err = %v", err)
	}
}

// A store that does not say the size is bounded by what is read.
func TestReadAllOfUnknownSize(t *testing.T) {
	s := unsized{directory(t, lay(t, blobtest.Buckets{"docs": {"a": "12345"}}))}
	if got, err := blob.ReadAll(t.Context(), s, "docs", "a", 5); err != nil || string(got) != "12345" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := blob.ReadAll(t.Context(), s, "docs", "a", 4); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("err = %v", err)
	}
}

type unsized struct{ blob.Store }

func (u unsized) Open(ctx context.Context, bucket, key string) (blob.Object, error) {
	o, err := u.Store.Open(ctx, bucket, key)
	o.Size = -1
	return o, err
}
