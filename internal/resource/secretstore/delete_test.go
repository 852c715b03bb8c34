package secretstore

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

const days = 24 * time.Hour

func TestRecoveryWindow(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		made := v.create(t, "a", "one")
		asked := v.clock.Now()
		out := must(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: "a", RecoveryWindowInDays: new(int64(7))})
		if diff := cmp.Diff(&secretsmanager.DeleteSecretOutput{ARN: made.ARN, Name: made.Name, DeletionDate: new(asked.Add(7 * days))}, out); diff != "" {
			t.Error(diff)
		}
		const marked = "You can't perform this operation on the secret because it was marked for deletion."
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "a"}, codeInvalidRequest, marked)
		refused(t, v, secretsmanager.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretID: "a", SecretString: new("x")}, codeInvalidRequest, marked)
		refused(t, v, secretsmanager.UpdateSecret, &secretsmanager.UpdateSecretInput{SecretID: "a"}, codeInvalidRequest, marked)
		refused(t, v, secretsmanager.TagResource, &secretsmanager.TagResourceInput{SecretID: "a"}, codeInvalidRequest, marked)
		refused(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: "a"}, codeInvalidRequest, marked)
		refused(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: "a"}, codeInvalidRequest,
			"You can't create this secret because a secret with this name is already scheduled for deletion.")
		if d := must(t, v, secretsmanager.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretID: "a"}); d.DeletedDate == nil || !d.DeletedDate.Equal(asked) {
			t.Errorf("deleted at %v", d.DeletedDate)
		}
		v.clock.Advance(7*days - time.Minute)
		v.purge(t)
		must(t, v, secretsmanager.RestoreSecret, &secretsmanager.RestoreSecretInput{SecretID: *made.ARN})
		must(t, v, secretsmanager.RestoreSecret, &secretsmanager.RestoreSecretInput{SecretID: "a"})
		v.clock.Advance(days)
		v.purge(t)
		if v.value(t, "a", "AWSCURRENT") != "one" {
			t.Error("a restored secret lost its value")
		}
	})
}

func (v *vault) purge(t *testing.T) {
	t.Helper()
	if err := v.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestPurge(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		arn := *v.create(t, "a", "one").ARN
		v.create(t, "b", "kept")
		must(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: "a"})
		v.clock.Advance(30 * days)
		v.purge(t)
		refused(t, v, secretsmanager.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretID: "a"}, fault.ResourceNotFound, "")
		if n := v.versions(t); n != 1 {
			t.Errorf("%d versions are left, want that of b", n)
		}
		again := v.create(t, "a", "anew")
		if *again.ARN == arn {
			t.Error("a new secret has the ARN of an old one")
		}
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: arn}, fault.ResourceNotFound, "")
	})
}

// versions counts the rows of versions.
func (v *vault) versions(t *testing.T) (n int) {
	t.Helper()
	err := v.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM secret_version WHERE tenant = $1`, tenant).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPurgeOfMany takes more secrets than one look finds.
func TestPurgeOfMany(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		for i := range batch + 1 {
			v.create(t, token(i), "x")
			must(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: token(i)})
		}
		v.clock.Advance(31 * days)
		v.purge(t)
		if n := v.versions(t); n != 0 {
			t.Errorf("%d versions are left", n)
		}
	})
}

func TestForce(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		force := func(id string) *secretsmanager.DeleteSecretInput {
			return &secretsmanager.DeleteSecretInput{SecretID: id, ForceDeleteWithoutRecovery: new(true)}
		}
		v.create(t, "a", "one")
		must(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: "a"})
		if out := must(t, v, secretsmanager.DeleteSecret, force("a")); !out.DeletionDate.Equal(v.clock.Now()) {
			t.Errorf("deleted at %s", out.DeletionDate)
		}
		if out := must(t, v, secretsmanager.DeleteSecret, force("a")); *out.Name != "a" || out.ARN != nil {
			t.Errorf("what is not there: %v", out)
		}
		v.create(t, "a", "anew")
		both := force("a")
		both.RecoveryWindowInDays = new(int64(7))
		refused(t, v, secretsmanager.DeleteSecret, both, codeInvalidParameter, "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
		for _, n := range []int64{-1, 0, 6, 31} {
			refused(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: "a", RecoveryWindowInDays: &n},
				codeInvalidParameter, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
		}
	})
}

func TestValue(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		arn := *v.create(t, "a", "canary").ARN
		if got, err := v.Value(t.Context(), tenant, arn); err != nil || got != "canary" {
			t.Errorf("%q, %v", got, err)
		}
		empty := *must(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: "empty"}).ARN
		must(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: *v.create(t, "gone", "x").ARN})
		for name, tt := range map[string]struct {
			tenant, arn string
			want        error
		}{
			"another account": {"999999999999:us-east-1", arn, ErrForeign},
			"another Region":  {us + ":eu-west-1", arn, ErrForeign},
			"a name":          {tenant, "a", ErrForeign},
			"nothing":         {tenant, "", ErrForeign},
			"not there":       {tenant, "arn:aws:secretsmanager:us-east-1:111122223333:secret:b", ErrNoSecret},
			"without a value": {tenant, empty, ErrNoValue},
			"deleted":         {tenant, "arn:aws:secretsmanager:us-east-1:111122223333:secret:gone", ErrDeleted},
		} {
			got, err := v.Value(t.Context(), tt.tenant, tt.arn)
			var why *UnavailableError
			if got != "" || !errors.Is(err, tt.want) || !errors.As(err, &why) || why.ARN != tt.arn {
				t.Errorf("%s: %q, %v, want %v", name, got, err, tt.want)
			}
		}
	})
}
