package attachment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// list returns all pages of a user's files, and how many pages there were.
func (r *rig) list(t testing.TB, user string, conversation *string, size int32) (all []api.Attachment, pages int) {
	t.Helper()
	in := &api.ListAttachmentsInput{ApplicationID: r.app, UserID: &user, ConversationID: conversation, MaxResults: &size}
	for {
		out := must(t, r, api.ListAttachments, in)
		all, pages = append(all, out.Attachments...), pages+1
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return all, pages
		}
	}
}

func shown(all []api.Attachment) []string {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = *a.Name
	}
	return names
}

func TestListPagesNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var everything, ofTalk []string
		for i := range 4 {
			talk := []string{talkID, otherID}[i%2]
			first, second := fmt.Sprintf("%da.txt", i), fmt.Sprintf("%db.txt", i)
			r.attach(t, r.at("jo", talk), text(first, "a"), text(second, "")) // of one moment
			r.clock.Advance(time.Second)
			everything = append([]string{second, first}, everything...)
			if talk == talkID {
				ofTalk = append([]string{second, first}, ofTalk...)
			}
		}
		r.attach(t, r.at("al", talkID), text("al.txt", "a"))
		got, pages := r.list(t, "jo", nil, 3)
		if !slices.Equal(shown(got), everything) || pages != 3 {
			t.Errorf("got %q on %d pages, want %q", shown(got), pages, everything)
		}
		got, pages = r.list(t, "jo", new(talkID), 2)
		if !slices.Equal(shown(got), ofTalk) || pages != 2 {
			t.Errorf("got %q on %d pages, want %q", shown(got), pages, ofTalk)
		}
		for _, talk := range []string{nowhere, otherID} {
			if got, _ := r.list(t, "al", &talk, 100); len(got) != 0 {
				t.Errorf("of %s: %q", talk, shown(got))
			}
		}
	})
}

func TestWhatIsListed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		origin := r.attach(t, r.at("jo", talkID), text("notes.md", "bread"))[0]
		made := r.clock.Now()
		r.clock.Advance(time.Second)
		files := r.attach(t, r.at("jo", otherID), Upload{From: &Origin{talkID, origin.ID}}, text("bad", ""))
		got, _ := r.list(t, "jo", nil, 100)
		success, failed := api.AttachmentStatusSuccess, api.AttachmentStatusFailed
		code, why := api.ErrorCodeInvalidRequest, "The file is empty."
		want := []api.Attachment{
			{
				AttachmentID: &files[1].ID, ConversationID: new(otherID), Name: new("bad"), FileSize: new(int32(0)),
				Md5chksum: new("d41d8cd98f00b204e9800998ecf8427e"), CreatedAt: new(r.clock.Now().Add(time.Microsecond)),
				Status: &failed, Error: &api.ErrorDetail{ErrorCode: &code, ErrorMessage: &why},
			},
			{
				AttachmentID: &files[0].ID, ConversationID: new(otherID), Name: new("notes.md"), FileType: new("md"), FileSize: new(int32(5)),
				Md5chksum: new("dba7b12a19fe9d49fbb53d65c49bbce6"), CreatedAt: new(r.clock.Now()), Status: &success,
				CopyFrom: &api.CopyFromSource{Conversation: &api.ConversationSource{ConversationID: talkID, AttachmentID: origin.ID}},
			},
			{
				AttachmentID: &origin.ID, ConversationID: new(talkID), Name: new("notes.md"), FileType: new("md"), FileSize: new(int32(5)),
				Md5chksum: new("dba7b12a19fe9d49fbb53d65c49bbce6"), CreatedAt: &made, Status: &success,
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAPageTokenIsOfOneList(t *testing.T) {
	r := one(t)
	r.attach(t, r.at("jo", talkID), text("a.txt", "a"), text("b.txt", "b"))
	in := func(user string, talk *string) *api.ListAttachmentsInput {
		return &api.ListAttachmentsInput{ApplicationID: r.app, UserID: &user, ConversationID: talk, MaxResults: new(int32(1))}
	}
	token := must(t, r, api.ListAttachments, in("jo", nil)).NextToken
	for _, other := range []*api.ListAttachmentsInput{in("al", nil), in("jo", new(talkID))} {
		other.NextToken = token
		_, err := try(t, r, api.ListAttachments, other)
		optest.Refused(t, err, optest.Invalid("nextToken"))
	}
}

func TestDelete(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.at("jo", talkID)
		files := r.attach(t, p, text("a.txt", strings.Repeat("a", 10)), Upload{Name: "b.png", Data: pngOf(t, 3, 3)}, text("bad.txt", ""))
		in := func(user, talk, id string) *api.DeleteAttachmentInput {
			return &api.DeleteAttachmentInput{ApplicationID: r.app, ConversationID: talk, AttachmentID: id, UserID: &user}
		}
		absent := func(id string) fault.Error {
			return fault.Error{Code: fault.ResourceNotFound, ResourceType: "attachment", ResourceID: id}
		}
		for _, wrong := range []*api.DeleteAttachmentInput{
			in("al", talkID, files[0].ID), in("jo", otherID, files[0].ID), in("jo", talkID, nowhere),
		} {
			_, err := try(t, r, api.DeleteAttachment, wrong)
			if got := optest.Refused(t, err, absent(wrong.AttachmentID)); !strings.HasPrefix(got, "You have no attachment with ID "+wrong.AttachmentID) {
				t.Errorf("%q", got)
			}
		}
		if got := r.of(t, p); len(got) != 2 {
			t.Fatalf("%d files are left", len(got))
		}
		for i, f := range files {
			must(t, r, api.DeleteAttachment, in("jo", talkID, f.ID))
			_, err := try(t, r, api.DeleteAttachment, in("jo", talkID, f.ID))
			optest.Refused(t, err, absent(f.ID))
			if got, _ := r.list(t, "jo", nil, 100); len(got) != 2-i {
				t.Errorf("%d files are listed after %d were deleted", len(got), i+1)
			}
		}
		if files, parts := r.rows(t); files+parts != 0 {
			t.Errorf("left are %d files and %d parts", files, parts)
		}
	})
}

