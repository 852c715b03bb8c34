package op

// Trail is what a request leaves behind for its audit record on the way:
// whoever decides notes it. A nil *Trail notes nothing.
type Trail struct {
	Owner     string   // account whose resources the request was about; "" when nobody may know
	Resources []string // ARNs that were asked about

	Decided bool   // a policy was asked
	Allowed bool   // and what it said
	Layer   string // the kind of policy that decided, such as "identity-based policy"
	Sid     string // of the statement that decided, where it has one
}

// Asked notes a decision: what kind of policy decided about which resources, and
// the Sid of its statement.
func (t *Trail) Asked(allowed bool, layer, sid string, resources []string) {
	if t == nil {
		return
	}
	t.Decided, t.Allowed, t.Layer, t.Sid = true, allowed, layer, sid
	t.Resources = append(t.Resources[:0], resources...)
}

// admitted notes whose resources the request is about.
func (t *Trail) admitted(owner string) {
	if t != nil {
		t.Owner = owner
	}
}
