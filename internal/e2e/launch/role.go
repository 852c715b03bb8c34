package launch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The role that plugins are given to read their secrets, as an administrator
// would make it.
const (
	roleName  = "plugin"
	roleTrust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	roleReads = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}`
)

// Role makes the service role of plugins in the account of the key, unless it is
// there, and returns its ARN.
func Role(ctx context.Context, endpoint string, key aws.Credentials, account string) (arn string, err error) {
	for _, call := range []url.Values{
		{"Action": {"CreateRole"}, "RoleName": {roleName}, "AssumeRolePolicyDocument": {roleTrust}},
		{"Action": {"PutRolePolicy"}, "RoleName": {roleName}, "PolicyName": {"reads"}, "PolicyDocument": {roleReads}},
	} {
		if err := iam(ctx, endpoint, key, call); err != nil && !strings.Contains(err.Error(), "EntityAlreadyExists") {
			return "", err
		}
	}
	return "arn:aws:iam::" + account + ":role/" + roleName, nil
}

// iam calls an operation of IAM.
func iam(ctx context.Context, endpoint string, key aws.Credentials, call url.Values) error {
	call.Set("Version", "2010-05-08")
	body := call.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/", strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "iam", Region, time.Now()); err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", call.Get("Action"), answer.Status, said)
	}
	return err
}
