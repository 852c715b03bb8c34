// Package folder is the DIRECTORY kind of data source: a folder on the server,
// beneath one of the roots that the operator opened.
//
// It owns which folders may be read and what their documents' IDs are. Patterns,
// sidecars, the ACL file and the crawl are those of tree. Files are reached
// through an os.Root, so that no symbolic link leads out of the folder.
package folder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/tree"
)

// Kind is DIRECTORY.
type Kind struct{}

// Type is DIRECTORY.
func (Kind) Type() string { return "DIRECTORY" }

// endpoint is the part of a configuration that is the folder's own.
type endpoint struct {
	Connection struct {
		Metadata struct {
			Path string `json:"path"`
		} `json:"repositoryEndpointMetadata"`
	} `json:"connectionConfiguration"`
}

const pathField = "connectionConfiguration.repositoryEndpointMetadata.path"

// Check returns what is wrong with a configuration. Whether the folder may be
// read, Open says.
func (k Kind) Check(config json.RawMessage) []connector.Problem {
	_, _, problems := k.read(config)
	return problems
}

func (k Kind) read(config json.RawMessage) (string, tree.Options, []connector.Problem) {
	options, problems := tree.Read(config)
	settings, _ := connector.SettingsOf(config)
	if settings.Type != k.Type() && len(problems) == 0 {
		problems = append(problems, connector.Problem{Field: "type", Message: fmt.Sprintf("is %q, not DIRECTORY", settings.Type)})
	}
	var e endpoint
	if wrong := connector.Decode(config, &e); wrong != nil {
		return "", options, append(problems, wrong...)
	}
	path := e.Connection.Metadata.Path
	switch {
	case path == "":
		problems = append(problems, connector.Problem{Field: pathField, Message: "is missing"})
	case !filepath.IsAbs(path) || strings.ContainsRune(path, 0):
		problems = append(problems, connector.Problem{Field: pathField, Message: fmt.Sprintf("%q is not a whole path, such as /srv/docs", path)})
	}
	return filepath.Clean(path), options, problems
}

var errNoFolders = errors.New("no folders of this server may be read by data sources of this account: start it with --folders DIR, or ACCOUNT=DIR where it is not the server's own")

// Open makes a Source of the folder's files.
func (k Kind) Open(ctx context.Context, config json.RawMessage, env connector.Env) (connector.Source, error) {
	path, options, problems := k.read(config)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the configuration's %s %s", problems[0].Field, problems[0].Message)
	}
	root, within, err := beneath(env.Folders, path)
	if err != nil {
		return nil, err
	}
	f := &files{root, within}
	if err := f.try(); err != nil {
		return nil, err
	}
	base := "file://" + strings.TrimSuffix(filepath.ToSlash(path), "/") + "/"
	return &tree.Source{Files: f, Options: options, Base: base, Log: env.Log}, ctx.Err()
}

// beneath finds the root that a path is, or lies beneath, and the way from there.
func beneath(roots []string, path string) (root, within string, err error) {
	if len(roots) == 0 {
		return "", "", errNoFolders
	}
	for _, r := range roots {
		within, err := filepath.Rel(filepath.Clean(r), path)
		if err == nil && filepath.IsLocal(within) {
			return r, within, nil
		}
	}
	return "", "", fmt.Errorf("the folder %q is beneath none of those that may be read; the operator can open it with --folders", path)
}

// files are those of a folder, which is opened each time: a source is not
// closed.
type files struct{ root, within string }

// List lists the folder.
func (f *files) List(ctx context.Context, prefix, after string, limit int) ([]blob.Entry, error) {
	folder, err := f.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	return folder.List(ctx, prefix, after, limit)
}

// Open opens a file of the folder.
func (f *files) Open(ctx context.Context, key string) (blob.Object, error) {
	folder, err := f.open()
	if err != nil {
		return blob.Object{}, err
	}
	defer func() { _ = folder.Close() }()
	return folder.Open(ctx, key)
}

// try says whether the folder can be opened, before anything is crawled.
func (f *files) try() error {
	folder, err := f.open()
	if err != nil {
		return err
	}
	return folder.Close()
}

func (f *files) open() (*blob.Folder, error) {
	folder, err := blob.OpenFolder(f.root, f.within)
	if errors.Is(err, blob.ErrNoBucket) {
		return nil, fmt.Errorf("there is no folder %q on this server", filepath.Join(f.root, f.within))
	}
	return folder, err
}
