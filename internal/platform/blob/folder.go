package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Folder is a folder of files as one bucket: a key is the path of a regular
// file. No key leads out of it, by ".." or by symbolic link. A link to a file
// within is that file; a link to a folder is not followed by List.
type Folder struct {
	root *os.Root
	base string // what comes before a key in errors: s3://bucket/, or a path
}

// OpenFolder opens path, which lies beneath root: no symbolic link on the way
// leads out of root. It fails with ErrNoBucket or ErrDenied.
func OpenFolder(root, path string) (*Folder, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("%w: the folder %q cannot be opened", ErrNoBucket, root)
	}
	defer func() { _ = r.Close() }()
	f := &Folder{base: filepath.Join(root, path) + "/"}
	if info, err := r.Stat(path); err != nil {
		return nil, f.explain(err, ErrNoBucket, "")
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%w: %q is not a folder", ErrNoBucket, f.base)
	}
	if f.root, err = r.OpenRoot(path); err != nil {
		return nil, f.explain(err, ErrNoBucket, "")
	}
	return f, nil
}

// Close closes the folder; objects that are open stay so.
func (f *Folder) Close() error { return f.root.Close() }

// Open opens a file. What is not a regular file is not an object.
func (f *Folder) Open(ctx context.Context, key string) (Object, error) {
	if err := errors.Join(ctx.Err(), f.checkPath(key)); err != nil {
		return Object{}, err
	}
	info, err := f.root.Stat(key)
	if err != nil {
		return Object{}, f.explain(err, ErrNoKey, key)
	}
	if !info.Mode().IsRegular() { // opening a device may do something
		return Object{}, fmt.Errorf("%w: %s is not a file", ErrNoKey, f.uri(key))
	}
	file, err := f.root.OpenFile(key, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe that is there by now would wait for a writer
	if err != nil {
		return Object{}, f.explain(err, ErrNoKey, key)
	}
	if info, err = file.Stat(); err != nil || !info.Mode().IsRegular() {
		return Object{}, errors.Join(fmt.Errorf("%w: %s is not a file", ErrNoKey, f.uri(key)), file.Close())
	}
	return Object{Body: file, Size: info.Size(), ETag: etagOf(info), LastModified: info.ModTime()}, nil
}

// etagOf is when a file was written, and its size.
func etagOf(info fs.FileInfo) string {
	return strconv.FormatInt(info.ModTime().UnixNano(), 16) + "-" + strconv.FormatInt(info.Size(), 16)
}

// Put writes a file beside the one it replaces, and then moves it there.
func (f *Folder) Put(ctx context.Context, key string, data []byte) error {
	if err := errors.Join(ctx.Err(), f.checkPath(key)); err != nil {
		return err
	}
	if err := f.root.MkdirAll(path.Dir(key), 0o750); err != nil {
		return f.explain(err, ErrDenied, key)
	}
	draft := path.Join(path.Dir(key), draftPrefix+rand.Text())
	if err := f.root.WriteFile(draft, data, 0o640); err != nil {
		return f.explain(err, ErrDenied, key)
	}
	if err := f.root.Rename(draft, key); err != nil {
		_ = f.root.Remove(draft)
		return f.explain(err, ErrDenied, key)
	}
	return nil
}

// draftPrefix begins the names of files that are being put. They are no objects.
const draftPrefix = ".parley-put-"

func isDraft(key string) bool { return strings.HasPrefix(path.Base(key), draftPrefix) }

// checkPath refuses keys that S3 tells apart and a file system does not:
// "a//b", "a/./b" and "x/../a/b" are three objects there, and one file here.
func (f *Folder) checkPath(key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	odd := func(segment string) bool { return segment == "" || segment == "." || segment == ".." }
	if slices.ContainsFunc(strings.Split(key, "/"), odd) || strings.ContainsRune(key, 0) {
		return fmt.Errorf("%w: %s has an empty, \".\" or \"..\" part, which a directory of buckets cannot hold", ErrNoKey, f.uri(key))
	}
	if isDraft(key) {
		return fmt.Errorf("%w: names that begin with %s are those of files being written", ErrNoKey, draftPrefix)
	}
	return nil
}

// explain turns an error of the file system into one of this package; absent is
// what "does not exist" means here. An os.Root reports a path that leads out
// with an error that holds no errno and has no name.
func (f *Folder) explain(err, absent error, key string) error {
	var errno syscall.Errno
	known := errors.As(err, &errno)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrExist), errno == syscall.ENOTDIR, errno == syscall.ENAMETOOLONG, errno == syscall.EISDIR:
		return fmt.Errorf("%w: %s", absent, f.uri(key))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: the server may not reach the file of %s", ErrDenied, f.uri(key))
	case !known:
		return fmt.Errorf("%w: %s leads out of its bucket", ErrDenied, f.uri(key))
	}
	return fmt.Errorf("open %s: %w", f.uri(key), err)
}

func (f *Folder) uri(key string) string { return strconv.Quote(f.base + key) }
