package assembly

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/resource/secretstore"
)

// AWSSecrets says how AWS Secrets Manager is reached for the secrets of the
// server's own account that are not in the store. The zero value: it is not.
type AWSSecrets struct {
	AccessKeyID string
	Secret      string
	Endpoint    string // URL of what speaks the protocol elsewhere; empty: AWS's own
	Region      string // that Endpoint wants signatures for
}

// open opens the way out to it: that of plugins, and to the endpoint.
func (a AWSSecrets) open(c Config) (*secretstore.Remote, error) {
	if a.AccessKeyID == "" {
		return secretstore.NewRemote(secretstore.RemoteConfig{Now: c.Now}), nil
	}
	policy, err := c.Outbound.policy()
	if err != nil {
		return nil, err
	}
	if a.Endpoint != "" {
		origin, err := originOf(a.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("the Secrets Manager endpoint: %w", err)
		}
		policy.Allow = append(policy.Allow, origin)
	}
	return secretstore.NewRemote(secretstore.RemoteConfig{
		Account: c.Root.Account, Endpoint: a.Endpoint, Region: a.Region,
		Credentials: credentials.NewStaticCredentialsProvider(a.AccessKeyID, a.Secret, ""),
		HTTP:        outbound.New(policy, c.Log).HTTP(), Now: c.Now,
	}), nil
}
