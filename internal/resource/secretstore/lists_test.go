package secretstore

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
)

// names lists the names that a request finds, page by page.
func (v *vault) names(t *testing.T, in secretsmanager.ListSecretsInput) string {
	t.Helper()
	var names []string
	for {
		out := must(t, v, secretsmanager.ListSecrets, &in)
		for _, e := range out.SecretList {
			names = append(names, *e.Name)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return strings.Join(names, " ")
		}
		if in.MaxResults != nil && len(out.SecretList) != int(*in.MaxResults) {
			t.Errorf("a page of %d", len(out.SecretList))
		}
	}
}

func TestOrders(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		for _, name := range []string{"c", "a", "b"} {
			v.clock.Advance(25 * time.Hour)
			v.create(t, name, "x")
		}
		v.clock.Advance(time.Hour)
		v.put(t, "a", "changed")
		v.value(t, "b", "AWSCURRENT")
		by := func(s secretsmanager.SortByType) *secretsmanager.SortByType { return &s }
		asc, desc := new(secretsmanager.SortOrderTypeAsc), new(secretsmanager.SortOrderTypeDesc)
		for name, tt := range map[string]struct {
			by    *secretsmanager.SortByType
			order *secretsmanager.SortOrderType
			want  string
		}{
			"nothing said": {nil, nil, "c a b"}, "descending": {nil, desc, "b a c"}, "created": {by("created-date"), asc, "c a b"},
			"name": {by("name"), nil, "a b c"}, "name, descending": {by("name"), desc, "c b a"},
			"changed": {by("last-changed-date"), asc, "c b a"}, "changed, descending": {by("last-changed-date"), desc, "a b c"},
			"read": {by("last-accessed-date"), asc, "a c b"}, "read, descending": {by("last-accessed-date"), desc, "b c a"},
		} {
			for _, size := range []int32{1, 2, 100} {
				got := v.names(t, secretsmanager.ListSecretsInput{SortBy: tt.by, SortOrder: tt.order, MaxResults: &size})
				if got != tt.want {
					t.Errorf("%s, pages of %d: %s, want %s", name, size, got, tt.want)
				}
			}
		}
	})
}

func TestFilters(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		for name, in := range map[string]secretsmanager.CreateSecretInput{
			"prod/jira":  {Description: new("Help desk of production")},
			"prod/sales": {Description: new("Customers"), Tags: []secretsmanager.Tag{{Key: new("team"), Value: new("crm")}}},
			"test/jira":  {Tags: []secretsmanager.Tag{{Key: new("Team"), Value: new("help")}, {Key: new("cost"), Value: new("42")}}},
		} {
			in.Name = name
			must(t, v, secretsmanager.CreateSecret, &in)
		}
		v.create(t, "prod/gone", "x")
		must(t, v, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: "prod/gone"})
		type filters = []secretsmanager.Filter
		f := func(key secretsmanager.FilterNameStringType, values ...string) secretsmanager.Filter {
			return secretsmanager.Filter{Key: &key, Values: values}
		}
		for _, tt := range []struct {
			filters filters
			want    string
		}{
			{nil, "prod/jira prod/sales test/jira"},
			{filters{f("name", "prod/")}, "prod/jira prod/sales"},
			{filters{f("name", "Prod/")}, ""},
			{filters{f("name", "jira")}, ""},
			{filters{f("name", "prod/j", "test")}, "prod/jira test/jira"},
			{filters{f("name", "!prod")}, "test/jira"},
			{filters{f("description", "help")}, "prod/jira"},
			{filters{f("description", "!help")}, "prod/sales test/jira"},
			{filters{f("tag-key", "team")}, "prod/sales"},
			{filters{f("tag-key", "Te", "te")}, "prod/sales test/jira"},
			{filters{f("tag-value", "4")}, "test/jira"},
			{filters{f("all", "help")}, "prod/jira test/jira"},
			{filters{f("all", "JIRA prod")}, "prod/jira"},
			{filters{f("all", "ira")}, ""},
			{filters{f("name", "prod"), f("all", "crm")}, "prod/sales"},
			{filters{f("owning-service", "rds")}, ""},
			{filters{f("primary-region", "us")}, ""},
		} {
			name := secretsmanager.SortByTypeName
			got := v.names(t, secretsmanager.ListSecretsInput{Filters: tt.filters, SortBy: &name, MaxResults: new(int32(1))})
			if got != tt.want {
				t.Errorf("%v: %q, want %q", tt.filters, got, tt.want)
			}
		}
		if got := v.names(t, secretsmanager.ListSecretsInput{IncludePlannedDeletion: new(true), Filters: filters{f("name", "prod/g")}}); got != "prod/gone" {
			t.Errorf("with planned deletions: %q", got)
		}
		refused(t, v, secretsmanager.ListSecrets, &secretsmanager.ListSecretsInput{Filters: filters{{}}}, codeInvalidParameter, "Filters[0]: ")
	})
}

// TestPagesAreBoundToTheirList: a token is of no use with other filters, and a
// name of any length fits into one.
func TestPagesAreBoundToTheirList(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		long := strings.Repeat("n", 511)
		for i := range 3 {
			v.create(t, fmt.Sprint(long, i), "x")
		}
		byName := secretsmanager.SortByTypeName
		for _, in := range []secretsmanager.ListSecretsInput{{}, {SortBy: &byName}} {
			in.MaxResults = new(int32(1))
			if got := len(strings.Fields(v.names(t, in))); got != 3 {
				t.Errorf("%d secrets, want 3", got)
			}
			token := must(t, v, secretsmanager.ListSecrets, &in).NextToken
			for name, change := range map[string]func(*secretsmanager.ListSecretsInput){
				"planned deletions": func(in *secretsmanager.ListSecretsInput) { in.IncludePlannedDeletion = new(true) },
				"a filter": func(in *secretsmanager.ListSecretsInput) {
					in.Filters = []secretsmanager.Filter{{Key: new(secretsmanager.FilterNameStringTypeAll), Values: []string{"n"}}}
				},
				"another order": func(in *secretsmanager.ListSecretsInput) { in.SortOrder = new(secretsmanager.SortOrderTypeDesc) },
				"no token":      func(in *secretsmanager.ListSecretsInput) { in.NextToken = new("nonsense") },
			} {
				other := in
				other.NextToken = token
				change(&other)
				t.Run(name, func(t *testing.T) {
					refused(t, v, secretsmanager.ListSecrets, &other, codeInvalidNextToken, "The NextToken is not one")
				})
			}
		}
	})
}

// TestALongList reads more rows than one stretch for few that pass.
func TestALongList(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		for i := range stretch + 5 {
			must(t, v, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: fmt.Sprintf("s%03d", i)})
		}
		got := v.names(t, secretsmanager.ListSecretsInput{Filters: []secretsmanager.Filter{{Key: new(secretsmanager.FilterNameStringTypeName), Values: []string{"s001", "s204"}}}})
		if diff := cmp.Diff("s001 s204", got); diff != "" {
			t.Error(diff)
		}
		if n := len(must(t, v, secretsmanager.ListSecrets, &secretsmanager.ListSecretsInput{}).SecretList); n != maxPage {
			t.Errorf("a page of %d, want %d", n, maxPage)
		}
	})
}
