package secretstore

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const (
	us     = "111122223333"
	tenant = us + ":us-east-1"
)

// vault is a store of secrets under test, with its clock.
type vault struct {
	*Service
	clock *storetest.Clock
	calls *op.Registry
}

func each(t *testing.T, test func(t *testing.T, v *vault)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newVault(db, clock)) }, storetest.WithClock(clock.Now))
}

func newVault(db *store.DB, clock *storetest.Clock) *vault {
	keys := seal.Random()
	v := &vault{
		Service: &Service{DB: db, Keys: keys, Pages: page.New(keys), Jobs: job.New(db, slog.New(slog.DiscardHandler), clock.Now)},
		clock:   clock, calls: &op.Registry{Access: optest.Anyone{}, Replays: optest.NoTokens{}},
	}
	v.Mount(v.calls)
	return v
}

func must[In, Out any](t *testing.T, v *vault, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, v.calls, optest.Root(us), o, in)
}

// refused demands an error of that code, whose message begins so.
func refused[In, Out any](t *testing.T, v *vault, o *smithy.Operation[In, Out], in *In, code fault.Code, message string) {
	t.Helper()
	_, err := optest.Call(t, v.calls, optest.Root(us), o, in)
	f := fault.As(err)
	if f == nil || f.Code != code || !strings.HasPrefix(f.Message, message) {
		t.Errorf("got  %v\nwant %s: %s", err, code, message)
	}
}

func (v *vault) create(t *testing.T, name, text string) *secretsmanager.CreateSecretOutput {
	t.Helper()
	return must(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: name, SecretString: &text})
}

func (v *vault) put(t *testing.T, id, text string, stages ...string) string {
	t.Helper()
	out := must(t, v, secretsmanager.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretID: id, SecretString: &text, VersionStages: stages})
	return *out.VersionID
}

// value is the text of a version, by its label.
func (v *vault) value(t *testing.T, id, label string) string {
	t.Helper()
	return *must(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: id, VersionStage: &label}).SecretString
}

func token(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

func TestLifeOfASecret(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		made := must(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{
			Name: "team/jira", Description: new("of the help desk"), KMSKeyID: new("alias/mine"),
			SecretString: new("one"), ClientRequestToken: new(token(1)),
			Tags: []secretsmanager.Tag{{Key: new("team"), Value: new("it")}},
		})
		if want := regexp.MustCompile(`^arn:aws:secretsmanager:us-east-1:111122223333:secret:team/jira-[A-Za-z0-9]{6}$`); !want.MatchString(*made.ARN) {
			t.Errorf("ARN %s", *made.ARN)
		}
		if *made.Name != "team/jira" || *made.VersionID != token(1) {
			t.Errorf("made %s, version %s", *made.Name, *made.VersionID)
		}
		got := must(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "team/jira"})
		if diff := cmp.Diff(&secretsmanager.GetSecretValueOutput{
			ARN: made.ARN, Name: made.Name, VersionID: made.VersionID, SecretString: new("one"),
			VersionStages: []string{"AWSCURRENT"}, CreatedDate: new(v.clock.Now()),
		}, got); diff != "" {
			t.Error(diff)
		}
		created := v.clock.Now()
		v.clock.Advance(30 * time.Hour)
		must(t, v, secretsmanager.UpdateSecret, &secretsmanager.UpdateSecretInput{
			SecretID: *made.ARN, Description: new("of all"), SecretString: new("two"), ClientRequestToken: new(token(2)),
		})
		if v.value(t, *made.ARN, "AWSCURRENT") != "two" || v.value(t, "team/jira", "AWSPREVIOUS") != "one" {
			t.Error("the labels did not move")
		}
		described := must(t, v, secretsmanager.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretID: "team/jira"})
		if diff := cmp.Diff(&secretsmanager.DescribeSecretOutput{
			ARN: made.ARN, Name: made.Name, Description: new("of all"), KMSKeyID: new("alias/mine"),
			Tags:               []secretsmanager.Tag{{Key: new("team"), Value: new("it")}},
			VersionIDsToStages: map[string][]string{token(2): {"AWSCURRENT"}, token(1): {"AWSPREVIOUS"}},
			CreatedDate:        &created, LastChangedDate: new(v.clock.Now()), LastAccessedDate: new(day(v.clock.Now())),
		}, described); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBinarySecrets(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		raw := []byte{0, 1, 0xff, 's'}
		made := must(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: "key", SecretBinary: raw})
		got := must(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "key"})
		if diff := cmp.Diff(raw, got.SecretBinary); diff != "" || got.SecretString != nil {
			t.Errorf("%s, string %v", diff, got.SecretString)
		}
		if text, err := v.Value(t.Context(), tenant, *made.ARN); err != nil || text != string(raw) {
			t.Errorf("Value: %q, %v", text, err)
		}
	})
}

