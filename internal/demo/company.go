package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The outside company, and the tenant that the customer is to it.
const (
	company     = "210987654321"
	companyRole = "arn:aws:iam::" + company + ":role/partner"
	tenantTag   = "qbusiness-dataaccessor:ExternalId"
	tenant      = "tenant-1"
)

// outsideCompany lets another company search for a person: under its data
// accessor's filter, as one tenant, and only for what was granted.
func (d *demo) outsideCompany(ctx context.Context) error {
	d.heading("Let an outside company search for Anna, among documents for partners")
	admin, err := d.companyAdmin(ctx)
	if err != nil {
		return err
	}
	accessor, err := d.admitCompany(ctx)
	if err != nil {
		return err
	}
	tagged, err := d.assume(ctx, admin, "")
	if err != nil {
		return err
	}
	assertion, err := d.issuer.token(anna, tenant)
	if err != nil {
		return err
	}
	d.command("aws sso-oidc create-token-with-iam --client-id " + accessor + " --grant-type urn:ietf:params:oauth:grant-type:jwt-bearer --assertion $TOKEN")
	token, err := d.client.as(tagged).json(ctx, "sso-oauth", "POST", "/token?aws_iam=t", http.Header{}, document{
		"clientId": accessor, "grantType": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion,
	})
	if err != nil {
		return err
	}
	speaking, err := identityContext(token)
	if err != nil {
		return err
	}
	key, err := d.assume(ctx, admin, speaking)
	if err != nil {
		return err
	}
	return d.search(ctx, d.client.as(key), "the company, for Anna", "handbook")
}

// companyAdmin makes the company's account on this server, and the role that its
// software runs as.
func (d *demo) companyAdmin(ctx context.Context) (*client, error) {
	d.command("parley principal add --account " + company + " --role admin --policy arn:aws:iam::aws:policy/AdministratorAccess")
	out, err := d.tool(ctx, "principal", "add", "--account", company, "--role", "admin", "--policy", "arn:aws:iam::aws:policy/AdministratorAccess")
	if err != nil {
		return nil, err
	}
	admin := d.client.as(keyIn(out))
	d.command("aws iam create-role --role-name partner --assume-role-policy-document file://trust.json   # as the company")
	var none struct{}
	err = admin.form(ctx, "iam", url.Values{
		"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {"partner"},
		"AssumeRolePolicyDocument": {statement(`"Principal": {"AWS": "` + company + `"}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetContext"]`)},
	}, &none)
	if err != nil {
		return nil, err
	}
	return admin, admin.form(ctx, "iam", url.Values{
		"Action": {"PutRolePolicy"}, "Version": {"2010-05-08"}, "RoleName": {"partner"}, "PolicyName": {"search"},
		"PolicyDocument": {statement(`"Action": ["qbusiness:SearchRelevantContent", "sso-oauth:CreateTokenWithIAM", "sts:SetContext"], "Resource": "*"`)},
	}, &none)
}

func statement(rest string) string {
	return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", ` + rest + `}]}`
}

// keyIn reads the long-term key of an AWS credentials file.
func keyIn(file []byte) (key aws.Credentials) {
	for lines := bufio.NewScanner(bytes.NewReader(file)); lines.Scan(); {
		switch name, value, _ := strings.Cut(lines.Text(), " = "); name {
		case "aws_access_key_id":
			key.AccessKeyID = value
		case "aws_secret_access_key":
			key.SecretAccessKey = value
		}
	}
	return key
}

