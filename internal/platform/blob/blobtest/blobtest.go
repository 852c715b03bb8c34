// Package blobtest holds what every blob.Store must do, as one suite.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/blob"
)

// Buckets is the content of a store: bucket, key, object.
type Buckets map[string]map[string]string

// Run tries a Store on the content that open is given.
func Run(t *testing.T, open func(*testing.T, Buckets) blob.Store) {
	content := Buckets{
		"docs": {
			"schema.yaml":         "openapi: 3.0.0",
			"deep/er/a b+c%2F.md": "odd name",
			"ሴ/$.txt":             "unicode",
			"empty":               "",
			"thousand":            strings.Repeat("x", 1000),
			"folder/file":         "f",
			"folder-2":            "g",
			"folder/below/file":   "h",
		},
		"other.bucket": {"schema.yaml": "another"},
	}
	s := open(t, content)
	t.Run("reads", func(t *testing.T) { reads(t, s, content) })
	t.Run("describes", func(t *testing.T) { describes(t, s) })
	t.Run("bounds", func(t *testing.T) { bounds(t, s) })
	t.Run("refuses", func(t *testing.T) { refuses(t, s) })
	t.Run("lists", func(t *testing.T) { lists(t, s, content) })
	t.Run("puts", func(t *testing.T) { puts(t, s) })
}

// lists walks the buckets in steps of every size.
func lists(t *testing.T, s blob.Store, content Buckets) {
	for bucket, objects := range content {
		want := slices.Sorted(maps.Keys(objects))
		for limit := 1; limit <= len(want)+1; limit++ {
			if diff := cmp.Diff(want, walk(t, s, bucket, limit)); diff != "" {
				t.Errorf("%s by %d: %s", bucket, limit, diff)
			}
		}
	}
	for prefix, want := range map[string][]string{
		"de": {"deep/er/a b+c%2F.md"}, "deep/": {"deep/er/a b+c%2F.md"}, "folder": {"folder-2", "folder/below/file", "folder/file"}, "folder/f": {"folder/file"},
		"empty": {"empty"}, "nothing": nil, "ሴ/": {"ሴ/$.txt"},
	} {
		page, err := s.List(t.Context(), "docs", prefix, "", 10)
		var got []string
		for _, e := range page {
			got = append(got, e.Key)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("prefix %q: %s %v", prefix, diff, err)
		}
	}
	if page, err := s.List(t.Context(), "docs", "folder/", "folder0", 10); err != nil || len(page) != 0 {
		t.Errorf("after the end: %v, %v", page, err)
	}
	if _, err := s.List(t.Context(), "nowhere", "", "", 10); !errors.Is(err, blob.ErrNoBucket) {
		t.Errorf("a bucket that is not there: %v", err)
	}
	if _, err := s.List(t.Context(), "..", "", "", 10); !errors.Is(err, blob.ErrNoBucket) {
		t.Errorf("a name that is none: %v", err)
	}
}

// walk lists a bucket page by page.
func walk(t *testing.T, s blob.Store, bucket string, limit int) (keys []string) {
	t.Helper()
	for after := ""; ; after = keys[len(keys)-1] {
		page, err := s.List(t.Context(), bucket, "", after, limit)
		if err != nil {
			t.Fatalf("%s after %q: %v", bucket, after, err)
		}
		for _, e := range page {
			keys = append(keys, e.Key)
			same(t, s, bucket, e)
		}
		if len(page) < limit {
			return keys
		}
	}
}

// same holds an entry against the object.
func same(t *testing.T, s blob.Store, bucket string, e blob.Entry) {
	t.Helper()
	o, err := s.Open(t.Context(), bucket, e.Key)
	if err != nil {
		t.Errorf("%s/%s is listed: %v", bucket, e.Key, err)
		return
	}
	defer o.Body.Close()
	if o.Size != e.Size || o.ETag != e.ETag || !o.LastModified.Equal(e.LastModified) || e.Err != nil {
		t.Errorf("%s/%s is listed as %+v, and is %+v", bucket, e.Key, e, o)
	}
}

