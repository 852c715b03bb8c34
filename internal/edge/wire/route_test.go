package wire

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// candidates is the slow way to find a route: every route of which each
// segment and query key fits, whatever its method.
func candidates(routes []*smithy.Route, path, query string) []*smithy.Route {
	sent := strings.Split(path, "/")
	keys, _ := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B")) // a semicolon separates nothing
	var found []*smithy.Route
	for _, r := range routes {
		template, wanted, _ := strings.Cut(r.URI, "?")
		segments := strings.Split(template, "/")
		fits := len(segments) == len(sent) && (wanted == "" || keys.Has(wanted))
		for i := range segments {
			fits = fits && (segments[i] == sent[i] || strings.HasPrefix(segments[i], "{"))
		}
		if fits {
			found = append(found, r)
		}
	}
	return found
}

// filled is the path and query of a route with something in its labels.
func filled(r *smithy.Route, value string) (path, query string) {
	path, query, _ = strings.Cut(r.URI, "?")
	segments := strings.Split(path, "/")
	for i := range segments {
		if strings.HasPrefix(segments[i], "{") {
			segments[i] = value
		}
	}
	return strings.Join(segments, "/"), query
}

func locate(t testing.TB, target string) *url.URL {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestEachRouteFindsItselfAndNoOther(t *testing.T) {
	if len(api.Routes) != 83 {
		t.Fatalf("%d routes; want 83", len(api.Routes))
	}
	table := newTable(api.Routes)
	for _, want := range api.Routes {
		path, query := filled(want, "0f8fad5b-d9cb-469f-a165-70867728950e")
		got, err := table.find(want.Method, locate(t, path+"?"+query))
		if err != nil {
			t.Errorf("%s: %v", want.Name, err)
			continue
		}
		if got.Route != want {
			t.Errorf("%s finds %s", want.Name, got.Name)
		}
		for _, other := range candidates(api.Routes, path, query) {
			if other != want && other.Method == want.Method && strings.Contains(want.URI, "?") == strings.Contains(other.URI, "?") {
				t.Errorf("%s is found where %s is", other.Name, want.Name)
			}
		}
	}
}

func TestFind(t *testing.T) {
	const app = "/applications/a1"
	arn := "arn%3Aaws%3Aqbusiness%3Aus-east-1%3A000000000000%3Aapplication%2Fa1%2Fplugin%2Fp1"
	tests := []struct {
		name, method, target string
		want                 string
		labels               map[string]string
	}{
		{"plain", "GET", app + "/plugins/p1", "GetPlugin", map[string]string{"applicationId": "a1", "pluginId": "p1"}},
		{"query is no part of the path", "GET", app + "/plugins?maxResults=3", "ListPlugins", map[string]string{"applicationId": "a1"}},
		{"sync", "POST", app + "/conversations?sync", "ChatSync", map[string]string{"applicationId": "a1"}},
		{"sync with an equals sign", "POST", app + "/conversations?sync=", "ChatSync", map[string]string{"applicationId": "a1"}},
		{"sync among others", "POST", app + "/conversations?userId=u&sync=&userGroups=g", "ChatSync", map[string]string{"applicationId": "a1"}},
		{"sync, encoded", "POST", app + "/conversations?%73ync", "ChatSync", map[string]string{"applicationId": "a1"}},
		{"without sync", "POST", app + "/conversations", "Chat", map[string]string{"applicationId": "a1"}},
		{"sync as a value", "POST", app + "/conversations?userId=sync", "Chat", map[string]string{"applicationId": "a1"}},
		{"sync elsewhere", "GET", app + "/conversations?sync", "ListConversations", map[string]string{"applicationId": "a1"}},
		{"an ARN in a segment", "GET", "/v1/tags/" + arn, "ListTagsForResource", map[string]string{"resourceARN": arn}},
		{"an ARN with plain colons", "GET", "/v1/tags/arn:aws:x%2Fy", "ListTagsForResource", map[string]string{"resourceARN": "arn:aws:x%2Fy"}},
		{"an ARN with a plain slash", "GET", "/v1/tags/arn:aws:x/y", "404", nil},
		{"an encoded space", "GET", app + "/users/a%20b", "GetUser", map[string]string{"applicationId": "a1", "userId": "a%20b"}},
		{"an encoded percent sign", "GET", app + "/users/100%25", "GetUser", map[string]string{"applicationId": "a1", "userId": "100%25"}},
		{"an encoded letter of a literal", "GET", "/%61pplications", "404", nil},
		{"dots stay", "GET", "/applications/../plugins", "ListPlugins", map[string]string{"applicationId": ".."}},
		{"an empty label at the end", "GET", app + "/plugins/", "GetPlugin", map[string]string{"applicationId": "a1", "pluginId": ""}},
		{"an empty label within", "GET", "/applications//plugins", "ListPlugins", map[string]string{"applicationId": ""}},
		{"an empty label for an application", "DELETE", "/applications/", "DeleteApplication", map[string]string{"applicationId": ""}},
		{"a slash after a label", "DELETE", app + "/", "404", nil},
		{"a slash too many", "GET", "//applications", "404", nil},
		{"root", "GET", "/", "404", nil},
		{"unknown", "GET", "/nothing/here", "404", nil},
		{"a longer path", "GET", app + "/plugins/p1/actions/x", "404", nil},
		{"another case", "GET", "/Applications", "404", nil},
		{"absolute form", "GET", "http://host" + app + "/plugins/p1", "GetPlugin", map[string]string{"applicationId": "a1", "pluginId": "p1"}},
		{"wrong method", "PATCH", app + "/plugins/p1", "405 DELETE, GET, PUT", nil},
		{"wrong method, one that is right", "DELETE", "/pluginTypeMetadata", "405 GET", nil},
		{"methods are not repeated", "PUT", app + "/conversations?sync", "405 GET, POST", nil},
		{"HEAD", "HEAD", app, "405 DELETE, GET, PUT", nil},
		{"OPTIONS", "OPTIONS", "/applications", "405 GET, POST", nil},
		{"a method in small letters", "get", "/applications", "405 GET, POST", nil},
	}
	table := newTable(api.Routes)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := locate(t, tt.target)
			e, err := table.find(tt.method, u)
			if got := outcome(e, err); got != tt.want {
				t.Fatalf("found %s; want %s", got, tt.want)
			}
			if err != nil {
				return
			}
			labels := map[string]string{}
			e.fill(labels, u.EscapedPath())
			if diff := cmp.Diff(tt.labels, labels); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// outcome is the operation found, or the status with the methods allowed.
func outcome(e *endpoint, err error) string {
	if err == nil {
		return e.Name
	}
	refused := err.(*refusal)
	if refused.status == http.StatusNotFound {
		return "404"
	}
	return "405 " + strings.Join(refused.allow, ", ")
}

func TestLiteralsBeforeLabels(t *testing.T) {
	var routes []*smithy.Route
	for _, uri := range []string{"/a/{x}/c", "/a/b/{y}", "/a/b/c", "/{w}/b/c", "/a/{x}"} {
		routes = append(routes, &smithy.Route{Name: uri, Method: "GET", URI: uri, Input: &smithy.Shape{}})
	}
	routes = append(routes, &smithy.Route{Name: "put", Method: "PUT", URI: "/a/{x}/c", Input: &smithy.Shape{}})
	table := newTable(routes)
	tests := []struct{ method, path, want string }{
		{"GET", "/a/b/c", "/a/b/c"},
		{"GET", "/a/b/d", "/a/b/{y}"},
		{"GET", "/a/z/c", "/a/{x}/c"},
		{"GET", "/z/b/c", "/{w}/b/c"},
		{"GET", "/a/b", "/a/{x}"},
		{"PUT", "/a/b/c", "put"}, // the literal path has no PUT, a label's has
		{"GET", "/a/z/d", "404"},
	}
	for _, tt := range tests {
		if got := outcome(table.find(tt.method, locate(t, tt.path))); got != tt.want {
			t.Errorf("%s %s finds %s; want %s", tt.method, tt.path, got, tt.want)
		}
	}
}

func TestQueryLiterals(t *testing.T) {
	var routes []*smithy.Route
	for _, uri := range []string{"/a", "/a?x", "/a?x=1", "/a?x=1&y"} {
		routes = append(routes, &smithy.Route{Name: uri, Method: "GET", URI: uri, Input: &smithy.Shape{}})
	}
	routes = append(routes, &smithy.Route{Name: "only with x", Method: "PUT", URI: "/a?x", Input: &smithy.Shape{}})
	table := newTable(routes)
	tests := []struct{ method, target, want string }{
		{"GET", "/a", "/a"},
		{"GET", "/a?x", "/a?x"},
		{"GET", "/a?x=2", "/a?x"},
		{"GET", "/a?x=1", "/a?x=1"},
		{"GET", "/a?x=%31", "/a?x=1"},
		{"GET", "/a?x=2&x=1", "/a?x=1"},
		{"GET", "/a?y&x=1", "/a?x=1&y"},
		{"GET", "/a?xx=1&%zz", "/a"},
		{"PUT", "/a?x=9", "only with x"},
		{"PUT", "/a", "405 GET"},
		{"PATCH", "/a?x", "405 GET, PUT"},
	}
	for _, tt := range tests {
		if got := outcome(table.find(tt.method, locate(t, tt.target))); got != tt.want {
			t.Errorf("%s %s finds %s; want %s", tt.method, tt.target, got, tt.want)
		}
	}
}

func TestBodyLimits(t *testing.T) {
	got := map[string]int64{}
	for _, r := range api.Routes {
		if limit := bodyLimit(r); limit != defaultLimit {
			got[r.Name] = limit
		}
	}
	want := map[string]int64{
		"CreatePlugin": 8 << 20, "UpdatePlugin": 8 << 20, "UpdateWebExperience": 12 << 20,
		"BatchPutDocument": 72 << 20, "Chat": 72 << 20, "ChatSync": 72 << 20, "PutGroup": 4 << 20,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzRoute(f *testing.F) {
	for _, r := range api.Routes {
		path, query := filled(r, "a%2Fb")
		f.Add(r.Method, path, query)
	}
	f.Add("GET", "/applications//plugins/", "sync&%zz")
	f.Add("OPTIONS", "*", "")
	table := newTable(api.Routes)
	f.Fuzz(func(t *testing.T, method, path, query string) {
		target := path
		if query != "" {
			target += "?" + query
		}
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(u.EscapedPath(), "/") {
			t.Skip()
		}
		fits := candidates(api.Routes, u.EscapedPath(), u.RawQuery)
		right := slices.DeleteFunc(slices.Clone(fits), func(r *smithy.Route) bool { return r.Method != method })
		e, err := table.find(method, u)
		switch {
		case len(right) > 0 && err != nil:
			t.Fatalf("%s %s: %v; want one of %d operations", method, target, err, len(right))
		case len(right) == 0 && err == nil:
			t.Fatalf("%s %s finds %s; want none", method, target, e.Name)
		case len(right) > 0 && !slices.Contains(right, e.Route):
			t.Fatalf("%s %s finds %s", method, target, e.Name)
		case err != nil && (err.(*refusal).status == http.StatusMethodNotAllowed) != (len(fits) > 0):
			t.Fatalf("%s %s: %v", method, target, err)
		}
	})
}

func BenchmarkRoute(b *testing.B) {
	table := newTable(api.Routes)
	labels := map[string]string{}
	for _, target := range []string{
		"/applications",
		"/applications/0f8fad5b-d9cb-469f-a165-70867728950e/plugins/7c9e6679-7425-40de-944b-e07fc1f90ae7",
		"/v1/tags/arn%3Aaws%3Aqbusiness%3Aus-east-1%3A000000000000%3Aapplication%2F0f8fad5b",
	} {
		u := locate(b, target)
		b.Run(target[:12], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e, err := table.find("GET", u)
				if err != nil {
					b.Fatal(err)
				}
				e.fill(labels, u.EscapedPath())
			}
		})
	}
}
