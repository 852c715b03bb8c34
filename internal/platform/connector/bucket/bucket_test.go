package bucket_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/blob/blobtest"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/bucket"
	"github.com/parleyhq/parley/internal/platform/connector/connectortest"
)

func TestKind(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.World {
		store := blobtest.New(blobtest.Buckets{"docs": {}})
		return &connectortest.World{
			Kind:    bucket.Kind{},
			Config:  json.RawMessage(`{"type":"S3","connectionConfiguration":{"repositoryEndpointMetadata":{"BucketName":"docs"}},"additionalProperties":{"maxFileSizeInMegaBytes":"1"}}`),
			Env:     connectortest.Env(connector.Env{Objects: store, Log: slog.New(slog.DiscardHandler)}),
			MaxSize: 1 << 20,
			Put: func(name, text string) {
				if err := store.Put(context.Background(), "docs", name, []byte(text)); err != nil {
					t.Fatal(err)
				}
			},
			Remove: func(name string) { store.Remove("docs", name) },
			Break:  func(name string) { store.Break(name, errors.New("broken")) },
			ID:     func(name string) string { return "s3://docs/" + name },
			State: func() string {
				entries, err := store.List(context.Background(), "docs", "", "", 1<<20)
				return fmt.Sprint(store.Puts(), entries, err)
			},
		}
	})
}

func TestCheck(t *testing.T) {
	const path = "connectionConfiguration.repositoryEndpointMetadata.BucketName"
	for _, tt := range []struct {
		config string
		want   []connector.Problem
	}{
		{`{"type":"S3","connectionConfiguration":{"repositoryEndpointMetadata":{"BucketName":"my-docs.1"}},"syncMode":"FULL_CRAWL","repositoryConfigurations":{"document":{"fieldMappings":[{"indexFieldName":"a","indexFieldType":"STRING","dataSourceFieldName":"b"}]}}}`, nil},
		{`{"type":"S3"}`, []connector.Problem{{Field: path, Message: "is missing"}}},
		{`{"type":"S3","connectionConfiguration":{"repositoryEndpointMetadata":{"BucketName":"My_Docs"}}}`, []connector.Problem{{Field: path, Message: `"My_Docs" is not the name of a bucket (3 to 63 lower-case letters, digits, dots and hyphens)`}}},
		{`{"type":"S3V2","connectionConfiguration":{"repositoryEndpointMetadata":{"BucketName":"docs"}}}`, []connector.Problem{{Field: "type", Message: `is "S3V2", not S3`}}},
	} {
		if diff := cmp.Diff(tt.want, bucket.Kind{}.Check(json.RawMessage(tt.config))); diff != "" {
			t.Errorf("%s: %s", tt.config, diff)
		}
	}
}

func TestNeeds(t *testing.T) {
	config := json.RawMessage(`{"type":"S3","connectionConfiguration":{"repositoryEndpointMetadata":{"BucketName":"docs"}}}`)
	want := []connector.Need{{Action: "s3:ListBucket", Resource: "arn:aws:s3:::docs"}, {Action: "s3:GetObject", Resource: "arn:aws:s3:::docs/*"}}
	if diff := cmp.Diff(want, bucket.Kind{}.Needs(config)); diff != "" {
		t.Error(diff)
	}
}

func TestNoBucket(t *testing.T) {
	config := json.RawMessage(`{"type":"S3","connectionConfiguration":{"repositoryEndpointMetadata":{"BucketName":"docs"}}}`)
	for want, store := range map[error]blob.Store{blob.ErrNoBucket: blobtest.New(nil), blob.ErrNotConfigured: blob.None{}} {
		s, err := bucket.Kind{}.Open(t.Context(), config, connectortest.Env(connector.Env{Objects: store, Log: slog.New(slog.DiscardHandler)}))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Crawl(t.Context(), "", nil, func(string) error { return nil })
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "the documents cannot be listed") {
			t.Errorf("err = %v, want %v", err, want)
		}
	}
	if _, err := (bucket.Kind{}).Open(t.Context(), json.RawMessage(`{"type":"S3"}`), connector.Env{}); err == nil || !strings.Contains(err.Error(), "BucketName is missing") {
		t.Errorf("err = %v", err)
	}
}
