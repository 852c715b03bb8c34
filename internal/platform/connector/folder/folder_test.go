package folder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/connectortest"
	"github.com/parleyhq/parley/internal/platform/connector/folder"
)

func config(path, more string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"DIRECTORY","connectionConfiguration":{"repositoryEndpointMetadata":{"path":%q}},"additionalProperties":{"maxFileSizeInMegaBytes":"1"%s}}`, path, more))
}

func env(roots ...string) connector.Env {
	return connectortest.Env(connector.Env{Folders: roots, Log: slog.New(slog.DiscardHandler)})
}

// write writes a file, later than the one before it: a file system tells times
// apart only so far.
func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	before, err := os.Stat(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err == nil {
		then := before.ModTime().Add(time.Second)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
}

// state is every path beneath root, with its mode, size and times.
func state(t *testing.T, root string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&all, path, info.Mode(), info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestKind(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.World {
		root := t.TempDir()
		path := filepath.Join(root, "docs")
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		return &connectortest.World{
			Kind: folder.Kind{}, Config: config(path, ""), Env: env(root), MaxSize: 1 << 20,
			Put:    func(name, text string) { write(t, path, name, text) },
			Remove: func(name string) { remove(t, filepath.Join(path, name)) },
			Break:  func(name string) { lock(t, filepath.Join(path, name)) },
			ID:     func(name string) string { return "file://" + path + "/" + name },
			State:  func() string { return state(t, root) },
		}
	})
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// lock makes a file fail when it is read: by its rights, or, for root, who has
// them all, by a sidecar that cannot be read.
func lock(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		return
	}
	write(t, filepath.Dir(path), filepath.Base(path)+".metadata.json", "this is no JSON")
}

func TestCheck(t *testing.T) {
	const path = "connectionConfiguration.repositoryEndpointMetadata.path"
	for _, tt := range []struct {
		config string
		want   []connector.Problem
	}{
		{string(config("/srv/docs", "")), nil},
		{`{"type":"DIRECTORY"}`, []connector.Problem{{Field: path, Message: "is missing"}}},
		{string(config("docs", "")), []connector.Problem{{Field: path, Message: `"docs" is not a whole path, such as /srv/docs`}}},
		{`{"type":"S3","connectionConfiguration":{"repositoryEndpointMetadata":{"path":"/srv"}}}`, []connector.Problem{{Field: "type", Message: `is "S3", not DIRECTORY`}}},
	} {
		if diff := cmp.Diff(tt.want, folder.Kind{}.Check(json.RawMessage(tt.config))); diff != "" {
			t.Errorf("%s: %s", tt.config, diff)
		}
	}
}

// crawl returns the IDs of all items.
func crawl(t *testing.T, config json.RawMessage, roots ...string) ([]string, error) {
	t.Helper()
	source, err := folder.Kind{}.Open(t.Context(), config, env(roots...))
	if err != nil {
		return nil, err
	}
	var ids []string
	return ids, source.Crawl(t.Context(), "", func(_ context.Context, it connector.Item) error {
		ids = append(ids, it.ID)
		return it.Err
	}, func(string) error { return nil })
}

func TestOnlyBeneathTheRoots(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	write(t, root, "docs/a.txt", "a")
	write(t, outside, "secret.txt", "canary")
	if err := os.Symlink(outside, filepath.Join(root, "way-out")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path  string
		roots []string
		want  string // in the error; empty for none
	}{
		{root + "/docs", []string{root}, ""},
		{root + "/docs/", []string{root + "/docs"}, ""},
		{root, []string{"/nowhere", root + "/"}, ""},
		{root + "/docs", nil, "start it with --folders DIR"},
		{outside, []string{root}, "beneath none of those that may be read"},
		{root + "/../" + filepath.Base(outside), []string{root}, "beneath none"},
		{root + "/docs/../../..", []string{root}, "beneath none"},
		{root + "x", []string{root}, "beneath none"},
		{root + "/way-out", []string{root}, "leads out"},
		{root + "/nowhere", []string{root}, "there is no folder"},
		{root + "/docs/a.txt", []string{root}, "there is no folder"},
	} {
		ids, err := crawl(t, config(tt.path, ""), tt.roots...)
		switch {
		case tt.want == "" && (err != nil || len(ids) != 1 || !strings.HasSuffix(ids[0], "/docs/a.txt")):
			t.Errorf("%s beneath %q: %q, %v", tt.path, tt.roots, ids, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s beneath %q: %v, want %q", tt.path, tt.roots, err, tt.want)
		}
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	root, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret.txt")
	for _, name := range []string{"a.txt", ".hidden", ".git/config", "sub/.env", "sub/b.txt", "b.txt.metadata.json"} {
		write(t, root, name, "x")
	}
	write(t, filepath.Dir(outside), "secret.txt", "canary")
	for name, target := range map[string]string{"out.txt": outside, "dangling.txt": "nothing", "inside.txt": "sub/b.txt", "loop": ".", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	ids, err := crawl(t, config(root, ""), root)
	if err != nil {
		t.Fatal(err)
	}
	base := "file://" + root + "/"
	if diff := cmp.Diff([]string{base + "a.txt", base + "inside.txt", base + "sub/b.txt"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestFolderThatCannotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything; tree has the same test on other files")
	}
	root := t.TempDir()
	write(t, root, "a.txt", "a")
	write(t, root, "closed/b.txt", "b")
	if err := os.Chmod(filepath.Join(root, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(root, "closed"), 0o755) })
	ids, err := crawl(t, config(root, ""), root)
	if !errors.Is(err, connector.ErrPartial) || len(ids) != 1 {
		t.Errorf("%q, %v", ids, err)
	}
}
