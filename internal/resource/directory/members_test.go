package directory

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/acl"
)

func rosterOf(all ...acl.Principal) (r roster) {
	for _, p := range all {
		r.add(p)
	}
	return r.distinct()
}

// TestReadMembers: the forms there are.
func TestReadMembers(t *testing.T) {
	for name, test := range map[string]struct {
		text, source string
		want         roster
	}{
		"nothing":                 {"", "", roster{}},
		"an empty object":         {"{}", "", roster{}},
		"an empty list":           {" [ ] ", "", roster{}},
		"as in a request":         {`{"memberUsers": [{"userId": "Ann+1@Example.com"}, {"userId": "b", "type": "INDEX"}], "memberGroups": [{"groupName": "g"}]}`, "", rosterOf(userIn("", "ann@example.com"), userIn("", "b"), groupIn("", "g"))},
		"groups before users":     {`{"memberGroups": [{"groupName": "g"}], "memberUsers": [{"userId": "a"}]}`, "", rosterOf(userIn("", "a"), groupIn("", "g"))},
		"a list":                  {`[{"userId": "a"}, {"type": "INDEX", "groupName": "g"}]`, "", rosterOf(userIn("", "a"), groupIn("", "g"))},
		"one a line":              {"{\"userId\": \"a\"}\n{\"userId\": \"b\"}\r\n\n{\"groupName\": \"a\"}\n", "", rosterOf(userIn("", "a"), userIn("", "b"), groupIn("", "a"))},
		"twice":                   {`[{"userId": "a@b.c"}, {"userId": "A@b.c"}]`, "", rosterOf(userIn("", "a@b.c"))},
		"of a data source":        {`[{"userId": "A@b.c"}, {"userId": "A@b.c", "type": "INDEX"}, {"groupName": "g", "type": "DATASOURCE"}]`, wiki, rosterOf(userIn(wiki, "A@b.c"), userIn("", "a@b.c"), groupIn(wiki, "g"))},
		"several lists":           {`{"memberUsers": [{"userId": "a"}]} [{"userId": "b"}] {"userId": "c"}`, "", rosterOf(userIn("", "a"), userIn("", "b"), userIn("", "c"))},
		"a name of 1,024 letters": {`{"userId": "` + strings.Repeat("é", 1024) + `"}`, "", rosterOf(userIn("", strings.Repeat("é", 1024)))},
	} {
		got, err := readMembers(strings.NewReader(test.text), test.source)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(roster{})); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestWhatIsNoListOfMembers: and where it is not.
func TestWhatIsNoListOfMembers(t *testing.T) {
	for text, says := range map[string]string{
		`ann@example.com`:                                 "invalid character 'a'",
		`"ann@example.com"`:                               "and not ann@example.com",
		`["ann@example.com"]`:                             "and not ann@example.com",
		`[{"userId": "a"}`:                                "EOF",
		`[{"userId": "a"`:                                 "EOF",
		`[{"userId": 7}]`:                                 "cannot unmarshal number",
		`[{"userId": "a", "groupName": "g"}]`:             "a userId or a groupName",
		`[{}]`:                                            "a userId or a groupName",
		`{"type": "INDEX"}`:                               "a userId or a groupName",
		`[{"userId": null}]`:                              "a userId or a groupName",
		`[{"userId": ""}]`:                                "1 to 1024 characters",
		`[{"userId": "a\u0000"}]`:                         "1 to 1024 characters",
		`[{"userId": "a", "type": "USER"}]`:               `not "USER"`,
		`[{"userId": "a", "type": "DATASOURCE"}]`:         "not that of a data source",
		`{"memberUsers": {"userId": "a"}}`:                "begins with [",
		`{"memberUsers": [{"groupName": "a"}]}`:           `"groupName" is not known there`,
		`{"memberGroups": [{"userId": "a"}]}`:             `"userId" is not known there`,
		`[{"memberUsers": [{"userId": "a"}]}]`:            `"memberUsers" is not known there`,
		`{"UserId": "a"}`:                                 `"UserId" is not known there`,
		`{"userId": "` + strings.Repeat("a", 1025) + `"}`: "1 to 1024 characters",
		`[[{"userId": "a"}]]`:                             "and not [",
	} {
		_, err := readMembers(strings.NewReader(text), "")
		if !errors.Is(err, errMembers) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40s: %v; want %q", text, err, says)
		}
	}
}

// TestMembersAreBounded: 100,000 of them, and the size of the object.
func TestMembersAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range MaxMembers {
		fmt.Fprintf(&b, "{\"userId\": \"user-%d@example.com\"}\n", i)
	}
	if got, err := readMembers(strings.NewReader(b.String()), ""); err != nil || len(got.users) != MaxMembers {
		t.Errorf("%d members: %v", len(got.users), err)
	}
	b.WriteString(`{"userId": "one-more@example.com"}`)
	if _, err := readMembers(strings.NewReader(b.String()), ""); !errors.Is(err, errMembers) || !strings.Contains(err.Error(), "at most 100000 members") {
		t.Error("one more:", err)
	}
	endless := io.MultiReader(strings.NewReader(`{"userId": "`), zeroes{})
	if _, err := readMembers(endless, ""); !errors.Is(err, errMembers) || !strings.Contains(err.Error(), "at most 67108864 bytes") {
		t.Error("an endless object:", err)
	}
	broken := errors.New("connection lost")
	if _, err := readMembers(io.MultiReader(strings.NewReader(`[{"userId": "a"},`), iotest.ErrReader(broken)), ""); !errors.Is(err, broken) || errors.Is(err, errMembers) {
		t.Error("a lost connection is no fault of the list:", err)
	}
}

// zeroes is an endless run of the digit.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// FuzzReadMembers: whatever an object holds, the keys are distinct and in order, or
// there are none.
func FuzzReadMembers(f *testing.F) {
	for _, seed := range []string{
		`{"memberUsers": [{"userId": "ann@example.com"}], "memberGroups": [{"groupName": "g", "type": "INDEX"}]}`,
		`[{"userId": "a"}, {"groupName": "b"}]`, "{\"userId\": \"a\"}\n{\"groupName\": \"b\", \"type\": \"DATASOURCE\"}",
		`[`, `{"memberUsers": [`, `{"type": null}`, `{"userId": "a", "userId": null}`, `[[[[`, `{"memberUsers": null}`,
	} {
		f.Add([]byte(seed), wiki)
		f.Add([]byte(seed), "")
	}
	f.Fuzz(func(t *testing.T, data []byte, source string) {
		r, err := readMembers(strings.NewReader(string(data)), source)
		if err != nil && (r.users != nil || r.groups != nil || !errors.Is(err, errMembers)) {
			t.Fatalf("%d members, and %v", len(r.users)+len(r.groups), err)
		}
		for _, keys := range [][]string{r.users, r.groups} {
			if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
				t.Fatal("keys out of order, or twice")
			}
			if slices.ContainsFunc(keys, func(k string) bool { return len(k) != 26 }) {
				t.Fatalf("the keys %q", keys)
			}
		}
	})
}
