package e2e

import "testing"

// TestConversation runs clients/python/converse.py: two people hold conversations
// over documents, with files, controls and a plugin, without a language model.
func TestConversation(t *testing.T) {
	t.Parallel()
	needs(t, "boto3 that knows qbusiness", "python3", "-c", `import boto3; assert "qbusiness" in boto3.Session().get_available_services()`)
	script := absolute(t, "clients/python/converse.py")
	onEach(t, func(t *testing.T, database string) {
		d := newDesk(t)
		s := open(t, database, "--outbound-allow", d.URL)
		s.drives(t, "the assistant", "", "python3", script, file(t, d.document(t, "")), s.token(t, "anna@example.com"), s.token(t, "ben@example.com"))
	})
}
