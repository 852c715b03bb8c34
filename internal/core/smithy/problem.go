package smithy

// maxProblems bounds what one request can make us say.
const maxProblems = 100

// Problem is one constraint of the model that a value breaks.
type Problem struct {
	// Path names the member: authConfiguration.basicAuthConfiguration.secretArn,
	// actions[3], tags[0].key, payload.someKey. It is empty for the document.
	Path    string
	Message string // a sentence: what is wrong, and what was expected
	Parse   bool   // the value could not be read at all: not JSON, or of another type

	Rule  Rule   // of the model that is broken, where it is one of these
	Shape *Shape // whose rule it is; nil for Required
}

// Rule is a kind of constraint, for protocols that have words of their own for
// each.
type Rule uint8

// The kinds of constraints.
const (
	Required Rule = iota + 1
	Length        // of a text, a blob, a list or a map
	Range         // of a number
	Matching      // of a pattern
	OneOf         // of the values of an enum
)

// Problems collects what is wrong with one request. The zero value is empty.
type Problems struct {
	list []Problem
	more int
}

// Add appends a problem; beyond the first hundred they are only counted.
func (p *Problems) Add(problem Problem) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, problem)
}

// List is the problems in the order they were found.
func (p *Problems) List() []Problem { return p.list }

// More is the number of problems that List leaves out.
func (p *Problems) More() int { return p.more }
