package secretstore

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
)

// TestWhatPoliciesAskAboutASecret: its whole ARN, whatever part was given, and
// its tags, in its own account and Region alone.
func TestWhatPoliciesAskAboutASecret(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		made := must(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{
			Name: "team/jira", SecretString: new("x"), Tags: []secretsmanager.Tag{{Key: new("team"), Value: new("search")}},
		})
		whole := *made.ARN
		partial := whole[:strings.LastIndexByte(whole, '-')]
		for given, want := range map[string]string{
			whole: whole, partial: whole,
			partial + "x":              partial + "x",
			whole[:len(whole)-1] + "!": whole[:len(whole)-1] + "!",
			strings.Replace(partial, us, "999999999999", 1):       strings.Replace(partial, us, "999999999999", 1),
			strings.Replace(partial, "us-east-1", "eu-west-1", 1): strings.Replace(partial, "us-east-1", "eu-west-1", 1),
			"arn:aws:secretsmanager":                              "arn:aws:secretsmanager",
			partial + "\x00":                                      partial + "\x00",
		} {
			got, err := v.FullARN(t.Context(), given)
			if err != nil || got != want {
				t.Errorf("%q: %q, %v; want %q", given, got, err, want)
			}
			tags, err := v.TagsOf(t.Context(), given)
			var wanted map[string]string
			if want == whole {
				wanted = map[string]string{"team": "search"}
			}
			if diff := cmp.Diff(wanted, tags); diff != "" || err != nil {
				t.Errorf("tags of %q: %v (-want +got):\n%s", given, err, diff)
			}
		}
	})
}
