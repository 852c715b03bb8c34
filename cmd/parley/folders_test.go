package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFolders: a folder is the server's own account's unless another is named.
func TestFolders(t *testing.T) {
	papers, err := filepath.Abs("papers")
	if err != nil {
		t.Fatal(err)
	}
	c := serveCmd{Account: "000000000000", Folders: []string{"/srv/a", "papers", "111122223333=/srv/b/", "/srv/x=y", "1=/srv"}}
	got, err := c.folders()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Abs("1=/srv")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"000000000000": {"/srv/a", papers, "/srv/x=y", relative}, "111122223333": {"/srv/b"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
