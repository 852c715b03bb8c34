package secretstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// TestLabelsOfNewVersions: a version takes the labels that are asked for, and
// AWSPREVIOUS goes where AWSCURRENT was.
func TestLabelsOfNewVersions(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		must(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: "a"})
		first := v.put(t, "a", "one", "blue") // the first is current, whatever is asked
		second := v.put(t, "a", "two", "AWSPENDING", "green")
		if v.value(t, "a", "AWSCURRENT") != "one" || v.value(t, "a", "blue") != "one" || v.value(t, "a", "green") != "two" {
			t.Error("the labels are on other versions")
		}
		third := v.put(t, "a", "three", "AWSCURRENT", "blue")
		got := must(t, v, secretsmanager.DescribeSecret, &secretsmanager.DescribeSecretInput{SecretID: "a"}).VersionIDsToStages
		want := map[string][]string{first: {"AWSPREVIOUS"}, second: {"AWSPENDING", "green"}, third: {"AWSCURRENT", "blue"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestUpdateStage(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		one := *v.create(t, "a", "one").VersionID
		two := v.put(t, "a", "two", "AWSPENDING")
		move := func(label string, from, to *string) *secretsmanager.UpdateSecretVersionStageInput {
			return &secretsmanager.UpdateSecretVersionStageInput{SecretID: "a", VersionStage: label, RemoveFromVersionID: from, MoveToVersionID: to}
		}
		for message, in := range map[string]*secretsmanager.UpdateSecretVersionStageInput{
			"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version " + one: move("AWSCURRENT", nil, &two),
			"The parameter RemoveFromVersionId names version " + two:                                                             move("AWSCURRENT", &two, &one),
			"You can only move the staging label AWSCURRENT":                                                                     move("AWSCURRENT", &one, nil),
			"Give MoveToVersionId, RemoveFromVersionId, or both.":                                                                move("nowhere", nil, nil),
		} {
			refused(t, v, secretsmanager.UpdateSecretVersionStage, in, codeInvalidParameter, message)
		}
		refused(t, v, secretsmanager.UpdateSecretVersionStage, move("x", nil, new(token(9))), fault.ResourceNotFound, "Secrets Manager can't find the specified secret value for VersionId: "+token(9))

		must(t, v, secretsmanager.UpdateSecretVersionStage, move("AWSCURRENT", &one, &two))
		if v.value(t, "a", "AWSCURRENT") != "two" || v.value(t, "a", "AWSPREVIOUS") != "one" || v.value(t, "a", "AWSPENDING") != "two" {
			t.Error("the labels are on other versions")
		}
		must(t, v, secretsmanager.UpdateSecretVersionStage, move("AWSCURRENT", nil, &two)) // it is there
		must(t, v, secretsmanager.UpdateSecretVersionStage, move("AWSPENDING", &two, nil))
		must(t, v, secretsmanager.UpdateSecretVersionStage, move("fresh", nil, &one))
		if got := v.value(t, "a", "fresh"); got != "one" {
			t.Errorf("fresh is on %s", got)
		}
		refused(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "a", VersionStage: new("AWSPENDING")}, fault.ResourceNotFound, "")
	})
}

func TestTooManyLabels(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		one := *v.create(t, "a", "one").VersionID
		var names []string
		for i := range 19 {
			names = append(names, fmt.Sprintf("label-%d", i))
		}
		for _, name := range names {
			must(t, v, secretsmanager.UpdateSecretVersionStage, &secretsmanager.UpdateSecretVersionStageInput{SecretID: "a", VersionStage: name, MoveToVersionID: &one})
		}
		refused(t, v, secretsmanager.UpdateSecretVersionStage, &secretsmanager.UpdateSecretVersionStageInput{SecretID: "a", VersionStage: "one-more", MoveToVersionID: &one},
			codeLimit, "A version can have at most 20 staging labels attached; it would have 21.")
		v.put(t, "a", "two", append(names, "AWSCURRENT")...)
	})
}

