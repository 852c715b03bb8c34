package audit

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/smithy"
)

var update = flag.Bool("update", false, "write the golden file anew")

func services() []*smithy.Service {
	return []*smithy.Service{
		api.Service, iam.Service, identitystore.Service, secretsmanager.Service, ssoadmin.Service, ssooidc.Service, sts.Service,
	}
}

// TestWhatIsSaid holds the members that are said of every operation against a
// list that a person has read: a member that is new in a model shows here.
func TestWhatIsSaid(t *testing.T) {
	var b strings.Builder
	for _, service := range services() {
		for _, route := range service.Routes {
			b.WriteString(route.Action() + ": " + strings.Join(paths(planOf(route.Input, 0), ""), " ") + "\n")
		}
	}
	const golden = "testdata/parameters.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("read it, and run with -update (-want +got):\n%s", diff)
	}
}

func paths(p plan, above string) (all []string) {
	for _, s := range p {
		name := above + s.name
		if s.below == nil {
			all = append(all, name)
		}
		all = append(all, paths(s.below, name+".")...)
	}
	return all
}

// TestNothingSensitiveIsSaid: whatever the models call sensitive, blob or
// document is in no plan, at any depth.
func TestNothingSensitiveIsSaid(t *testing.T) {
	n := 0
	var check func(action string, p plan)
	check = func(action string, p plan) {
		for _, s := range p {
			n++
			for shape := s.shape; shape != nil; shape = shape.Elem {
				if shape.Sensitive || slices.Contains([]smithy.Kind{smithy.Blob, smithy.Document, smithy.Map}, shape.Kind) {
					t.Errorf("%s says %s, a %s", action, s.name, shape.Name)
				}
			}
			check(action, s.below)
		}
	}
	for _, service := range services() {
		for _, route := range service.Routes {
			check(route.Action(), planOf(route.Input, 0))
		}
	}
	if n < 300 {
		t.Errorf("%d members are said: the test proves little", n)
	}
}
