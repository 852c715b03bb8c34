package api_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// TestActions: who may is asked about the resources that AWS lists for each
// action, in that order, and about the actions that it depends on.
func TestActions(t *testing.T) {
	b, err := os.ReadFile("testdata/actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if op, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok && op != "#" {
			want[op] = rest
		}
	}
	got := map[string]string{}
	for _, r := range api.Routes {
		got[r.Name] = asked(r)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// asked writes what a route is asked about the way the table has it.
func asked(r *smithy.Route) string {
	var words []string
	for _, path := range r.Resources {
		switch path {
		case "*":
			words = append(words, "*")
		case "{resourceARN}":
			words = append(words, "{ARN}")
		default:
			parts := strings.Split(path, "/")
			words = append(words, parts[len(parts)-2])
		}
	}
	if len(r.Dependent) > 0 {
		words = append(append(words, "+"), r.Dependent...)
	}
	return strings.Join(words, " ")
}

// TestResourcesLieInEachOther: the path of a resource begins with that of the one
// before it.
func TestResourcesLieInEachOther(t *testing.T) {
	for _, r := range api.Routes {
		for i := 1; i < len(r.Resources); i++ {
			if !strings.HasPrefix(r.Resources[i], r.Resources[i-1]+"/") {
				t.Errorf("%s: %s does not lie in %s", r.Name, r.Resources[i], r.Resources[i-1])
			}
		}
	}
}
