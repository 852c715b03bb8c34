package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
)

// shelf is an index with a retriever.
type shelf struct {
	*site
	app, index, retriever string
}

// shelf makes an index in an application, with the attribute area.
func (s *site) shelf(t *testing.T, app string) *shelf {
	t.Helper()
	index := must(s.CreateIndex(t.Context(), &qbusiness.CreateIndexInput{ApplicationId: &app, DisplayName: new("docs")}))(t).IndexId
	must(s.UpdateIndex(t.Context(), &qbusiness.UpdateIndexInput{ApplicationId: &app, IndexId: index, DocumentAttributeConfigurations: []types.DocumentAttributeConfiguration{
		{Name: new("area"), Type: types.AttributeTypeString},
	}}))(t)
	retriever := must(s.CreateRetriever(t.Context(), &qbusiness.CreateRetrieverInput{
		ApplicationId: &app, DisplayName: new("find"), Type: types.RetrieverTypeNativeIndex,
		Configuration: &types.RetrieverConfigurationMemberNativeIndexConfiguration{Value: types.NativeIndexConfiguration{IndexId: index}},
	}))(t).RetrieverId
	return &shelf{site: s, app: app, index: *index, retriever: *retriever}
}

// paper is a document of plain text, of an area, for one person or (empty) for
// everybody.
func paper(id, content, area, only string) types.Document {
	d := types.Document{
		Id: &id, ContentType: types.ContentTypePlainText, Content: &types.DocumentContentMemberBlob{Value: []byte(content)},
		Attributes: []types.DocumentAttribute{{Name: new("area"), Value: &types.DocumentAttributeValueMemberStringValue{Value: area}}},
	}
	if only != "" {
		d.AccessConfiguration = &types.AccessConfiguration{AccessControls: []types.AccessControl{{
			Principals: []types.Principal{&types.PrincipalMemberUser{Value: types.PrincipalUser{Id: &only, Access: types.ReadAccessTypeAllow}}},
		}}}
	}
	return d
}

// put puts documents, and waits until they are indexed.
func (s *shelf) put(t *testing.T, docs ...types.Document) {
	t.Helper()
	out := must(s.BatchPutDocument(t.Context(), &qbusiness.BatchPutDocumentInput{ApplicationId: &s.app, IndexId: &s.index, Documents: docs}))(t)
	if len(out.FailedDocuments) > 0 {
		t.Fatalf("%+v", out.FailedDocuments)
	}
	eventually(t, "the documents are indexed", func() bool {
		list := must(s.ListDocuments(t.Context(), &qbusiness.ListDocumentsInput{ApplicationId: &s.app, IndexId: &s.index}))(t).DocumentDetailList
		return len(list) >= len(docs) && !slices.ContainsFunc(list, func(d types.DocumentDetails) bool {
			return d.Status != types.DocumentStatusIndexed && d.Status != types.DocumentStatusUpdated
		})
	})
}

func (s *shelf) query(text string) *qbusiness.SearchRelevantContentInput {
	return &qbusiness.SearchRelevantContentInput{
		ApplicationId: &s.app, QueryText: &text,
		ContentSource: &types.ContentSourceMemberRetriever{Value: types.RetrieverContentSource{RetrieverId: &s.retriever}},
	}
}

