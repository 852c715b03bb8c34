package connector

import "encoding/json"

// Delegated is a Kind whose sources are read under a role that the customer
// hands over. Every kind but those of this server's own is.
type Delegated interface {
	Kind
	// Needs are what the role has to be allowed, for a configuration that Check
	// has passed. Whoever runs a crawl asks the role each time; the source itself
	// need not.
	Needs(config json.RawMessage) []Need
}

// Need is an action, and the ARN of what it is done to.
type Need struct{ Action, Resource string }
