package principal

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

func TestAccessKeys(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		at := w.clock.Now()
		ann := w.user(t, "Ann")
		w.clock.Advance(time.Second)
		after := w.clock.Now()
		second := optest.Must(t, w.calls, ann, iam.CreateAccessKey, &iam.CreateAccessKeyInput{}).AccessKey // her own
		refused(t, w, iam.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: new("ann")}, codeLimit, "Cannot exceed quota for AccessKeysPerUser: 2")
		want := []iam.AccessKeyMetadata{
			{UserName: new("Ann"), AccessKeyID: &ann.AccessKeyID, Status: new(iam.StatusTypeActive), CreateDate: &at},
			{UserName: new("Ann"), AccessKeyID: &second.AccessKeyID, Status: new(iam.StatusTypeActive), CreateDate: &after},
		}
		got := must(t, w, iam.ListAccessKeys, &iam.ListAccessKeysInput{UserName: new("ann")})
		if diff := cmp.Diff(want, got.AccessKeyMetadata); diff != "" {
			t.Error(diff)
		}
		own := optest.Must(t, w.calls, ann, iam.ListAccessKeys, &iam.ListAccessKeysInput{MaxItems: new(int32(1))})
		rest := optest.Must(t, w.calls, ann, iam.ListAccessKeys, &iam.ListAccessKeysInput{Marker: own.Marker})
		if !*own.IsTruncated || len(rest.AccessKeyMetadata) != 1 || *rest.AccessKeyMetadata[0].AccessKeyID != second.AccessKeyID {
			t.Errorf("%+v, %+v", own, rest)
		}
		if got := optest.Must(t, w.calls, w.rootWithKey(), iam.ListAccessKeys, &iam.ListAccessKeysInput{}).AccessKeyMetadata; len(got) != 1 || *got[0].AccessKeyID != "AKIAROOT" {
			t.Errorf("the root's: %+v", got)
		}
	})
}

// TestAnInactiveKeyIsNotFound, nor is one that was deleted.
func TestAnInactiveKeyIsNotFound(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ann := w.user(t, "ann")
		found := func() bool {
			_, _, found, err := w.Find(t.Context(), ann.AccessKeyID)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		set := func(to iam.StatusType) {
			must(t, w, iam.UpdateAccessKey, &iam.UpdateAccessKeyInput{UserName: new("ann"), AccessKeyID: ann.AccessKeyID, Status: to})
		}
		if set(iam.StatusTypeInactive); found() {
			t.Error("an inactive key is found")
		}
		if got := must(t, w, iam.ListAccessKeys, &iam.ListAccessKeysInput{UserName: new("ann")}).AccessKeyMetadata; *got[0].Status != iam.StatusTypeInactive {
			t.Errorf("%s", *got[0].Status)
		}
		if set(iam.StatusTypeActive); !found() {
			t.Error("an active key is not found")
		}
		if optest.Must(t, w.calls, ann, iam.DeleteAccessKey, &iam.DeleteAccessKeyInput{AccessKeyID: ann.AccessKeyID}); found() {
			t.Error("a deleted key is found")
		}
	})
}

func TestAccessKeysRefuse(t *testing.T) {
	w := oneWorld(t)
	ann, bob := w.user(t, "ann"), w.user(t, "bob")
	role, _ := add(t, w.Service, us, "r", nil)
	for _, id := range []string{bob.AccessKeyID, role.ID, "AKIAIOSFODNN7EXAMPLE"} {
		words := "The Access Key with id " + id + " cannot be found."
		refused(t, w, iam.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: new("ann"), AccessKeyID: id}, codeNoSuchEntity, words)
		refusedFor(t, w, ann, iam.UpdateAccessKey, &iam.UpdateAccessKeyInput{AccessKeyID: id, Status: iam.StatusTypeInactive}, codeNoSuchEntity, words)
	}
	refused(t, w, iam.UpdateAccessKey, &iam.UpdateAccessKeyInput{UserName: new("ann"), AccessKeyID: ann.AccessKeyID, Status: iam.StatusTypeExpired}, codeInvalid,
		"A key cannot be set to Expired: set it to Active or Inactive.")
	const none = "The user with name carl cannot be found."
	refused(t, w, iam.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: new("carl")}, codeNoSuchEntity, none)
	refused(t, w, iam.ListAccessKeys, &iam.ListAccessKeysInput{UserName: new("carl")}, codeNoSuchEntity, none)
	refused(t, w, iam.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: new("carl"), AccessKeyID: ann.AccessKeyID}, codeNoSuchEntity, none)
	refused(t, w, iam.UpdateAccessKey, &iam.UpdateAccessKeyInput{UserName: new("carl"), AccessKeyID: ann.AccessKeyID, Status: iam.StatusTypeActive}, codeNoSuchEntity, none)
	session := roleNamed(t, w.Service, us, "r").Session("s")
	refusedFor(t, w, session, iam.ListAccessKeys, &iam.ListAccessKeysInput{}, fault.Validation, "Must specify userName when calling with non-User credentials")
	refusedFor(t, w, session, iam.DeleteAccessKey, &iam.DeleteAccessKeyInput{AccessKeyID: ann.AccessKeyID}, fault.Validation, "Must specify userName when calling with non-User credentials")
}

func TestLastUse(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ann := w.user(t, "ann")
		role, _ := add(t, w.Service, us, "r", nil)
		last := func(id string) *iam.GetAccessKeyLastUsedOutput {
			return must(t, w, iam.GetAccessKeyLastUsed, &iam.GetAccessKeyLastUsedInput{AccessKeyID: id})
		}
		never := &iam.AccessKeyLastUsed{ServiceName: "N/A", Region: "N/A"}
		if diff := cmp.Diff(&iam.GetAccessKeyLastUsedOutput{UserName: new("ann"), AccessKeyLastUsed: never}, last(ann.AccessKeyID)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(&iam.GetAccessKeyLastUsedOutput{AccessKeyLastUsed: never}, last(role.ID)); diff != "" {
			t.Error(diff)
		}
		noon := time.Date(2026, 1, 2, 12, 0, 30, 0, time.UTC)
		used := func(service string, after time.Duration) {
			if err := w.Used(t.Context(), ann, service, noon.Add(after)); err != nil {
				t.Fatal(err)
			}
		}
		used("qbusiness", 0)
		used("iam", useEvery-1) // too soon to be told
		told := &iam.AccessKeyLastUsed{LastUsedDate: new(noon.Truncate(time.Minute)), ServiceName: "qbusiness", Region: "us-east-1"}
		if diff := cmp.Diff(told, last(ann.AccessKeyID).AccessKeyLastUsed); diff != "" {
			t.Error(diff)
		}
		used("iam", useEvery)
		told.ServiceName, told.LastUsedDate = "iam", new(noon.Add(useEvery).Truncate(time.Minute))
		if diff := cmp.Diff(told, last(ann.AccessKeyID).AccessKeyLastUsed); diff != "" {
			t.Error(diff)
		}
		foreign, _, err := Mint(other)
		if err != nil {
			t.Fatal(err)
		}
		minted, _, err := Mint(us)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{foreign, minted, "AKIAIOSFODNN7EXAMPLE"} {
			refused(t, w, iam.GetAccessKeyLastUsed, &iam.GetAccessKeyLastUsedInput{AccessKeyID: id}, fault.AccessDenied,
				"User: arn:aws:iam::111122223333:root is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key "+id)
		}
		if err := w.Used(t.Context(), w.rootWithKey(), "iam", noon); err != nil {
			t.Errorf("the root's key has no row: %v", err)
		}
	})
}