// finds demands that the key's search finds these documents, page by page.
func (s *shelf) finds(t *testing.T, key aws.Credentials, in *qbusiness.SearchRelevantContentInput, want ...string) {
	t.Helper()
	in.MaxResults = new(int32(2))
	var got []string
	for pages := qbusiness.NewSearchRelevantContentPaginator(client(s.server.Endpoint, key), in); pages.HasMorePages(); {
		for _, found := range must(pages.NextPage(t.Context()))(t).RelevantContent {
			got = append(got, *found.DocumentId)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q (-want +got):\n%s", *in.QueryText, diff)
	}
}

func inArea(name string) *types.AttributeFilter {
	return &types.AttributeFilter{EqualsTo: &types.DocumentAttribute{Name: new("area"), Value: &types.DocumentAttributeValueMemberStringValue{Value: name}}}
}

// TestWhoFindsWhat: two people and somebody who names nobody, also after the
// server was killed, and once a document is deleted.
func TestWhoFindsWhat(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		s := open(t, database)
		k := s.shelf(t, s.people(t))
		k.put(t,
			paper("menu", "On Friday the canteen has soup.", "canteen", ""),
			paper("ann-menu", "What Ann eats in the canteen: noodles.", "canteen", "ann@example.com"),
			paper("bob-menu", "Bob brings bread to the canteen.", "kitchen", "Bob@Example.com"))
		s.query(t, s.server.Key, "iam", "CreateRole", nil, "RoleName", "people", "AssumeRolePolicyDocument",
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+homeAccount+`"},"Action":["sts:AssumeRole","sts:TagSession"]}}`)
		s.query(t, s.server.Key, "iam", "PutRolePolicy", nil, "RoleName", "people", "PolicyName", "search",
			"PolicyDocument", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"qbusiness:SearchRelevantContent","Resource":"*"}}`)
		as := func(name string) aws.Credentials {
			return s.assume(t, s.server.Key, "arn:aws:iam::"+homeAccount+":role/people", name, "Email", name+"@example.com")
		}
		for range 2 {
			k.finds(t, s.server.Key, k.query("canteen"), "menu")
			k.finds(t, as("ann"), k.query("canteen"), "ann-menu", "menu")
			k.finds(t, as("bob"), k.query("canteen"), "bob-menu", "menu")
			narrowed := k.query("canteen")
			narrowed.AttributeFilter = inArea("kitchen")
			k.finds(t, as("bob"), narrowed, "bob-menu")
			k.finds(t, as("ann"), narrowed)
			s.crash(t)
			k.Client = client(s.server.Endpoint, s.server.Key)
		}
		must(k.BatchDeleteDocument(t.Context(), &qbusiness.BatchDeleteDocumentInput{ApplicationId: &k.app, IndexId: &k.index, Documents: []types.DeleteDocument{{DocumentId: new("menu")}}}))(t)
		eventually(t, "the document is gone", func() bool {
			return len(must(k.SearchRelevantContent(t.Context(), k.query("canteen")))(t).RelevantContent) == 0
		})
		k.finds(t, as("ann"), k.query("canteen"), "ann-menu")
		_, err := k.SearchRelevantContent(t.Context(), k.query(""))
		if e := fails[*types.ValidationException](t, err); len(e.Fields) != 1 || *e.Fields[0].Name != "queryText" {
			t.Errorf("%v", e)
		}
	})
}

// TestAnOutsideCompanyFinds what the person may see for whom it asks, under its
// data accessor's filter.
func TestAnOutsideCompanyFinds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		issuer := oidctest.New(t)
		s := open(t, database, "--outbound-allow", issuer.URL)
		o := s.outside(t, issuer)
		k := s.shelf(t, o.app)
		k.put(t,
			paper("offer", "An offer of apples for everybody.", "shared", ""),
			paper("margin", "The margin of our offer of apples.", "own", ""),
			paper("ann-offer", "Only Ann gets apples as cheap as this.", "shared", "ann@customer.example"),
			paper("bob-offer", "Bob's crate with apples waits.", "shared", "bob@customer.example"))
		ann, bob := o.speaksFor(t, "ann"), o.speaksFor(t, "bob")
		k.finds(t, ann, k.query("apples"), "ann-offer", "offer")
		k.finds(t, bob, k.query("apples"), "bob-offer", "offer")
		wider := k.query("apples")
		wider.AttributeFilter = inArea("own")
		k.finds(t, ann, wider)
		_, err := client(s.server.Endpoint, o.session(t)).SearchRelevantContent(t.Context(), k.query("apples"))
		if e := fails[*types.AccessDeniedException](t, err); !strings.Contains(*e.Message, "identity-aware credentials") {
			t.Errorf("for nobody: %s", *e.Message)
		}
		must(s.DeleteDataAccessor(t.Context(), &qbusiness.DeleteDataAccessorInput{ApplicationId: &o.app, DataAccessorId: &o.accessor}))(t)
		_, err = client(s.server.Endpoint, ann).SearchRelevantContent(t.Context(), k.query("apples"))
		if e := fails[*types.AccessDeniedException](t, err); !strings.Contains(*e.Message, "has no data accessor") {
			t.Errorf("without an accessor: %s", *e.Message)
		}
	})
}

// outsider is a company that may search an application of another.
type outsider struct {
	*site
	issuer                *oidctest.Issuer // of the company's users
	key                   aws.Credentials  // of its administrator
	role                  string
	app, accessor, center string
}

const tenantOf = "qbusiness-dataaccessor:ExternalId"

// outside lets a company in, for the shared area, whose users are known by the
// tokens of its own issuer.
func (s *site) outside(t *testing.T, issuer *oidctest.Issuer) *outsider {
	t.Helper()
	o := &outsider{site: s, issuer: issuer, role: "arn:aws:iam::" + partnerAccount + ":role/search"}
	o.key = s.keyOf(t, partnerAccount, "admin", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	s.query(t, o.key, "iam", "CreateRole", nil, "RoleName", "search", "AssumeRolePolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+partnerAccount+`"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetContext"]}}`)
	s.query(t, o.key, "iam", "PutRolePolicy", nil, "RoleName", "search", "PolicyName", "search", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["qbusiness:SearchRelevantContent","sso-oauth:CreateTokenWithIAM","sts:SetContext"],"Resource":"*"}}`)
	for _, name := range []string{"ann", "bob"} {
		s.addUser(t, name, name+"@customer.example", "correct horse battery staple")
	}
	instance := s.target(t, "ListInstances", map[string]any{})["Instances"].([]any)[0].(map[string]any)["InstanceArn"].(string)
	o.app = *must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("staff"), IdentityCenterInstanceArn: &instance}))(t).ApplicationId
	trusted := s.target(t, "CreateTrustedTokenIssuer", map[string]any{
		"InstanceArn": instance, "Name": "company", "TrustedTokenIssuerType": "OIDC_JWT",
		"TrustedTokenIssuerConfiguration": map[string]any{"OidcJwtConfiguration": map[string]any{
			"IssuerUrl": issuer.URL, "ClaimAttributePath": "email", "IdentityStoreAttributePath": "emails.value", "JwksRetrievalOption": "OPEN_ID_DISCOVERY",
		}},
	})["TrustedTokenIssuerArn"].(string)
	made := must(s.CreateDataAccessor(t.Context(), &qbusiness.CreateDataAccessorInput{
		ApplicationId: &o.app, DisplayName: new("company"), Principal: &o.role,
		ActionConfigurations: []types.ActionConfiguration{{
			Action: new("qbusiness:SearchRelevantContent"), FilterConfiguration: &types.ActionFilterConfiguration{DocumentAttributeFilter: inArea("shared")},
		}},
		AuthenticationDetail: &types.DataAccessorAuthenticationDetail{
			AuthenticationType: types.DataAccessorAuthenticationTypeAwsIamIdcTti, ExternalIds: []string{"tenant-1"},
			AuthenticationConfiguration: &types.DataAccessorAuthenticationConfigurationMemberIdcTrustedTokenIssuerConfiguration{
				Value: types.DataAccessorIdcTrustedTokenIssuerConfiguration{IdcTrustedTokenIssuerArn: &trusted},
			},
		},
	}))(t)
	o.accessor, o.center = *made.DataAccessorId, *made.IdcApplicationArn
	s.target(t, "PutApplicationAssignmentConfiguration", map[string]any{"ApplicationArn": o.center, "AssignmentRequired": false})
	must(s.AssociatePermission(t.Context(), &qbusiness.AssociatePermissionInput{
		ApplicationId: &o.app, StatementId: new("company"), Actions: []string{"qbusiness:SearchRelevantContent"}, Principal: &o.role,
		Conditions: []types.PermissionCondition{{
			ConditionOperator: types.PermissionConditionOperatorStringEquals, ConditionKey: new("aws:PrincipalTag/" + tenantOf), ConditionValues: []string{"tenant-1"},
		}},
	}))(t)
	return o
}

