package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/tiny anew")

// written is the files that a run writes.
func written() []string {
	return []string{"types_gen.go", "enums_gen.go", "shapes_gen.go", "operations_gen.go"}
}

// TestGenerateTiny compares what is written for a tiny model with
// testdata/tiny.
func TestGenerateTiny(t *testing.T) {
	out := t.TempDir()
	if err := run("testdata/tiny.json", "testdata/tiny.txt", "", "zoo", out); err != nil {
		t.Fatal(err)
	}
	for _, name := range written() {
		golden, got := filepath.Join("testdata", "tiny", name+".golden"), read(t, filepath.Join(out, name))
		if *update {
			write(t, golden, got)
		}
		if diff := cmp.Diff(read(t, golden), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestGeneratedPackagesAreFresh: package api, and the package of the protocol tests, are
// what the models and the generator make today.
func TestGeneratedPackagesAreFresh(t *testing.T) {
	const root = "../../"
	for pkg, m := range map[string]struct{ model, families, family, dir string }{
		"api": {"model/qbusiness.json", "model/families.txt", "", "internal/core/api"},
		"restjson1": {"internal/edge/wire/testdata/restjson1/model.json", "internal/edge/wire/testdata/restjson1/families.txt",
			"", "internal/edge/wire/internal/restjson1"},
		"secretsmanager": {"model/secretsmanager.json", "", "secretstore", "internal/core/api/secretsmanager"},
		"iam":            {"model/iam.json", "", "principal", "internal/core/api/iam"},
		"sts":            {"model/sts.json", "", "session", "internal/core/api/sts"},
		"ssooidc":        {"model/sso-oauth.json", "", "identitycenter", "internal/core/api/ssooidc"},
		"ssoadmin":       {"model/sso.json", "", "identitycenter", "internal/core/api/ssoadmin"},
		"identitystore":  {"model/identitystore.json", "", "identitycenter", "internal/core/api/identitystore"},
		"awsquery":       {"internal/edge/wire/testdata/awsquery/model.json", "", "wire", "internal/edge/wire/internal/awsquery"},
	} {
		out := t.TempDir()
		if err := run(root+m.model, root+m.families, m.family, pkg, out); err != nil {
			t.Fatal(err)
		}
		for _, name := range written() {
			if read(t, filepath.Join(root, m.dir, name)) != read(t, filepath.Join(out, name)) {
				t.Errorf("%s/%s is not what the model makes: run go generate ./%s", m.dir, name, m.dir)
			}
		}
	}
}

// TestRefusals: a model that is not wholly understood is refused, by name.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name     string
		change   func(m map[string]any)
		families string
		want     string
	}{
		{"a trait nobody knows", set("shapes.Name.uniqueItems", true), "", `unknown field "uniqueItems"`},
		{"a kind nobody knows", set("shapes.Grams.type", "bigDecimal"), "", `shape Grams: unknown type "bigDecimal"`},
		{"a pattern Go cannot compile", set("shapes.CageId.pattern", "a{0,5000}"), "", `shape CageId: smithy: pattern "a{0,5000}" needs a matcher written by hand`},
		{"a dangling member", set("shapes.Animal.members.name.shape", "Nome"), "", "shape Animal: member name has unknown shape Nome"},
		{"a requirement of nothing", set("shapes.Animal.required", []any{"nome"}), "", "shape Animal: requires a member nome that it does not have"},
		{"an unknown input", set("operations.FeedAnimal.input", "Nothing"), "", "operation FeedAnimal: unknown input or output"},
		{"two shapes of one name", set("shapes.FeedAnimalInput", map[string]any{"type": "structure", "members": map[string]any{}}), "", "would both be named FeedAnimalInput"},
		{"a protocol nobody knows", set("protocol", "restXml"), "", `unknown protocol "restXml"`},
		{"a target without its protocol", set("target", "zoo"), "", `the target "zoo": awsJson1_1 has one, and no other protocol`},
		{"awsJson1_1 without a target", set("protocol", "awsJson1_1"), "", `the target "": awsJson1_1 has one, and no other protocol`},
		{"awsQuery without a namespace", set("protocol", "awsQuery"), "", `the xmlns "": awsQuery has one, and no other protocol`},
		{"a namespace without its protocol", set("xmlns", "https://zoo.example/"), "", `the xmlns "https://zoo.example/": awsQuery has one, and no other protocol`},
		{"an auth nobody knows", set("operations.FeedAnimal.auth", "bearer"), "", `operation FeedAnimal: unknown auth "bearer"`},
		{"an access nobody knows", set("operations.FeedAnimal.access", "all"), "", `operation FeedAnimal: unknown access "all"`},
		{"an operation without a family", nil, "FeedAnimal care\n", "operation GetAnimalUrl belongs to no family"},
		{"a family of an unknown operation", nil, "FeedAnimals care\n", `"FeedAnimals care": want one line for each operation of the model, with its family`},
		{"an operation of two families", nil, "FeedAnimal care\nFeedAnimal show\n", `"FeedAnimal show": want one line for each operation`},
		{"a family with two words", nil, "FeedAnimal care show\n", `"FeedAnimal care show": want one line for each operation`},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			model, families := filepath.Join(dir, "model.json"), filepath.Join(dir, "families.txt")
			var m map[string]any
			if err := json.Unmarshal([]byte(read(t, "testdata/tiny.json")), &m); err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(m)
			}
			if test.families == "" {
				test.families = read(t, "testdata/tiny.txt")
			}
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			write(t, model, string(b))
			write(t, families, test.families)
			err = run(model, families, "", "zoo", dir)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "types_gen.go")); err == nil {
				t.Error("something was written all the same")
			}
		})
	}
}

// set returns a change of one value in a model, by its path.
func set(path string, value any) func(map[string]any) {
	keys := strings.Split(path, ".")
	return func(m map[string]any) {
		for _, key := range keys[:len(keys)-1] {
			m = m[key].(map[string]any)
		}
		m[keys[len(keys)-1]] = value
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMissingFiles(t *testing.T) {
	if err := run("testdata/none.json", "testdata/tiny.txt", "", "zoo", t.TempDir()); !os.IsNotExist(err) {
		t.Errorf("no model: %v", err)
	}
	if err := run("testdata/tiny.json", "testdata/none.txt", "", "zoo", t.TempDir()); err == nil || !strings.Contains(err.Error(), "none.txt") {
		t.Errorf("no families: %v", err)
	}
}

func TestGoName(t *testing.T) {
	for name, want := range map[string]string{
		"applicationId": "ApplicationID", "clientIdsForOIDC": "ClientIDsForOIDC", "s3": "S3", "displayName": "DisplayName",
		"CreateAnonymousWebExperienceUrl": "CreateAnonymousWebExperienceURL", "samlMetadataXML": "SAMLMetadataXML", "arn": "ARN",
		"encryptionConfiguration": "EncryptionConfiguration", "kmsKeyId": "KMSKeyID", "identityCenterApplicationArn": "IdentityCenterApplicationARN",
		"customCSSUrl": "CustomCSSURL", "resourceARN": "ResourceARN",
	} {
		if got := goName(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for value, want := range map[string]string{
		"JIRA_CLOUD": "JiraCloud", "OPEN_API_V3": "OpenAPIV3", "AWS_IAM_IDP_SAML": "AwsIAMIDPSAML", "a-b.c": "ABC", "FORCE1": "Force1",
	} {
		if got := enumName(value); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
