// Package blob reads, lists and writes S3 objects, in a directory or at an
// S3-compatible endpoint.
//
// It owns what a bucket and a key are and the words for what can go wrong.
// Whoever needs an object (a plugin's schema, a document, a data source) opens
// it through a Store; how large it may get is for them to say. Nothing is
// written but what a caller puts: the documents that an enrichment hook reads
// from its own bucket. Data sources are only read.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Store keeps objects. It is safe for concurrent use.
type Store interface {
	// Open returns an object whose Body the caller closes. It fails with
	// ErrNoBucket, ErrNoKey, ErrDenied, ErrNotConfigured, or an error of the
	// store itself, which may go away when tried again.
	Open(ctx context.Context, bucket, key string) (Object, error)
	// List returns the objects whose keys begin with prefix and come after the
	// key after, in the order of their keys' bytes. At most limit of them; fewer
	// mean that there are no more. It fails as Open does.
	List(ctx context.Context, bucket, prefix, after string, limit int) ([]Entry, error)
	// Put writes an object, in place of one that has its key. Who reads meanwhile
	// gets the old one or the new one, whole. It fails as Open does.
	Put(ctx context.Context, bucket, key string, data []byte) error
}

// Entry is an object in a list.
type Entry struct {
	Key          string
	Size         int64  // bytes
	ETag         string // that of Object
	LastModified time.Time
	// Err says why what begins with Key cannot be listed; the rest is empty then.
	Err error
}

// Object is an open object.
type Object struct {
	Body         io.ReadCloser
	Size         int64  // bytes; -1 when the store does not say
	ETag         string // without quotes; changes when the object does
	LastModified time.Time
}

// What can be wrong with an object. Errors that wrap these read as a sentence
// for the person who named the object.
var (
	ErrNoBucket      = errors.New("no such bucket")
	ErrNoKey         = errors.New("no such object")
	ErrDenied        = errors.New("access to the object is denied")
	ErrTooLarge      = errors.New("the object is too large")
	ErrNotConfigured = errors.New("no S3 buckets are configured: start the server with --buckets DIR, where each folder is a bucket, or give it an S3 endpoint")
)

// None is the Store of a server without buckets.
type None struct{}

// Open fails with ErrNotConfigured.
func (None) Open(_ context.Context, bucket, key string) (Object, error) {
	return Object{}, fmt.Errorf("%s cannot be read: %w", uri(bucket, key), ErrNotConfigured)
}

// List fails with ErrNotConfigured.
func (None) List(_ context.Context, bucket, prefix, _ string, _ int) ([]Entry, error) {
	return nil, fmt.Errorf("%s cannot be listed: %w", uri(bucket, prefix), ErrNotConfigured)
}

// Put fails with ErrNotConfigured.
func (None) Put(_ context.Context, bucket, key string, _ []byte) error {
	return fmt.Errorf("%s cannot be written: %w", uri(bucket, key), ErrNotConfigured)
}

// ReadAll returns the whole of an object of at most limit bytes. It fails as
// Open does, or with ErrTooLarge.
func ReadAll(ctx context.Context, s Store, bucket, key string, limit int64) ([]byte, error) {
	o, err := s.Open(ctx, bucket, key)
	if err != nil {
		return nil, err
	}
	defer o.Body.Close()
	if o.Size > limit {
		return nil, fmt.Errorf("%w: %s has %d bytes, at most %d are read", ErrTooLarge, uri(bucket, key), o.Size, limit)
	}
	data, err := io.ReadAll(io.LimitReader(o.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", uri(bucket, key), err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: %s has more than the %d bytes that are read", ErrTooLarge, uri(bucket, key), limit)
	}
	return data, nil
}

// checkBucket refuses names that no bucket has, in any store.
func checkBucket(bucket string) error {
	if !bucketName(bucket) {
		return fmt.Errorf("%w: %q is not a bucket name (3 to 63 lower-case letters, digits, dots and hyphens)", ErrNoBucket, bucket)
	}
	return nil
}

// checkNames refuses names that no bucket or object has, in any store.
func checkNames(bucket, key string) error {
	if err := checkBucket(bucket); err != nil {
		return err
	}
	return checkKey(key)
}

const maxKey = 1024 // bytes, S3 user guide

func checkKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("%w: the key is empty", ErrNoKey)
	case len(key) > maxKey:
		return fmt.Errorf("%w: the key has %d bytes; a key has at most %d", ErrNoKey, len(key), maxKey)
	case !utf8.ValidString(key):
		return fmt.Errorf("%w: the key is not valid UTF-8", ErrNoKey)
	}
	return nil
}

// bucketName is the S3 user guide's rule for general purpose buckets.
func bucketName(s string) bool {
	const alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"
	return len(s) >= 3 && len(s) <= 63 && strings.Trim(s, alphanumeric+".-") == "" && strings.Trim(s, ".-") == s
}

func uri(bucket, key string) string { return fmt.Sprintf("%q", "s3://"+bucket+"/"+key) }
