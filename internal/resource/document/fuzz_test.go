package document

import (
	"net/url"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// FuzzAddress: nothing but an address that was made here opens anything.
func FuzzAddress(f *testing.F) {
	s := &Service{Keys: seal.Random(), Now: storetest.Start}
	mine := s.sign(address{key: keyOf(Place{"111122223333:us-east-1", "a", "i", ""}, "d"), Generation: 3, Expires: storetest.Start().Add(time.Minute).Unix()})
	query, err := url.ParseQuery(mine)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(query.Get("d"), query.Get("s"))
	f.Add("", "")
	f.Add("AAAA", query.Get("s"))
	f.Add(query.Get("d")+"A", query.Get("s"))
	f.Fuzz(func(t *testing.T, d, mac string) {
		a, err := s.verify(url.Values{"d": {d}, "s": {mac}})
		switch {
		case err == nil && (d != query.Get("d") || mac != query.Get("s")):
			t.Errorf("%q with %q opens %+v", d, mac, a)
		case err != nil && !fault.Is(err, fault.AccessDenied):
			t.Errorf("%q with %q: %v", d, mac, err)
		}
	})
}