// TestTokens: what AWS documents of ClientRequestToken.
func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		create := &secretsmanager.CreateSecretInput{Name: "a", SecretString: new("one"), ClientRequestToken: new(token(1))}
		first, again := must(t, v, secretsmanager.CreateSecret, create), must(t, v, secretsmanager.CreateSecret, create)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("the same request made another secret: %s", diff)
		}
		other := *create
		other.SecretString = new("two")
		refused(t, v, secretsmanager.CreateSecret, &other, codeExists, "You can't use ClientRequestToken "+token(1))
		other.ClientRequestToken = new(token(2))
		refused(t, v, secretsmanager.CreateSecret, &other, codeExists, "The operation failed because the secret a already exists.")

		put := &secretsmanager.PutSecretValueInput{SecretID: "a", SecretString: new("two"), ClientRequestToken: new(token(2))}
		must(t, v, secretsmanager.PutSecretValue, put)
		changed := v.clock.Now()
		v.clock.Advance(time.Hour)
		if out := must(t, v, secretsmanager.PutSecretValue, put); *out.VersionID != token(2) || !cmp.Equal(out.VersionStages, []string{"AWSCURRENT"}) {
			t.Errorf("version %s, stages %v", *out.VersionID, out.VersionStages)
		}
		if d := must(t, v, secretsmanager.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretID: "a"}); !d.LastChangedDate.Equal(changed) {
			t.Errorf("a repeated request changed the secret at %s", d.LastChangedDate)
		}
		if v.value(t, "a", "AWSPREVIOUS") != "one" {
			t.Error("a repeated request moved labels")
		}
		binary := &secretsmanager.PutSecretValueInput{SecretID: "a", SecretBinary: []byte("two"), ClientRequestToken: new(token(2))}
		refused(t, v, secretsmanager.PutSecretValue, binary, codeExists, "You can't use ClientRequestToken")
		refused(t, v, secretsmanager.UpdateSecret, &secretsmanager.UpdateSecretInput{SecretID: "a", SecretString: new("three"), ClientRequestToken: new(token(2))},
			codeExists, "You can't use ClientRequestToken")

		empty := &secretsmanager.CreateSecretInput{Name: "empty", ClientRequestToken: new(token(3))}
		first, again = must(t, v, secretsmanager.CreateSecret, empty), must(t, v, secretsmanager.CreateSecret, empty)
		if diff := cmp.Diff(first, again); diff != "" || first.VersionID != nil {
			t.Errorf("a secret without a value: %s, version %v", diff, first.VersionID)
		}
		refused(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: "empty", ClientRequestToken: new(token(4))}, codeExists, "The operation failed")
	})
}

func TestFindingASecret(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		arn := *v.create(t, "jira", "one").ARN
		partial := arn[:len(arn)-7]
		v.create(t, "jira-abcdef", "two")
		for id, want := range map[string]string{"jira": "one", arn: "one", partial: "one", "jira-abcdef": "two", partial + "-abcdef": "two"} {
			if got := v.value(t, id, "AWSCURRENT"); got != want {
				t.Errorf("%s leads to %q", id, got)
			}
		}
		for _, id := range []string{
			"Jira", "jir", "jira-", partial + "-", arn + "x", partial + "-zzzzzz", "secret:jira", "arn:", "arn:aws:secretsmanager:us-east-1:111122223333:secret:",
			strings.Replace(arn, "us-east-1", "eu-west-1", 1), strings.Replace(arn, us, "999999999999", 1),
			strings.Replace(arn, "arn:aws:", "arn:aws-cn:", 1), "a\x00b", "\xff",
		} {
			refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: id}, fault.ResourceNotFound, "Secrets Manager can't find the specified secret.")
		}
	})
}

