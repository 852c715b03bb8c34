package policy

import (
	"fmt"
	"testing"
)

// TestWhatIsRememberedOfAPolicy: actions up to a bound, and nothing of another
// policy, even if that began as a copy.
func TestWhatIsRememberedOfAPolicy(t *testing.T) {
	p, err := Parse([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "a:Get*", "Resource": "*"},
		{"Effect": "Deny", "NotAction": "a:*", "Resource": "*"}]}`), Identity)
	if err != nil {
		t.Fatal(err)
	}
	decide := func(p *Policy, action string) Decision {
		s := Set{Identity: []*Policy{p}}
		return s.Decide(&Request{Principal: Principal{Type: User, Account: "111122223333"}, Action: action})
	}
	for i := range 2*maxAbout + 1 {
		for range 2 { // asked, then remembered
			if d := decide(p, fmt.Sprintf("a:Get%d", i)); !d.Allowed || d.Statement != 0 {
				t.Fatalf("a:Get%d: %+v", i, d)
			}
			if d := decide(p, fmt.Sprintf("b:Get%d", i)); !d.Explicit || d.Statement != 1 {
				t.Fatalf("b:Get%d: %+v", i, d)
			}
		}
	}
	if n := len(*p.about.held.Load()); n != maxAbout {
		t.Errorf("%d actions are remembered, want %d", n, maxAbout)
	}
	other := *p
	other.Statements = p.Statements[1:]
	if d := decide(&other, "a:Get0"); d.Allowed || d.Explicit {
		t.Errorf("a copy with other statements decides by what is remembered of the first: %+v", d)
	}
}

func TestALazyContextIsFilledOnce(t *testing.T) {
	filled := 0
	c := Lazy(func(c *Context) {
		filled++
		c.Set("a:B", "1")
		c.Set("a:C", "1")
	})
	c.Set("a:b", "2") // over what fill sets
	for key, want := range map[string]string{"A:B": "2", "a:c": "1"} {
		if got := c.Get(key); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	twin := c.Clone()
	twin.Set("a:c", "3")
	if got := c.Get("a:c"); got[0] != "1" || filled != 1 {
		t.Errorf("%q after its clone changed, filled %d times", got, filled)
	}
}
