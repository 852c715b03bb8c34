package access

import (
	"fmt"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// BenchmarkAuthenticate is the cost of knowing a caller: the signature, and the
// look-up of the key without its store.
func BenchmarkAuthenticate(b *testing.B) {
	a := newAuthenticator(&book{})
	for name, key := range map[string][2]string{"root": {root.AccessKeyID, root.Secret}, "role": {isv.AccessKeyID, isvSecret}} {
		r := signed(b, key[0], key[1], "", "qbusiness", "us-east-1", empty)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Authenticate(b.Context(), r, "qbusiness", empty); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAuthorize is the cost of a decision under 20 statements of the caller's
// and 6 of the application's, without the store.
func BenchmarkAuthorize(b *testing.B) {
	us, w := session(home), newWorld()
	us.Tags = map[string]string{"team": "search"}
	var own [][3]string
	for i := range 19 {
		own = append(own, [3]string{"qbusiness:Get*", fmt.Sprintf("%s%02d*", arnOf(home, absent[:34]), i), `"StringEquals": {"aws:PrincipalTag/team": "sales"}`})
	}
	own = append(own, [3]string{"qbusiness:Get*", "*", `"StringLike": {"aws:PrincipalTag/team": "s*"}`})
	w.grants.Identity = []*policy.Policy{allow(b, own...)}
	for i := range 6 {
		w.statements[app] = append(w.statements[app], shares(b, fmt.Sprintf("arn:aws:iam::2222222222%02d:role/p", i), "", "qbusiness:GetPlugin"))
	}
	a := w.authorizer()
	in := getPlugin(app)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Authorize(b.Context(), us, api.GetPlugin.Route, in); err != nil {
			b.Fatal(err)
		}
	}
}
