package policy

// applies says whether a statement that is about the action applies to a request,
// and what it gives the principal by naming it. What is cheap and says no most
// often comes first.
func (s *Statement) applies(e *evaluation) grant {
	if !s.resourceFits(e) {
		return noGrant
	}
	g := s.grants(e)
	if g == noGrant || s.failing(e) >= 0 {
		return noGrant
	}
	return g
}

func (s *Statement) actionFits(e *evaluation) bool {
	for i := range s.actions {
		if s.actions[i].fits(e.action) {
			return !s.notAction
		}
	}
	return s.notAction
}

func (s *Statement) resourceFits(e *evaluation) bool {
	if s.resources == nil {
		return true
	}
	arn := e.target.ARN
	if arn == "" {
		arn = "*"
	}
	for i := range s.resources {
		if s.resources[i].matches(arn, e) {
			return !s.notResource
		}
	}
	return s.notResource
}

// failing is the index of the first condition that does not hold, or -1.
func (s *Statement) failing(e *evaluation) int {
	for i := range s.conditions {
		if !s.conditions[i].holds(e) {
			return i
		}
	}
	return -1
}