func puts(t *testing.T, s blob.Store) {
	for _, text := range []string{"first", "", strings.Repeat("second", 100)} {
		if err := s.Put(t.Context(), "docs", "new/folder/o b.txt", []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := blob.ReadAll(t.Context(), s, "docs", "new/folder/o b.txt", 1000)
		if err != nil || string(got) != text {
			t.Errorf("%q, %v; want %q", got, err, text)
		}
	}
	page, err := s.List(t.Context(), "docs", "new/", "", 10)
	if err != nil || len(page) != 1 || page[0].Size != 600 {
		t.Errorf("listed: %+v, %v", page, err)
	}
	for _, c := range []struct {
		bucket, key string
		want        error
	}{
		{"nowhere", "a", blob.ErrNoBucket}, {"..", "a", blob.ErrNoBucket}, {"docs", "", blob.ErrNoKey}, {"docs", strings.Repeat("x", 1025), blob.ErrNoKey}, {"docs", "\xff", blob.ErrNoKey},
	} {
		if err := s.Put(t.Context(), c.bucket, c.key, []byte("x")); !errors.Is(err, c.want) {
			t.Errorf("%q, %.10q: %v, want %v", c.bucket, c.key, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, "docs", "canceled", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func reads(t *testing.T, s blob.Store, content Buckets) {
	for bucket, objects := range content {
		for key, want := range objects {
			got, err := blob.ReadAll(t.Context(), s, bucket, key, 1000)
			if err != nil || string(got) != want {
				t.Errorf("%s/%s: %q, %v; want %q", bucket, key, got, err, want)
			}
		}
	}
}

func describes(t *testing.T, s blob.Store) {
	o, err := s.Open(t.Context(), "docs", "schema.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Body.Close()
	body, err := io.ReadAll(o.Body)
	if err != nil || !bytes.Equal(body, []byte("openapi: 3.0.0")) {
		t.Errorf("body = %q, %v", body, err)
	}
	if o.Size != 14 || o.ETag == "" || strings.Contains(o.ETag, `"`) || o.LastModified.IsZero() {
		t.Errorf("object = %+v", o)
	}
}

func bounds(t *testing.T, s blob.Store) {
	_, err := blob.ReadAll(t.Context(), s, "docs", "thousand", 999)
	if !errors.Is(err, blob.ErrTooLarge) || !strings.Contains(err.Error(), "has 1000 bytes, at most 999") {
		t.Errorf("one byte over: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Open(ctx, "docs", "schema.yaml"); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func refuses(t *testing.T, s blob.Store) {
	for _, c := range []struct {
		bucket, key string
		want        error
	}{
		{"docs", "missing", blob.ErrNoKey},
		{"docs", "folder", blob.ErrNoKey},
		{"docs", "folder/", blob.ErrNoKey},
		{"docs", "schema.yaml/below", blob.ErrNoKey},
		{"docs", "", blob.ErrNoKey},
		{"docs", "/schema.yaml", blob.ErrNoKey},
		{"docs", "folder//file", blob.ErrNoKey},
		{"docs", "folder/./file", blob.ErrNoKey},
		{"docs", "folder/../schema.yaml", blob.ErrNoKey},
		{"docs", "../other.bucket/schema.yaml", blob.ErrNoKey},
		{"docs", strings.Repeat("x", 1025), blob.ErrNoKey},
		{"docs", strings.Repeat("x", 1000), blob.ErrNoKey},
		{"docs", "\xff", blob.ErrNoKey},
		{"nowhere", "schema.yaml", blob.ErrNoBucket},
		{"", "schema.yaml", blob.ErrNoBucket},
		{"..", "docs/schema.yaml", blob.ErrNoBucket},
		{"docs/folder", "file", blob.ErrNoBucket},
		{"Docs", "schema.yaml", blob.ErrNoBucket},
	} {
		o, err := s.Open(t.Context(), c.bucket, c.key)
		if err == nil {
			o.Body.Close()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%q, %q: %v, want %v", c.bucket, c.key, err, c.want)
		}
	}
}
