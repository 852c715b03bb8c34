package policytest

import "math/rand/v2"

// Generate makes a case. The same state of the source gives the same case. The
// request comes first, and the policies are made to fit it more often than not,
// so that every way of deciding occurs: about a third of the cases is allowed.
func Generate(r *rand.Rand) Case {
	g := &generator{Rand: r}
	g.request()
	return Case{Request: g.req, Policies: Policies{
		Identity: g.documents(identity, g.upTo(3)),
		Boundary: g.documents(identity, g.boundaries()),
		Session:  g.documents(identity, g.sessions()),
		Resource: g.documents(resource, g.upTo(2)),
		SCP:      g.documents(scp, g.rarely()*(1+g.upTo(1))),
		RCP:      g.documents(rcp, g.rarely()*(1+g.upTo(1))),
	}}
}

// A generator holds the request that policies are made for.
type generator struct {
	*rand.Rand
	req Request
}

// chance is true p times in a hundred.
func (g *generator) chance(p int) bool { return g.IntN(100) < p }

// upTo is a number from 0 to n.
func (g *generator) upTo(n int) int { return g.IntN(n + 1) }

// rarely is 1 once in four times, and 0 otherwise.
func (g *generator) rarely() int {
	if g.chance(25) {
		return 1
	}
	return 0
}

// boundaries is how many permissions boundaries there are: only users and roles
// can have one.
func (g *generator) boundaries() int {
	switch g.req.Principal.Type {
	case User, RoleSession, FederatedUser:
		return g.rarely()
	}
	return 0
}

// sessions is how many session policies there are: none without a session.
func (g *generator) sessions() int {
	switch g.req.Principal.Type {
	case RoleSession:
		return g.rarely() * (1 + g.upTo(1))
	case FederatedUser:
		return g.upTo(2)
	}
	return 0
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// scribble is up to n letters of an alphabet that is so small that patterns
// often fit.
func (g *generator) scribble(letters string, n int) string {
	alphabet := []rune(letters)
	var out []rune
	for range g.upTo(n) {
		out = append(out, pick(g, alphabet))
	}
	return string(out)
}
