package demo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// library is what the documents' part of the demo made so far.
type library struct {
	center, store string // Identity Center instance and its identity store

	app, index, retriever string
}

// The two people, and what each of them must and must not find.
const (
	anna = "anna@example.com"
	ben  = "ben@example.com"
)

// papers are the documents of the demo, and who may read them.
var papers = []struct {
	id, title, text, audience string
	readers                   document // an accessControls entry; nil: everyone
}{
	{"handbook", "Holiday handbook", "Everybody has thirty days of holiday a year. Ask your team lead two weeks ahead.", "partners", nil},
	{"salaries", "Salary bands", "The salary band of an engineer begins at 70,000 a year. Holiday pay comes on top.", "staff", person(anna)},
	{"roadmap", "Roadmap", "The printer firmware ships in May. No holiday for the release team in April.", "staff", group("engineering")},
}

func person(id string) document {
	return document{"principals": []document{{"user": document{"id": id, "access": "ALLOW", "membershipType": "INDEX"}}}}
}

func group(name string) document {
	return document{"principals": []document{{"group": document{"name": name, "access": "ALLOW", "membershipType": "INDEX"}}}}
}

// createLibrary makes an application for people whom the server knows, with an
// index and a retriever.
func (d *demo) createLibrary(ctx context.Context) error {
	d.heading("Make an application for people, an index and a retriever")
	d.command("aws sso-admin list-instances")
	out, err := d.client.target(ctx, "sso", "SWBExternalService.ListInstances", document{})
	if err != nil {
		return err
	}
	instances, _ := out["Instances"].([]any)
	if len(instances) != 1 {
		return fmt.Errorf("the account has %d Identity Center instances, not one", len(instances))
	}
	instance, _ := instances[0].(document)
	d.lib.center, _ = instance["InstanceArn"].(string)
	d.lib.store, _ = instance["IdentityStoreId"].(string)
	for _, address := range []string{anna, ben} {
		name := strings.ToUpper(address[:1]) + strings.TrimSuffix(address[1:], "@example.com")
		d.command("aws identitystore create-user --identity-store-id " + d.lib.store + " --user-name " + address + " --display-name " + name +
			" \\\n      --name GivenName=" + name + ",FamilyName=Example --emails Value=" + address + ",Primary=true")
		_, err := d.client.target(ctx, "identitystore", "AWSIdentityStore.CreateUser", document{
			"IdentityStoreId": d.lib.store, "UserName": address, "DisplayName": name,
			"Name": document{"GivenName": name, "FamilyName": "Example"}, "Emails": []document{{"Value": address, "Primary": true}},
		})
		if err != nil {
			return err
		}
	}
	d.command("aws qbusiness create-application --display-name library --identity-type AWS_IAM_IDC --identity-center-instance-arn " + d.lib.center)
	if d.lib.app, err = d.create(ctx, "/applications", "applicationId", document{
		"displayName": "library", "identityType": "AWS_IAM_IDC", "identityCenterInstanceArn": d.lib.center,
	}); err != nil {
		return err
	}
	return d.createIndex(ctx)
}

// createIndex makes the index, its attribute, and its retriever.
func (d *demo) createIndex(ctx context.Context) (err error) {
	d.command("aws qbusiness create-index --application-id " + d.lib.app + " --display-name papers")
	if d.lib.index, err = d.create(ctx, "/applications/"+d.lib.app+"/indices", "indexId", document{"displayName": "papers"}); err != nil {
		return err
	}
	d.command("aws qbusiness update-index --application-id " + d.lib.app + " --index-id " + d.lib.index +
		" \\\n      --document-attribute-configurations name=audience,type=STRING,search=ENABLED")
	_, err = d.client.call(ctx, "PUT", "/applications/"+d.lib.app+"/indices/"+d.lib.index, document{
		"documentAttributeConfigurations": []document{{"name": "audience", "type": "STRING", "search": "ENABLED"}},
	})
	if err != nil {
		return err
	}
	d.command("aws qbusiness create-retriever --application-id " + d.lib.app + " --type NATIVE_INDEX --display-name papers" +
		" \\\n      --configuration nativeIndexConfiguration={indexId=" + d.lib.index + "}")
	d.lib.retriever, err = d.create(ctx, "/applications/"+d.lib.app+"/retrievers", "retrieverId", document{
		"type": "NATIVE_INDEX", "displayName": "papers", "configuration": document{"nativeIndexConfiguration": document{"indexId": d.lib.index}},
	})
	return err
}

// create makes something and returns its ID, which it prints.
func (d *demo) create(ctx context.Context, path, id string, in document) (string, error) {
	out, err := d.client.call(ctx, "POST", path, in)
	if err != nil {
		return "", err
	}
	made, _ := out[id].(string)
	return made, d.show(out, id)
}

