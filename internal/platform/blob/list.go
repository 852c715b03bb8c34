package blob

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// List walks the folder in the order of keys and returns a part of them. A
// folder within that cannot be read is an entry whose Err says so.
func (f *Folder) List(ctx context.Context, prefix, after string, limit int) ([]Entry, error) {
	l := &listing{folder: f, prefix: prefix, after: after, limit: limit}
	if err := l.walk(ctx, ""); err != nil {
		return nil, err
	}
	return l.entries, nil
}

// listing is one call of List under way.
type listing struct {
	folder        *Folder
	prefix, after string
	limit         int
	entries       []Entry
}

// walk lists what is in dir, which is "" or ends in a slash.
func (l *listing) walk(ctx context.Context, dir string) error {
	names, err := l.names(dir)
	if err != nil {
		return l.missing(dir, err)
	}
	for _, n := range names {
		if len(l.entries) >= l.limit {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		switch key := dir + n.key; {
		case !utf8.ValidString(key), len(key) > maxKey, isDraft(key):
		case n.dir && l.mayHold(key):
			if err := l.walk(ctx, key); err != nil {
				return err
			}
		case !n.dir && key > l.after && strings.HasPrefix(key, l.prefix):
			l.add(key)
		}
	}
	return nil
}

// name is an entry of a folder as it sorts among keys: with a slash if it is a
// folder itself.
type name struct {
	key string
	dir bool
}

func (l *listing) names(dir string) ([]name, error) {
	f, err := l.folder.root.Open(cmp.Or(strings.TrimSuffix(dir, "/"), "."))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	entries, err := f.ReadDir(-1)
	names := make([]name, 0, len(entries))
	for _, e := range entries {
		n := name{e.Name(), e.IsDir()}
		if n.dir {
			n.key += "/"
		}
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b name) int { return strings.Compare(a.key, b.key) })
	return names, err
}

// missing decides what a folder that cannot be read means: at the root the end,
// below it an entry, and nothing when it went away meanwhile.
func (l *listing) missing(dir string, err error) error {
	absent := ErrNoKey
	if dir == "" {
		absent = ErrNoBucket
	}
	explained := l.folder.explain(err, absent, dir)
	switch {
	case dir == "":
		return explained
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	if dir > l.after && strings.HasPrefix(dir, l.prefix) {
		l.entries = append(l.entries, Entry{Key: dir, Err: explained})
	}
	return nil
}

// mayHold reports whether keys beneath a folder can be in the list.
func (l *listing) mayHold(dir string) bool {
	return (strings.HasPrefix(dir, l.prefix) || strings.HasPrefix(l.prefix, dir)) &&
		(dir > l.after || strings.HasPrefix(l.after, dir))
}

// add appends the file at key, if it is one: links that lead out, devices and
// what has just gone are none.
func (l *listing) add(key string) {
	info, err := l.folder.root.Stat(key)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	l.entries = append(l.entries, Entry{Key: key, Size: info.Size(), ETag: etagOf(info), LastModified: info.ModTime()})
}
