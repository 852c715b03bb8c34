package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Dir is a directory as a Store: each folder in it is a bucket, each regular
// file in that an object whose key is its path. No key leads out of its
// bucket, by ".." or by symbolic link.
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
	if err := errors.Join(ctx.Err(), checkNames(bucket, key)); err != nil {
		return Object{}, err
	}
	if err := checkPath(bucket, key); err != nil {
		return Object{}, err
	}
	folder, err := d.root.OpenRoot(bucket)
	if err != nil {
		return Object{}, d.explain(err, ErrNoBucket, bucket, key)
	}
	defer func() { _ = folder.Close() }()
	info, err := folder.Stat(key)
	if err != nil {
		return Object{}, d.explain(err, ErrNoKey, bucket, key)
	}
	if !info.Mode().IsRegular() { // opening a named pipe would wait for a writer
		return Object{}, fmt.Errorf("%w: %s is not a file in %s", ErrNoKey, uri(bucket, key), d.root.Name())
	}
	f, err := folder.Open(key)
	if err != nil {
		return Object{}, d.explain(err, ErrNoKey, bucket, key)
	}
	etag := strconv.FormatInt(info.ModTime().UnixNano(), 16) + "-" + strconv.FormatInt(info.Size(), 16)
	return Object{Body: f, Size: info.Size(), ETag: etag, LastModified: info.ModTime()}, nil
}

// checkPath refuses keys that S3 tells apart and a file system does not:
// "a//b", "a/./b" and "x/../a/b" are three objects there, and one file here.
func checkPath(bucket, key string) error {
	odd := func(segment string) bool { return segment == "" || segment == "." || segment == ".." }
	if slices.ContainsFunc(strings.Split(key, "/"), odd) || strings.ContainsRune(key, 0) {
		return fmt.Errorf("%w: %s has an empty, \".\" or \"..\" part, which a directory of buckets cannot hold", ErrNoKey, uri(bucket, key))
	}
	return nil
}

// explain turns an error of the file system into one of this package; absent is
// what "does not exist" means here. An os.Root reports a path that leads out
// with an error that holds no errno and has no name.
func (d *Dir) explain(err, absent error, bucket, key string) error {
	var errno syscall.Errno
	known := errors.As(err, &errno)
	switch {
	case errors.Is(err, fs.ErrNotExist), errno == syscall.ENOTDIR, errno == syscall.ENAMETOOLONG:
		return fmt.Errorf("%w: %s is not in %s", absent, uri(bucket, key), d.root.Name())
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: the server may not read the file of %s", ErrDenied, uri(bucket, key))
	case !known:
		return fmt.Errorf("%w: %s leads out of its bucket", ErrDenied, uri(bucket, key))
	}
	return fmt.Errorf("open %s: %w", uri(bucket, key), err)
}
