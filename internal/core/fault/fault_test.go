package fault

import "testing"

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"no such object: \"s3://b/k\"":    "No such object: \"s3://b/k\".",
		"The members cannot be read.":     "The members cannot be read.",
		"äpfel sind aus":                  "Äpfel sind aus.",
		"is it there?":                    "Is it there?",
		"\xff is no character of a text!": "\uFFFD is no character of a text!",
	} {
		if got := Sentence(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