// Laws of labels: each is on one version; the first version is current;
// AWSPREVIOUS follows AWSCURRENT.
func TestLabelLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := labels{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			version := rapid.SampledFrom([]string{"v1", "v2", "v3"}).Draw(t, "version")
			wanted := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{current, "blue", "green"}), 1, 3, rapid.ID).Draw(t, "labels")
			before := l[current]
			if err := l.attach(version, wanted); err != nil {
				t.Fatal(err)
			}
			for _, label := range wanted {
				if l[label] != version {
					t.Fatalf("%s is on %s", label, l[label])
				}
			}
			if l[current] == "" {
				t.Fatal("no version is current")
			}
			if before != "" && before != l[current] && l[previous] != before {
				t.Fatalf("current was %s, previous is %s", before, l[previous])
			}
		}
	})
}

// TestPruning: of more than a hundred versions those without a label go, once
// they are a day old.
func TestPruning(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		first := *v.create(t, "a", "v0").VersionID
		must(t, v, secretsmanager.UpdateSecretVersionStage, &secretsmanager.UpdateSecretVersionStageInput{SecretID: "a", VersionStage: "keep", MoveToVersionID: &first})
		for i := range 120 {
			v.clock.Advance(time.Second)
			v.put(t, "a", fmt.Sprintf("v%d", i+1))
		}
		if n := v.versions(t); n != 121 {
			t.Errorf("%d versions within a day, want 121", n)
		}
		v.clock.Advance(25 * time.Hour)
		last := v.put(t, "a", "last")
		if n := v.versions(t); n != keptUnnamed {
			t.Errorf("%d versions a day later, want %d", n, keptUnnamed)
		}
		all := must(t, v, secretsmanager.ListSecretVersionIDs, &secretsmanager.ListSecretVersionIDsInput{SecretID: "a", IncludeDeprecated: new(true)}).Versions
		if *all[0].VersionID != last || *all[len(all)-1].VersionID != first || v.value(t, "a", "keep") != "v0" {
			t.Error("a version with a label went, or the newest")
		}
		if got := *must(t, v, secretsmanager.GetSecretValue, &secretsmanager.GetSecretValueInput{SecretID: "a", VersionID: all[50].VersionID}).SecretString; !strings.HasPrefix(got, "v") {
			t.Errorf("a version without a label holds %q", got)
		}
	})
}

func TestTooManyVersions(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		v.create(t, "a", "one")
		err := v.DB.Update(t.Context(), func(tx *store.Tx) error {
			a, err := get(tx, tenant, "a")
			for i := 0; err == nil && i < maxVersions-1; i++ {
				err = insertVersion(tx, tenant, a, version{token(i), tx.Now()}, []byte("sealed"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, v, secretsmanager.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretID: "a", SecretString: new("x")}, codeLimit, "The secret has 1000 versions")
		must(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: "a", ForceDeleteWithoutRecovery: new(true)})
		if n := v.versions(t); n != 0 {
			t.Errorf("%d versions are left", n)
		}
	})
}

func TestVersionPages(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		want := []string{*v.create(t, "a", "v0").VersionID}
		for range 6 { // at one moment: ties are broken by ID
			want = append(want, v.put(t, "a", "x", "AWSPENDING"))
		}
		in := &secretsmanager.ListSecretVersionIDsInput{SecretID: "a", IncludeDeprecated: new(true), MaxResults: new(int32(3))}
		var got []string
		for {
			out := must(t, v, secretsmanager.ListSecretVersionIDs, in)
			for _, e := range out.Versions {
				got = append(got, *e.VersionID)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
			if len(out.Versions) != 3 {
				t.Errorf("a page of %d", len(out.Versions))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		named := must(t, v, secretsmanager.ListSecretVersionIDs, &secretsmanager.ListSecretVersionIDsInput{SecretID: "a"}).Versions
		if len(named) != 2 {
			t.Errorf("%d versions with labels, want 2", len(named))
		}
		refused(t, v, secretsmanager.ListSecretVersionIDs, &secretsmanager.ListSecretVersionIDsInput{SecretID: "a", NextToken: new("x")}, codeInvalidNextToken, "")
	})
}
