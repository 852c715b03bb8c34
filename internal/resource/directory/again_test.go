package directory

import (
	"context"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/store"
)

// meanwhile is a store in which something happens while the first object is read.
type meanwhile struct {
	objects
	happens func()
}

func (m *meanwhile) Open(ctx context.Context, bucket, key string) (blob.Object, error) {
	o, err := m.objects.Open(ctx, bucket, key)
	if f := m.happens; f != nil {
		m.happens = nil
		f()
	}
	return o, err
}

// The members that a group was to have are not those of another that has its name
// since it was deleted, however long they take to be fetched.
func TestMembersOfADeletedGroupComeTooLate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.objects.content["files/old"], r.objects.content["files/new"] = `{"userId": "ann@example.com"}`, `{"userId": "bob@example.com"}`
		put := func(key string) {
			must(t, r, api.PutGroup, &api.PutGroupInput{
				ApplicationID: r.app, IndexID: r.index, GroupName: "board", Type: api.MembershipTypeIndex, RoleARN: new("arn:aws:iam::111122223333:role/r"),
				GroupMembers: api.GroupMembers{S3PathForGroupMembers: &api.S3{Bucket: "files", Key: key}},
			})
		}
		p := place{us().Tenant(), r.app, r.index, "", "board"}
		now := func() *Group {
			var g *Group
			err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
				g, err = getGroup(tx, p)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		put("old")
		r.Objects = &meanwhile{r.objects, func() {
			must(t, r, api.DeleteGroup, &api.DeleteGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: "board"})
			if err := r.purge(t.Context(), p.Tenant, workOf(now())); err != nil {
				t.Fatal(err)
			}
			r.clock.Advance(time.Second)
			put("new")
		}}
		if err := r.fill(t.Context(), p.Tenant, workOf(now())); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		err := r.DB.View(t.Context(), func(tx *store.Tx) error {
			for user, want := range map[string]int{"ann@example.com": 0, "bob@example.com": 1} {
				m, err := r.Of(tx, p.Tenant, r.app, r.index, user)
				if err != nil || len(m.Groups) != want {
					t.Errorf("%s is in %v, %v", user, m.Groups, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