// putDocuments puts the papers, one for everyone, one for Anna, one for a group
// that Ben is in.
func (d *demo) putDocuments(ctx context.Context) error {
	d.heading("Put a document for everyone, one for Anna, and one for a group that Ben is in")
	d.command("aws qbusiness put-group --application-id " + d.lib.app + " --index-id " + d.lib.index + " --group-name engineering --type INDEX" +
		" \\\n      --group-members memberUsers=[{userId=" + ben + ",type=INDEX}]")
	_, err := d.client.call(ctx, "PUT", "/applications/"+d.lib.app+"/indices/"+d.lib.index+"/groups", document{
		"groupName": "engineering", "type": "INDEX", "groupMembers": document{"memberUsers": []document{{"userId": ben, "type": "INDEX"}}},
	})
	if err != nil {
		return err
	}
	var batch []document
	for _, p := range papers {
		paper := document{
			"id": p.id, "title": p.title, "contentType": "PLAIN_TEXT",
			"content":    document{"blob": base64.StdEncoding.EncodeToString([]byte(p.text))},
			"attributes": []document{{"name": "audience", "value": document{"stringValue": p.audience}}},
		}
		if p.readers != nil {
			paper["accessConfiguration"] = document{"accessControls": []document{p.readers}}
		}
		batch = append(batch, paper)
	}
	shown, err := json.MarshalIndent(batch[1], "      ", "  ")
	if err != nil {
		return err
	}
	d.command("aws qbusiness batch-put-document --application-id " + d.lib.app + " --index-id " + d.lib.index + " --documents file://papers.json   # of which one is\n      " + string(shown))
	out, err := d.client.call(ctx, "POST", "/applications/"+d.lib.app+"/indices/"+d.lib.index+"/documents", document{"documents": batch})
	if err != nil {
		return err
	}
	if failed, _ := out["failedDocuments"].([]any); len(failed) > 0 {
		return fmt.Errorf("documents were refused: %v", failed)
	}
	return d.indexed(ctx)
}

// indexed waits until every paper can be found.
func (d *demo) indexed(ctx context.Context) error {
	d.command("aws qbusiness list-documents --application-id " + d.lib.app + " --index-id " + d.lib.index)
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		out, err := d.client.call(ctx, "GET", "/applications/"+d.lib.app+"/index/"+d.lib.index+"/documents", nil)
		if err != nil {
			return err
		}
		states := map[any]int{}
		listed, _ := out["documentDetailList"].([]any)
		for _, entry := range listed {
			one, _ := entry.(document)
			states[one["status"]]++
		}
		if states["INDEXED"] == len(papers) {
			d.say("    %d documents, INDEXED", len(papers))
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not every document was indexed in time: %v", states)
		}
	}
}

// searchAsTwo asks the same as Anna and as Ben: each finds what they may see.
func (d *demo) searchAsTwo(ctx context.Context) error {
	d.heading("Ask the same as Anna and as Ben: each finds what they may see")
	if err := d.searchAs(ctx, anna, "handbook", "salaries"); err != nil {
		return err
	}
	return d.searchAs(ctx, ben, "handbook", "roadmap")
}

func (d *demo) searchAs(ctx context.Context, address string, want ...string) error {
	key, err := d.session(ctx, address)
	if err != nil {
		return err
	}
	return d.search(ctx, d.client.as(key), address, want...)
}

// session is one that speaks for a person, minted beside the server.
func (d *demo) session(ctx context.Context, address string) (key aws.Credentials, err error) {
	d.command("parley user token --user " + address)
	out, err := d.tool(ctx, "user", "token", "--user", address, "--json")
	if err != nil {
		return key, err
	}
	var minted sessionKey
	if err := json.Unmarshal(out, &minted); err != nil {
		return key, fmt.Errorf("parley user token: %w", err)
	}
	return minted.credentials(), nil
}

// sessionKey is the key of a session as STS and the tools that mint one write it.
type sessionKey struct {
	ID     string `json:"AccessKeyId"     xml:"AccessKeyId"`
	Secret string `json:"SecretAccessKey" xml:"SecretAccessKey"`
	Token  string `json:"SessionToken"    xml:"SessionToken"`
}

func (k sessionKey) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret, SessionToken: k.Token}
}

// tool runs another of Parley's commands on the server's data directory.
func (d *demo) tool(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, d.Program, append(args, "--data", d.data)...)
	cmd.Env = []string{"HOME=" + d.data}
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("parley %s: %w: %s", strings.Join(args[:2], " "), err, exit.Stderr)
	}
	return out, err
}

// search asks about holidays, and fails unless exactly the documents wanted are
// found.
func (d *demo) search(ctx context.Context, c *client, who string, want ...string) error {
	const question = "How much holiday do I have?"
	d.command(fmt.Sprintf("aws qbusiness search-relevant-content --application-id %s --query-text %q", d.lib.app, question) +
		" \\\n      --content-source retriever={retrieverId=" + d.lib.retriever + "}   # as " + who)
	out, err := c.call(ctx, "POST", "/applications/"+d.lib.app+"/relevant-content", document{
		"queryText": question, "contentSource": document{"retriever": document{"retrieverId": d.lib.retriever}},
	})
	if err != nil {
		return err
	}
	var found []string
	hits, _ := out["relevantContent"].([]any)
	for _, entry := range hits {
		hit, _ := entry.(document)
		score, _ := hit["scoreAttributes"].(document)
		d.say("    %-18v %-10v %v", hit["documentTitle"], score["scoreConfidence"], hit["content"])
		found = append(found, fmt.Sprint(hit["documentId"]))
	}
	if slices.Sort(found); !slices.Equal(found, want) {
		return fmt.Errorf("%s finds %q, not %q", who, found, want)
	}
	return nil
}
