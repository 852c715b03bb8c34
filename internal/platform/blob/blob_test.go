package blob_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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

// serve is a small S3: GetObject in path style, with signatures checked.
func serve(t *testing.T, buckets blobtest.Buckets) *httptest.Server {
	t.Helper()
	verifier := &sigv4.Verifier{
		Services: []string{"s3"}, Regions: []string{"us-east-1"}, Now: time.Now, S3: true,
		Lookup: func(_ context.Context, id, _ string) (sigv4.Credential, error) {
			if id != "AKIATEST" {
				return sigv4.Credential{}, sigv4.ErrUnknownKey
			}
			return sigv4.Credential{Secret: "secret"}, nil
		},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		fail := func(status int, code string) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
		}
		var refusal *sigv4.Error
		if _, err := verifier.Verify(r.Context(), r, nil); errors.As(err, &refusal) {
			fail(refusal.Status, refusal.Code)
			return
		}
		objects, ok := buckets[bucket]
		if !ok {
			fail(http.StatusNotFound, "NoSuchBucket")
			return
		}
		text, ok := objects[key]
		if !ok {
			fail(http.StatusNotFound, "NoSuchKey")
			return
		}
		sum := md5.Sum([]byte(text))
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
		w.Header().Set("Last-Modified", "Sun, 30 Aug 2015 12:36:00 GMT")
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.Write([]byte(text))
	}))
	t.Cleanup(srv.Close)
	return srv
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

func TestDirectoryIsMissing(t *testing.T) {
	if _, err := blob.Directory(filepath.Join(t.TempDir(), "nowhere")); err == nil || !strings.Contains(err.Error(), "open the directory of buckets") {
		t.Errorf("err = %v", err)
	}
}

func TestNone(t *testing.T) {
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
