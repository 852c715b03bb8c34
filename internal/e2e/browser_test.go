package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSignInInChromium follows a challenge in a real browser. The page has to be
// styled: what its own Content-Security-Policy kept out would show in the log.
// PARLEY_TEST_PICTURES names a directory to keep the picture in.
func TestSignInInChromium(t *testing.T) {
	needs(t, "Chromium", "chromium", "--version")
	k, _, _ := guarded(t, "")
	out := k.say(t, nil, askOpen)
	dir := t.TempDir()
	if kept := os.Getenv("PARLEY_TEST_PICTURES"); kept != "" {
		dir = kept
	}
	picture := filepath.Join(dir, "signed-in.png")
	command := []string{
		"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--log-level=0", "--user-data-dir=" + t.TempDir(),
		"--window-size=800,600", "--screenshot=" + picture, challenged(t, out),
	}
	_, log, err := output(t.Context(), dir, os.Environ(), command...)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the browser complains: %s", line)
		}
	}
	if info, err := os.Stat(picture); err != nil || info.Size() < 1000 {
		t.Errorf("there is no picture: %v", err)
	}
	answered(t, k.say(t, out, askOpen))
}
