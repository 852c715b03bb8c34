package access

import "testing"

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
