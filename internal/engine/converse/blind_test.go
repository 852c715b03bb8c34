package converse_test

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/converse/conversetest"
)

// TestBlind: a model that cannot see is sent no image. It is not asked about an
// image alone, and told of one beside a text.
func TestBlind(t *testing.T) {
	const noSight = "The language model of this server cannot look at images. Say in words what the image shows, attach a text, or ask the administrator for a model that sees."
	for _, mode := range []converse.Mode{converse.Creator, converse.Orchestrated} {
		model := conversetest.Says("never asked")
		r := ask(t, &converse.Turn{Mode: mode, Model: true, Blind: true, Files: []converse.File{image()}}, model, nil)
		if r.Shown != noSight || !r.Final.NoAnswer || len(model.Asked) != 0 {
			t.Errorf("alone: %q after %d requests", r.Shown, len(model.Asked))
		}

		model = conversetest.Says("70 euros [1].")
		r = ask(t, &converse.Turn{Mode: mode, Model: true, Blind: true, Files: []converse.File{image(), file(true)}}, model, nil)
		last := model.Asked[0].Messages[len(model.Asked[0].Messages)-1]
		if len(last.Images) != 0 || !strings.Contains(last.Text, "that you cannot look at") || !strings.Contains(last.Text, "photo.png") {
			t.Errorf("beside a text: %d images\n%s", len(last.Images), last.Text)
		}
		if r.Shown != "70 euros." || cited(r.Final) != "f1" {
			t.Errorf("%q cites %q", r.Shown, cited(r.Final))
		}
	}

	earlier := image()
	earlier.New = false
	model := conversetest.Says("Hello.")
	r := ask(t, &converse.Turn{Mode: converse.Creator, Model: true, Blind: true, Files: []converse.File{earlier}}, model, nil)
	if last := model.Asked[0].Messages[0]; r.Shown != "Hello." || len(last.Images) != 0 || strings.Contains(last.Text, "photo.png") {
		t.Errorf("an earlier image: %q\n%s", r.Shown, last.Text)
	}
}
