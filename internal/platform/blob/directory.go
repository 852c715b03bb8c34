package blob

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Dir is a directory as a Store: each folder in it is a bucket, each regular
// file in that an object whose key is its path (see Folder).
type Dir struct{ root *os.Root }

// Directory opens root as a Store. Close lets go of it.
func Directory(root string) (*Dir, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("open the directory of buckets: %w", err)
	}
	return &Dir{r}, nil
}

// Close closes the directory; objects that are open stay so.
func (d *Dir) Close() error { return d.root.Close() }

// Open opens a file. What is not a regular file is not an object.
func (d *Dir) Open(ctx context.Context, bucket, key string) (Object, error) {
	f, err := d.folder(ctx, bucket)
	if err != nil {
		return Object{}, err
	}
	defer func() { _ = f.Close() }()
	return f.Open(ctx, key)
}

// List walks the bucket's folder.
func (d *Dir) List(ctx context.Context, bucket, prefix, after string, limit int) ([]Entry, error) {
	f, err := d.folder(ctx, bucket)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return f.List(ctx, prefix, after, limit)
}

// Put writes a file in the bucket's folder, which exists.
func (d *Dir) Put(ctx context.Context, bucket, key string, data []byte) error {
	f, err := d.folder(ctx, bucket)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Put(ctx, key, data)
}

// folder opens a bucket.
func (d *Dir) folder(ctx context.Context, bucket string) (*Folder, error) {
	if err := errors.Join(ctx.Err(), checkBucket(bucket)); err != nil {
		return nil, err
	}
	f := &Folder{base: "s3://" + bucket + "/"}
	root, err := d.root.OpenRoot(bucket)
	if err != nil {
		return nil, f.explain(err, ErrNoBucket, "")
	}
	f.root = root
	return f, nil
}