// target calls an operation of Identity Center's administration.
func (s *site) target(t *testing.T, operation string, in map[string]any) map[string]any {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.Endpoint+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "SWBExternalService."+operation)
	s.sign(t, signing{service: "sso"}, req, body)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := read(t, resp)
	if a.status != http.StatusOK {
		t.Fatalf("%s: %d %s", operation, a.status, a.text)
	}
	return a.body
}

// session is one of the company's role for the tenant, which speaks for nobody.
func (o *outsider) session(t *testing.T) aws.Credentials {
	t.Helper()
	return o.assume(t, o.key, o.role, "backend", tenantOf, "tenant-1")
}

// speaksFor is a session that speaks for a user of the company's issuer.
func (o *outsider) speaksFor(t *testing.T, name string) aws.Credentials {
	t.Helper()
	assertion := o.issuer.Sign(oidc.Claims{"aud": "tenant-1", "sub": name, "email": name + "@customer.example"})
	body := fmt.Sprintf(`{"clientId":%q,"grantType":"urn:ietf:params:oauth:grant-type:jwt-bearer","assertion":%q}`, o.center, assertion)
	a := o.send(t, signing{key: o.session(t), service: "sso-oauth"}, http.MethodPost, "/token?aws_iam=t", "application/json", []byte(body))
	id, _ := a.body["idToken"].(string)
	parts := strings.Split(id, ".")
	if a.status != http.StatusOK || len(parts) != 3 {
		t.Fatalf("no token for %s: %d %s", name, a.status, a.text)
	}
	var claims struct {
		Context string `json:"sts:identity_context"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out assumed
	o.query(t, o.key, "sts", "AssumeRole", &out, "RoleArn", o.role, "RoleSessionName", "backend", "Tags.member.1.Key", tenantOf, "Tags.member.1.Value", "tenant-1",
		"ProvidedContexts.member.1.ProviderArn", "arn:aws:iam::aws:contextProvider/IdentityCenter", "ProvidedContexts.member.1.ContextAssertion", claims.Context)
	return aws.Credentials{AccessKeyID: out.Key.AccessKeyID, SecretAccessKey: out.Key.SecretAccessKey, SessionToken: out.Key.SessionToken}
}

// assumed is the answer to AssumeRole.
type assumed struct {
	Key struct {
		AccessKeyID     string `xml:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
	} `xml:"AssumeRoleResult>Credentials"`
}
