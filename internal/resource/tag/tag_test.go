package tag

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const (
	app = "a1000000-0000-4000-8000-000000000001"
	idx = "b2000000-0000-4000-8000-000000000002"
	src = "c3000000-0000-4000-8000-000000000003"
)

func caller() op.Caller {
	return op.Caller{Account: "111122223333", Region: "us-east-1", Principal: "arn:aws:iam::111122223333:root", Root: true}
}

// family knows one resource of each of two kinds.
func family() map[string]Kind {
	only := func(known ...string) Kind {
		return func(_ *store.Tx, tenant string, ids []string) (bool, error) {
			return tenant == caller().Tenant() && cmp.Equal(known, ids), nil
		}
	}
	return map[string]Kind{"application": only(app), "application/index/data-source": only(app, idx, src)}
}

func each(t *testing.T, test func(t *testing.T, db *store.DB, r *op.Registry)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := &op.Registry{Access: optest.Anyone{}, Replays: optest.NoTokens{}}
		(&Service{DB: db, Kinds: family()}).Mount(r)
		test(t, db, r)
	})
}

func appARN() string { return caller().ARN("application/%s", app) }

func srcARN() string {
	return caller().ARN("application/%s/index/%s/data-source/%s", app, idx, src)
}

func set(t *testing.T, r *op.Registry, arn string, tags ...api.Tag) {
	t.Helper()
	if _, err := optest.Call(t, r, caller(), api.TagResource, &api.TagResourceInput{ResourceARN: arn, Tags: tags}); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, r *op.Registry, arn string, want ...api.Tag) {
	t.Helper()
	out, err := optest.Call(t, r, caller(), api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]api.Tag{}, want...), out.Tags); diff != "" {
		t.Errorf("tags of %s (-want +got):\n%s", arn, diff)
	}
}

func numbered(n int) (tags []api.Tag) {
	for i := range n {
		tags = append(tags, api.Tag{Key: fmt.Sprintf("k%02d", i), Value: "v"})
	}
	return tags
}

func TestTagsAreAddedReplacedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, r *op.Registry) {
		has(t, r, appARN())
		set(t, r, appARN(), api.Tag{Key: "team", Value: "search"}, api.Tag{Key: "Team", Value: ""})
		set(t, r, srcARN(), api.Tag{Key: "team", Value: "other"})
		set(t, r, appARN(), api.Tag{Key: "cost", Value: "42"}, api.Tag{Key: "team", Value: "chat"})
		has(t, r, appARN(), api.Tag{Key: "Team"}, api.Tag{Key: "cost", Value: "42"}, api.Tag{Key: "team", Value: "chat"})
		has(t, r, srcARN(), api.Tag{Key: "team", Value: "other"})

		for range 2 { // idempotent
			in := &api.UntagResourceInput{ResourceARN: appARN(), TagKeys: []string{"team", "never", "aws:x"}}
			if _, err := optest.Call(t, r, caller(), api.UntagResource, in); err != nil {
				t.Fatal(err)
			}
			has(t, r, appARN(), api.Tag{Key: "Team"}, api.Tag{Key: "cost", Value: "42"})
		}
		set(t, r, appARN()) // no tags: nothing to do
		has(t, r, appARN(), api.Tag{Key: "Team"}, api.Tag{Key: "cost", Value: "42"})
	})
}

func TestWhatTagsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, r *op.Registry) {
		for name, tt := range map[string]struct {
			tags   []api.Tag
			fields []string
		}{
			"a key twice":           {[]api.Tag{{Key: "a"}, {Key: "b"}, {Key: "a"}}, []string{"tags[2].key"}},
			"a reserved key":        {[]api.Tag{{Key: "aws:team"}}, []string{"tags[0].key"}},
			"reserved in any case":  {[]api.Tag{{Key: "AWS:"}}, []string{"tags[0].key"}},
			"characters":            {[]api.Tag{{Key: "a\x00b", Value: "x<y"}}, []string{"tags[0].key", "tags[0].value"}},
			"every fault at once":   {[]api.Tag{{Key: "ok", Value: "#"}, {Key: "aws:#"}}, []string{"tags[0].value", "tags[1].key", "tags[1].key"}},
			"too many and reserved": {append(numbered(MaxPerResource), api.Tag{Key: "aws:x"}), []string{"tags[50].key", "tags"}},
			"too many":              {numbered(MaxPerResource + 1), []string{"tags"}},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := optest.Call(t, r, caller(), api.TagResource, &api.TagResourceInput{ResourceARN: appARN(), Tags: tt.tags})
				optest.Refused(t, err, optest.Invalid(tt.fields...))
			})
		}
		has(t, r, appARN())
		set(t, r, appARN(), api.Tag{Key: "Größe_.:/=+-@ 漢字", Value: "é ü"}, api.Tag{Key: "awsome", Value: "aws:value"})
	})
}

func TestAResourceBearsFiftyTags(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, r *op.Registry) {
		set(t, r, appARN(), numbered(MaxPerResource)...)
		set(t, r, appARN(), api.Tag{Key: "k00", Value: "replaced"})
		_, err := optest.Call(t, r, caller(), api.TagResource, &api.TagResourceInput{ResourceARN: appARN(), Tags: []api.Tag{{Key: "k50"}}})
		optest.Refused(t, err, optest.Invalid("tags"))
		want := numbered(MaxPerResource)
		want[0].Value = "replaced"
		has(t, r, appARN(), want...)
	})
}

func TestWhichResourcesAreFound(t *testing.T) {
	none := func(kind, arn string) fault.Error {
		return fault.Error{Code: fault.ResourceNotFound, ResourceType: kind, ResourceID: arn}
	}
	replace := func(before, after string) string { return strings.Replace(appARN(), before, after, 1) }
	cases := map[string]struct {
		arn  string
		want func(arn string) fault.Error
	}{
		"another account":        {replace("111122223333", "999999999999"), func(a string) fault.Error { return none("application", a) }},
		"another Region":         {replace("us-east-1", "eu-west-1"), func(a string) fault.Error { return none("application", a) }},
		"another service":        {replace("qbusiness", "kendra"), func(a string) fault.Error { return none("application", a) }},
		"another partition":      {replace("arn:aws:", "arn:aws-cn:"), func(a string) fault.Error { return none("application", a) }},
		"an unknown application": {replace("a1", "ff"), func(a string) fault.Error { return none("application", a) }},
		"a child of it":          {replace(app, "x") + "/index/i/data-source/d", func(a string) fault.Error { return none("data-source", a) }},
		"not taggable":           {appARN() + "/subscription/s", func(a string) fault.Error { return none("subscription", a) }},
		"not under application":  {caller().ARN("plugin/p"), func(a string) fault.Error { return none("plugin", a) }},
		"an odd path":            {caller().ARN("application"), func(a string) fault.Error { return none("resource", a) }},
		"an empty id":            {caller().ARN("application/"), func(a string) fault.Error { return none("application", a) }},
		"a bucket":               {"arn:aws:s3:::bucket", func(a string) fault.Error { return none("resource", a) }},
		"an id":                  {app, func(string) fault.Error { return optest.Invalid("resourceARN") }},
		"too few parts":          {"arn:aws:qbusiness:us-east-1:111122223333", func(string) fault.Error { return optest.Invalid("resourceARN") }},
		"no resource":            {"arn:aws:qbusiness:us-east-1:111122223333:", func(string) fault.Error { return optest.Invalid("resourceARN") }},
		"a NUL character":        {appARN() + "\x00", func(string) fault.Error { return optest.Invalid("resourceARN") }},
		"not UTF-8":              {appARN() + "\xff", func(string) fault.Error { return optest.Invalid("resourceARN") }},
	}
	each(t, func(t *testing.T, db *store.DB, r *op.Registry) {
		for name, tt := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := optest.Call(t, r, caller(), api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: tt.arn})
				optest.Refused(t, err, tt.want(tt.arn))
				_, err = optest.Call(t, r, caller(), api.TagResource, &api.TagResourceInput{ResourceARN: tt.arn, Tags: numbered(1)})
				optest.Refused(t, err, tt.want(tt.arn))
				_, err = optest.Call(t, r, caller(), api.UntagResource, &api.UntagResourceInput{ResourceARN: tt.arn, TagKeys: []string{"k"}})
				optest.Refused(t, err, tt.want(tt.arn))
			})
		}
	})
}

