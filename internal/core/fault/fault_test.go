package fault

import "testing"

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"no such object: \"s3://b/k\"":    "No such object: \"s3://b/k\".",
		"The members cannot be read.":     "The members cannot be read.",
		"äpfel sind aus":                  "Äpfel sind aus.",
		"is it there?":                    "Is it there?",
		"\xff is no character of a text!": "\xff is no character of a text!",
		"s3://b/k: no such object":        "s3://b/k: no such object.",
		"roleArn is missing":              "roleArn is missing.",
		"denied, as it seems":             "Denied, as it seems.",
		" ":                               " .",
	} {
		if got := Sentence(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