func TestTenantsDoNotMeet(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		arn := *v.create(t, "jira", "ours").ARN
		elsewhere := optest.Root(us)
		elsewhere.Region = "eu-west-1"
		for name, c := range map[string]op.Caller{"another account": optest.Root("999999999999"), "another Region": elsewhere} {
			for _, id := range []string{"jira", arn} {
				_, err := optest.Call(t, v.calls, c, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: id})
				if !fault.Is(err, fault.ResourceNotFound) {
					t.Errorf("%s read %s: %v", name, id, err)
				}
			}
			out := optest.Must(t, v.calls, c, secretsmanager.ListSecrets, &secretsmanager.ListSecretsInput{})
			if len(out.SecretList) != 0 {
				t.Errorf("%s lists %d secrets", name, len(out.SecretList))
			}
			optest.Must(t, v.calls, c, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: "jira", SecretString: new("theirs")})
		}
		if v.value(t, "jira", "AWSCURRENT") != "ours" {
			t.Error("another tenant's secret took the place of ours")
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		v.create(t, "a", "one")
		long := strings.Repeat("ä", 32769)
		for name, in := range map[string]*secretsmanager.CreateSecretInput{
			"a colon": {Name: "a:b"}, "a space": {Name: "a b"}, "an ARN": {Name: "arn:aws:secretsmanager:us-east-1:1:secret:a"}, "a letter": {Name: "ä"}, "a line end": {Name: "a\n"},
		} {
			t.Run(name, func(t *testing.T) {
				refused(t, v, secretsmanager.CreateSecret, in, fault.Validation, "Invalid name. Must be a valid name")
			})
		}
		for message, in := range map[string]*secretsmanager.CreateSecretInput{
			"You can't specify both":                        {Name: "b", SecretString: new("x"), SecretBinary: []byte("x")},
			"SecretString: the text has 65538 bytes":        {Name: "b", SecretString: &long},
			"AddReplicaRegions: this server":                {Name: "b", AddReplicaRegions: []secretsmanager.ReplicaRegionType{{Region: new("eu-west-1")}}},
			"Type: ":                                        {Name: "b", Type: new("x")},
			"ClientRequestToken: the token has a control":   {Name: "b", ClientRequestToken: new(strings.Repeat("\x00", 32))},
			"Tags[0]: a tag has a Key and a Value":          {Name: "b", Tags: []secretsmanager.Tag{{Key: new("k")}}},
			"Tags[0].key: keys that begin with aws: are":    {Name: "b", Tags: []secretsmanager.Tag{{Key: new("aws:k"), Value: new("")}}},
			"Tags[1].key: the key \"k\" is given before, i": {Name: "b", Tags: []secretsmanager.Tag{{Key: new("k"), Value: new("")}, {Key: new("k"), Value: new("")}}},
		} {
			refused(t, v, secretsmanager.CreateSecret, in, codeInvalidParameter, message)
		}
		refused(t, v, secretsmanager.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretID: "a"}, codeInvalidRequest, "You must provide either SecretString or SecretBinary.")
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "a", VersionID: new(token(9))},
			fault.ResourceNotFound, "Secrets Manager can't find the specified secret value for VersionId: "+token(9))
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "a", VersionID: new(strings.Repeat("\x00", 32))},
			fault.ResourceNotFound, "Secrets Manager can't find the specified secret value for VersionId: ")
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "a", VersionStage: new("AWSPENDING")},
			fault.ResourceNotFound, "Secrets Manager can't find the specified secret value for staging label: AWSPENDING")
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "a", VersionID: new(token(9)), VersionStage: new("AWSCURRENT")},
			codeInvalidRequest, "You provided a VersionStage that is not associated to the provided VersionId.")
		refused(t, v, secretsmanager.UpdateSecret, &secretsmanager.UpdateSecretInput{SecretID: "a", Type: new("x")}, codeInvalidParameter, "Type: ")
		for _, id := range []string{"nothing", "arn:x"} {
			refused(t, v, secretsmanager.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretID: id}, fault.ResourceNotFound, "Secrets Manager can't find")
			refused(t, v, secretsmanager.RestoreSecret, &secretsmanager.RestoreSecretInput{SecretID: id}, fault.ResourceNotFound, "Secrets Manager can't find")
			refused(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: id}, fault.ResourceNotFound, "Secrets Manager can't find")
			refused(t, v, secretsmanager.TagResource, &secretsmanager.TagResourceInput{SecretID: id}, fault.ResourceNotFound, "Secrets Manager can't find")
			refused(t, v, secretsmanager.ListSecretVersionIDs, &secretsmanager.ListSecretVersionIDsInput{SecretID: id}, fault.ResourceNotFound, "Secrets Manager can't find")
		}
	})
}

