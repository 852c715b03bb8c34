package assembly

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/parleyhq/parley/internal/resource/secretstore"
)

func TestAWSSecrets(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:jira"
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Amz-Target"); got != "secretsmanager.GetSecretValue" {
			t.Errorf("asked for %s", got)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write([]byte(`{"SecretString":"kept afar"}`))
	}))
	defer aws.Close()
	for name, tt := range map[string]struct {
		secrets AWSSecrets
		opens   bool
		want    string
		err     error
	}{
		"nowhere":            {AWSSecrets{}, true, "", secretstore.ErrForeign},
		"no credential":      {AWSSecrets{Endpoint: aws.URL, Region: "us-east-1"}, true, "", secretstore.ErrForeign},
		"an endpoint":        {AWSSecrets{Endpoint: aws.URL, Region: "us-east-1", AccessKeyID: "a", Secret: "b"}, true, "kept afar", nil},
		"no URL":             {AWSSecrets{Endpoint: "localstack:4566", Region: "us-east-1", AccessKeyID: "a", Secret: "b"}, false, "", nil},
		"an unreadable one":  {AWSSecrets{Endpoint: "http://a b", Region: "us-east-1", AccessKeyID: "a", Secret: "b"}, false, "", nil},
		"another's endpoint": {AWSSecrets{Endpoint: "ftp://a", Region: "us-east-1", AccessKeyID: "a", Secret: "b"}, false, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(state(""))
			c.Secrets = tt.secrets
			s, err := New(t.Context(), c)
			if (err == nil) != tt.opens {
				t.Fatalf("error %v, want it to open: %t", err, tt.opens)
			}
			if err != nil {
				return
			}
			defer s.Close()
			got, err := s.Values.Value(t.Context(), c.Root.Account+":us-east-1", arn)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if _, err := s.Values.Value(t.Context(), "444455556666:us-east-1", arn); !errors.Is(err, secretstore.ErrForeign) {
				t.Errorf("another account's application: %v", err)
			}
		})
	}
}
