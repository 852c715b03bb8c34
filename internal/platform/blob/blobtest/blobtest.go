// Package blobtest holds what every blob.Store must do, as one suite.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

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
		},
		"other.bucket": {"schema.yaml": "another"},
	}
	s := open(t, content)
	t.Run("reads", func(t *testing.T) { reads(t, s, content) })
	t.Run("describes", func(t *testing.T) { describes(t, s) })
	t.Run("bounds", func(t *testing.T) { bounds(t, s) })
	t.Run("refuses", func(t *testing.T) { refuses(t, s) })
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