// TestWhoMayNot: without a licence, without users, in an application that is not
// there, or for somebody else.
func TestWhoMayNot(t *testing.T) {
	r := one(t)
	file := r.attach(t, r.at("jo", talkID), text("a.txt", "a"))[0]
	both := func(app string, user *string) (errs [2]error) {
		_, errs[0] = try(t, r, api.ListAttachments, &api.ListAttachmentsInput{ApplicationID: app, UserID: user})
		_, errs[1] = try(t, r, api.DeleteAttachment, &api.DeleteAttachmentInput{ApplicationID: app, UserID: user, ConversationID: talkID, AttachmentID: file.ID})
		return errs
	}
	refused := func(errs [2]error, want fault.Error, words string) {
		t.Helper()
		for _, err := range errs {
			if got := optest.Refused(t, err, want); !strings.Contains(got, words) {
				t.Errorf("%q, want … %s", got, words)
			}
		}
	}
	open := r.newApp(t, &api.CreateApplicationInput{DisplayName: "open", IdentityType: new(api.IdentityTypeAnonymous)})
	refused(both(open, nil), fault.Error{Code: fault.AccessDenied}, "it has no users")
	refused(both(nowhere, nil), fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: nowhere}, nowhere)
	r.Licensed = func(_ context.Context, c op.Caller, app string, p op.Person, least api.SubscriptionType) error {
		if c.Principal != r.caller.Principal || app != r.app || p.Name != "jo" || least != api.SubscriptionTypeQLite {
			t.Errorf("asked for %s of %q in %s", least, p.Name, app)
		}
		return &fault.Error{Code: fault.LicenseNotFound, Message: "You have no subscription."}
	}
	refused(both(r.app, new("jo")), fault.Error{Code: fault.LicenseNotFound}, "no subscription")
	r.caller = op.Caller{
		Account: "111122223333", Region: "us-east-1", Principal: "arn:aws:sts::111122223333:assumed-role/users/s",
		Role: "arn:aws:iam::111122223333:role/users", Tags: map[string]string{"Email": "al@example.com"},
	}
	refused(both(r.app, new("jo@example.com")), fault.Error{Code: fault.AccessDenied}, "userId names somebody else")
}

// TestWhatIsGone is removed in small steps: a conversation's files at once, and
// then what was in them; or an application's.
func TestWhatIsGone(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		keep := func(talk string) {
			for range 2 {
				r.attach(t, r.at("jo", talk), text("a.txt", "a"), text("b.txt", "a"), text("long.txt", "a"+strings.Repeat("語", 2*partSize/3)), text("bad.txt", ""))
				r.update(t, func(tx *store.Tx) error { return nil })
			}
		}
		keep(talkID)
		r.attach(t, r.at("jo", otherID), text("other.txt", "a"))
		r.attach(t, r.at("al", talkID), text("al.txt", "a"))
		steps := 0
		removed := func(step func(tx *store.Tx) (more bool, err error)) {
			t.Helper()
			for more := true; more; steps++ {
				if steps > 100 {
					t.Fatal("there is always more")
				}
				r.update(t, func(tx *store.Tx) (err error) {
					more, err = step(tx)
					return err
				})
				if got := r.of(t, r.at("jo", talkID)); steps > 2 && len(got) != 0 {
					t.Errorf("%q are there after step %d", names(got), steps)
				}
			}
		}
		removed(func(tx *store.Tx) (bool, error) { return RemoveParts(tx, r.at("jo", talkID), 3) })
		if files, parts := r.rows(t); files != 2 || parts != 2 {
			t.Errorf("left are %d files in %d parts, want those of others", files, parts)
		}
		keep(talkID)
		steps = 0
		removed(func(tx *store.Tx) (bool, error) { return PurgeApplication(tx, r.caller.Tenant(), r.app, 5) })
		if files, parts := r.rows(t); files+parts != 0 {
			t.Errorf("left are %d files in %d parts", files, parts)
		}
		if steps < 3 {
			t.Errorf("%d steps", steps)
		}
	})
}

// TestConflicts: transactions that are tried again do the same.
func TestConflicts(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.at("jo", talkID)
		for i := range 10 {
			files := r.attach(t, p, text("a.txt", "bread"), text("bad.txt", ""))
			copies := r.attach(t, r.at("jo", otherID), Upload{From: &Origin{talkID, files[0].ID}}, Upload{From: &Origin{talkID, nowhere}})
			if copies[0].Failed != nil || copies[0].Text != "bread" || copies[1].Failed == nil {
				t.Fatalf("round %d: %+v", i, copies)
			}
			for _, f := range append(files, copies...) {
				must(t, r, api.DeleteAttachment, &api.DeleteAttachmentInput{ApplicationID: r.app, ConversationID: f.Conversation, AttachmentID: f.ID, UserID: new("jo")})
			}
		}
		if files, parts := r.rows(t); files+parts != 0 {
			t.Errorf("left are %d files in %d parts", files, parts)
		}
	}, storetest.WithConflicts(1, 0.1))
}