func TestFamiliesPutReadAndDropTags(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, r *op.Registry) {
		update := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := db.Update(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		of := func(arn string) (tags map[string]string) {
			t.Helper()
			update(func(tx *store.Tx) (err error) { tags, err = Of(tx, arn); return err })
			return tags
		}
		update(func(tx *store.Tx) error { return Put(tx, appARN(), numbered(2)) })
		update(func(tx *store.Tx) error { return Put(tx, srcARN(), numbered(1)) })
		if diff := cmp.Diff(map[string]string{"k00": "v", "k01": "v"}, of(appARN())); diff != "" {
			t.Error(diff)
		}
		update(func(tx *store.Tx) error { return Drop(tx, appARN()) })
		if got := of(appARN()); len(got) != 0 {
			t.Errorf("%v is left after Drop", got)
		}
		has(t, r, srcARN(), numbered(1)...)
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return Put(tx, "no ARN", numbered(1)) }); err == nil {
			t.Error("Put took what is not an ARN")
		}
	})
}

func TestPurgeRemovesTheTagsOfOneApplication(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, r *op.Registry) {
		set(t, r, appARN(), numbered(3)...)
		set(t, r, srcARN(), numbered(3)...)
		deleted := caller().ARN("application/%s/plugin/p", app) // what its family forgot to drop
		elsewhere := caller().ARN("application/%s", idx)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return errors.Join(Put(tx, elsewhere, numbered(1)), Put(tx, deleted, numbered(1)))
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{true, false} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				more, err := PurgeApplication(tx, caller().Tenant(), app, 2)
				if more != want {
					t.Errorf("step %d: more = %t, want %t", i, more, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		has(t, r, appARN())
		has(t, r, srcARN())
		err = db.View(t.Context(), func(tx *store.Tx) error {
			tags, err := Of(tx, elsewhere)
			if len(tags) != 1 {
				t.Errorf("the tags of another application: %v", tags)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// FuzzARN holds parse to what it promises, whatever it reads.
func FuzzARN(f *testing.F) {
	for _, s := range []string{appARN(), srcARN(), "arn:aws:s3:::b", "arn", "", "arn:aws:qbusiness:::application/", "arn:a:b:c:d:x/y/z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := parse(s)
		if !ok {
			return
		}
		if back := strings.Join([]string{"arn", a.partition, a.service, a.region, a.account, a.path}, ":"); back != s {
			t.Errorf("%q was read as %q", s, back)
		}
		if a.kind != "" && strings.Count(a.kind, "/")+1 != len(a.ids) {
			t.Errorf("%q has kind %q and ids %q", s, a.kind, a.ids)
		}
	})
}

// TestTagsOfAnARN, whoever asks.
func TestTagsOfAnARN(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &Service{DB: db, Kinds: family()}
		r := &op.Registry{Access: optest.Anyone{}, Replays: optest.NoTokens{}}
		s.Mount(r)
		optest.Must(t, r, caller(), api.TagResource, &api.TagResourceInput{ResourceARN: appARN(), Tags: []api.Tag{{Key: "team", Value: "search"}}})
		for arn, want := range map[string]map[string]string{
			appARN():               {"team": "search"},
			appARN() + "/plugin/p": {},
			strings.Replace(appARN(), caller().Account, "999999999999", 1): {},
			strings.Replace(appARN(), "qbusiness", "qapps", 1):             nil,
			"arn": nil,
		} {
			got, err := s.Of(t.Context(), arn)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", arn, err, diff)
			}
		}
	})
}