func TestTags(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		v.create(t, "a", "one")
		var many []secretsmanager.Tag
		for i := range 50 {
			many = append(many, secretsmanager.Tag{Key: new(fmt.Sprintf("k%02d", i)), Value: new("1")})
		}
		must(t, v, secretsmanager.TagResource, &secretsmanager.TagResourceInput{SecretID: "a", Tags: many})
		must(t, v, secretsmanager.TagResource, &secretsmanager.TagResourceInput{SecretID: "a", Tags: []secretsmanager.Tag{{Key: new("k00"), Value: new("2")}}})
		refused(t, v, secretsmanager.TagResource, &secretsmanager.TagResourceInput{SecretID: "a", Tags: []secretsmanager.Tag{{Key: new("one more"), Value: new("")}}},
			codeInvalidParameter, "Tags: the secret would bear 51 tags")
		var gone []string
		for _, tag := range many[1:] {
			gone = append(gone, *tag.Key)
		}
		must(t, v, secretsmanager.UntagResource, &secretsmanager.UntagResourceInput{SecretID: "a", TagKeys: append(gone, "never there")})
		d := must(t, v, secretsmanager.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretID: "a"})
		if diff := cmp.Diff([]secretsmanager.Tag{{Key: new("k00"), Value: new("2")}}, d.Tags); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSecretsAreSealed: a dump has nothing of what a secret holds, and a sealed
// value moved to another row does not open.
func TestSecretsAreSealed(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		v.create(t, "a", "canary-in-a-mine")
		b := v.create(t, "b", "the other")
		var dump strings.Builder
		if err := v.DB.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(dump.String(), "canary") || strings.Contains(dump.String(), "Y2FuYXJ5") {
			t.Error("a dump of the store holds the secret in clear")
		}
		err := v.DB.Update(t.Context(), func(tx *store.Tx) error {
			a, err := get(tx, tenant, "a")
			if err != nil {
				return err
			}
			_, sealed, err := getVersion(tx, tenant, a, a.Labels[current])
			if err != nil {
				return err
			}
			_, err = tx.Exec(`UPDATE secret_version SET held = $1 WHERE tenant = $2 AND version = $3`, sealed, tenant, *b.VersionID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "b"}, codeDecryption, "Secrets Manager can't decrypt")
	})
}

func TestWhatIsHeldPrintsAsNothing(t *testing.T) {
	h := held("scanary")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, h); got != "secretstore.held(hidden)" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

// TestManyAtOnce: the same request sent by many at once is done once.
func TestManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		create := &secretsmanager.CreateSecretInput{Name: "a", SecretString: new("one"), ClientRequestToken: new(token(1))}
		put := &secretsmanager.PutSecretValueInput{SecretID: "a", SecretString: new("two"), ClientRequestToken: new(token(2))}
		arns := make(chan string, 20)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				made, err := v.Create(t.Context(), optest.Root(us), create)
				if err != nil {
					t.Error(err)
					return
				}
				arns <- *made.ARN
				again, err := v.PutValue(t.Context(), optest.Root(us), put)
				if err != nil {
					t.Error(err)
					return
				}
				arns <- *again.ARN
			})
		}
		all.Wait()
		close(arns)
		distinct := map[string]bool{}
		for arn := range arns {
			distinct[arn] = true
		}
		if n := v.versions(t); len(distinct) != 1 || n != 2 || v.value(t, "a", "AWSCURRENT") != "two" || v.value(t, "a", "AWSPREVIOUS") != "one" {
			t.Errorf("%d secrets, %d versions; want 1 and 2", len(distinct), n)
		}
	})
}
