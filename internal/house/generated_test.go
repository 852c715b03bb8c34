package house

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const directive = "//go:generate go run "

// TestGeneratedCodeReproduces runs every go:generate directive into an empty
// folder: what is kept has to be what the generator writes today.
func TestGeneratedCodeReproduces(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the generator")
	}
	house, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	generator := filepath.Join(t.TempDir(), "gen")
	if out, err := exec.Command("go", "build", "-o", generator, "../gen").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	found := 0
	for _, f := range house.files {
		for line := range strings.Lines(house.texts[f.path]) {
			if command, ok := strings.CutPrefix(line, directive); ok && !f.test {
				found++
				t.Run(f.pkg, func(t *testing.T) { reproduces(t, generator, f.pkg, strings.Fields(command)[1:]) })
			}
		}
	}
	if found == 0 {
		t.Error("there is no go:generate directive")
	}
}

func reproduces(t *testing.T, generator, pkg string, args []string) {
	fresh, kept := t.TempDir(), filepath.Join("../..", pkg)
	out := slices.Index(args, "-out")
	if out < 0 || out+1 == len(args) {
		t.Fatalf("%q does not say -out", args)
	}
	args[out+1] = fresh
	run := exec.Command(generator, args...)
	run.Dir = kept
	if text, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want, got := generatedIn(t, fresh), generatedIn(t, kept)
	if len(want) == 0 {
		t.Fatal("the generator wrote nothing")
	}
	for name := range got {
		if want[name] == nil {
			t.Errorf("%s/%s is not generated any more: remove it", pkg, name)
		}
	}
	for name, text := range want {
		if !bytes.Equal(text, got[name]) {
			t.Errorf("%s/%s is not what the generator writes: run make generate, and never edit it by hand", pkg, name)
		}
	}
}

// generatedIn reads the generated files of a folder.
func generatedIn(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{}
	for _, name := range names {
		if texts[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}
