package torture

import "testing"

// TestVerdict: the harness sees what it is there to see.
func TestVerdict(t *testing.T) {
	sure := world{"a": {Name: "one", Plugins: map[string]plugin{"p": {Name: "x", Paths: []string{"/1", "/2"}}}}}
	rename := &act{what: "rename", apply: func(w world, _ string) { w.change("a", func(a *application) { a.Name, a.Description = "two", "new" }) }}
	create := &act{
		what:  "create",
		apply: func(w world, id string) { w[id] = application{Name: "made"} },
		made: func(w world) (string, bool) {
			for id, a := range w {
				if a.Name == "made" {
					return id, true
				}
			}
			return "", false
		},
	}
	edited := func(edit func(world)) world { w := sure.clone(); edit(w); return w }
	for _, tc := range []struct {
		name     string
		seen     world
		doubt    *act
		happened bool
		problem  bool
	}{
		{"all is there", sure.clone(), nil, false, false},
		{"an acknowledged application is lost", world{}, nil, false, true},
		{"an action is lost", edited(func(w world) { w.changePlugin("a", "p", func(p *plugin) { p.Paths = p.Paths[:1] }) }), nil, false, true},
		{"something nobody made", edited(func(w world) { w["b"] = application{} }), nil, false, true},
		{"the doubtful did not happen", sure.clone(), rename, false, false},
		{"the doubtful happened", edited(func(w world) { rename.apply(w, "") }), rename, true, false},
		{"the doubtful happened by half", edited(func(w world) { w.change("a", func(a *application) { a.Name = "two" }) }), rename, false, true},
		{"a doubtful create happened", edited(func(w world) { create.apply(w, "n") }), create, true, false},
		{"a doubtful create happened twice", edited(func(w world) { create.apply(w, "n"); create.apply(w, "m") }), create, false, true},
		{"something else happened", edited(func(w world) { delete(w, "a") }), create, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			happened, problem := verdict(sure, tc.seen, tc.doubt)
			if happened != tc.happened || (problem != "") != tc.problem {
				t.Errorf("happened %t, problem %q", happened, problem)
			}
		})
	}
}