// admitCompany is the customer's side: whose tokens are trusted, which documents
// the company may find, and the permission itself. It returns the Identity Center
// application of the data accessor.
func (d *demo) admitCompany(ctx context.Context) (accessor string, err error) {
	d.command("aws sso-admin create-trusted-token-issuer --name partner --trusted-token-issuer-type OIDC_JWT …   # issuer " + d.issuer.url)
	out, err := d.client.target(ctx, "sso", "SWBExternalService.CreateTrustedTokenIssuer", document{
		"InstanceArn": d.lib.center, "Name": "partner", "TrustedTokenIssuerType": "OIDC_JWT",
		"TrustedTokenIssuerConfiguration": document{"OidcJwtConfiguration": document{
			"IssuerUrl": d.issuer.url, "ClaimAttributePath": "email", "IdentityStoreAttributePath": "emails.value",
			"JwksRetrievalOption": "OPEN_ID_DISCOVERY",
		}},
	})
	if err != nil {
		return "", err
	}
	d.command("aws qbusiness create-data-accessor --application-id " + d.lib.app + " --principal " + companyRole + " --display-name partner" +
		" \\\n      --action-configurations file://only-for-partners.json --authentication-detail file://issuer.json")
	made, err := d.client.call(ctx, "POST", "/applications/"+d.lib.app+"/dataaccessors", document{
		"principal": companyRole, "displayName": "partner",
		"actionConfigurations": []document{{
			"action": "qbusiness:SearchRelevantContent",
			"filterConfiguration": document{"documentAttributeFilter": document{
				"equalsTo": document{"name": "audience", "value": document{"stringValue": "partners"}},
			}},
		}},
		"authenticationDetail": document{
			"authenticationType": "AWS_IAM_IDC_TTI", "externalIds": []string{tenant},
			"authenticationConfiguration": document{"idcTrustedTokenIssuerConfiguration": document{"idcTrustedTokenIssuerArn": out["TrustedTokenIssuerArn"]}},
		},
	})
	if err != nil {
		return "", err
	}
	accessor, _ = made["idcApplicationArn"].(string)
	_, err = d.client.target(ctx, "sso", "SWBExternalService.PutApplicationAssignmentConfiguration", document{"ApplicationArn": accessor, "AssignmentRequired": false})
	if err != nil {
		return "", err
	}
	return accessor, d.associate(ctx)
}

// assume takes a session of the company's role for the tenant, which speaks for
// a person when it is given their identity context.
func (d *demo) assume(ctx context.Context, admin *client, speaking string) (key aws.Credentials, err error) {
	in := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {companyRole}, "RoleSessionName": {"backend"},
		"Tags.member.1.Key": {tenantTag}, "Tags.member.1.Value": {tenant},
	}
	context := ""
	if speaking != "" {
		context = " \\\n      --provided-contexts ProviderArn=arn:aws:iam::aws:contextProvider/IdentityCenter,ContextAssertion=$CONTEXT"
		in.Set("ProvidedContexts.member.1.ProviderArn", "arn:aws:iam::aws:contextProvider/IdentityCenter")
		in.Set("ProvidedContexts.member.1.ContextAssertion", speaking)
	}
	d.command("aws sts assume-role --role-arn " + companyRole + " --role-session-name backend --tags Key=" + tenantTag + ",Value=" + tenant + context)
	var out struct {
		Key sessionKey `xml:"AssumeRoleResult>Credentials"`
	}
	err = admin.form(ctx, "sts", in, &out)
	return out.Key.credentials(), err
}

// identityContext takes from an id token what makes a session speak for its
// subject.
func identityContext(token document) (string, error) {
	id, _ := token["idToken"].(string)
	parts := strings.Split(id, ".")
	if len(parts) != 3 {
		return "", errors.New("the answer has no id token")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", fmt.Errorf("the id token: %w", err)
	}
	var claims struct {
		Context string `json:"sts:identity_context"`
	}
	return claims.Context, json.Unmarshal(raw, &claims)
}

// associate grants the company's role one action, under a condition.
func (d *demo) associate(ctx context.Context) error {
	d.command("aws qbusiness associate-permission --application-id " + d.lib.app + ` --statement-id partner \
      --actions qbusiness:SearchRelevantContent --principal ` + companyRole + ` \
      --conditions conditionOperator=StringEquals,conditionKey=aws:PrincipalTag/` + tenantTag + ",conditionValues=" + tenant)
	_, err := d.client.call(ctx, "POST", "/applications/"+d.lib.app+"/policy", document{
		"statementId": "partner",
		"actions":     []string{"qbusiness:SearchRelevantContent"},
		"principal":   companyRole,
		"conditions": []document{{
			"conditionOperator": "StringEquals",
			"conditionKey":      "aws:PrincipalTag/" + tenantTag,
			"conditionValues":   []string{tenant},
		}},
	})
	return err
}
