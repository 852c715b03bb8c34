package enrich

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// A Problem is what is wrong with a rule, and where. Path is written as the
// members of the API are, from the list of rules on.
type Problem struct {
	Path    string // such as [0].condition.value
	Message string // a sentence without its subject, which is what Path names
}

// body is the attribute that stands for the content: it is not compared or set.
const body = "_document_body"

// identities are attributes that say which document it is, and whose.
var identities = []string{"_document_id", "_data_source_id", "_data_source_sync_job_execution_id"}

// Check says what is wrong with rules for an index that has the attributes
// configured.
func Check(rules []Rule, configured map[string]facet.Kind) []Problem {
	var c checker
	c.configured = configured
	for i, r := range rules {
		at := fmt.Sprintf("[%d]", i)
		if r.Target == nil && !r.DropContent {
			c.refuse(at, "does nothing: give it a target, or the documentContentOperator DELETE")
		}
		c.condition(at+".condition", r.Condition)
		c.target(at+".target", r.Target)
	}
	return c.problems
}

// CheckCondition says what is wrong with a condition by itself, such as that of
// a hook.
func CheckCondition(cond *Condition, configured map[string]facet.Kind) []Problem {
	c := checker{configured: configured}
	c.condition("", cond)
	return c.problems
}

type checker struct {
	configured map[string]facet.Kind
	problems   []Problem
}

func (c *checker) refuse(at, format string, args ...any) {
	c.problems = append(c.problems, Problem{at, fmt.Sprintf(format, args...)})
}

func (c *checker) condition(at string, cond *Condition) {
	if cond == nil {
		return
	}
	if cond.Key == body {
		c.refuse(at+".key", "is %s, which no condition compares", body)
		return
	}
	takes, known := operands[cond.Operator]
	switch {
	case !known:
		c.refuse(at+".operator", "is none of the operators there are")
	case cond.Operator == Exists || cond.Operator == NotExists:
	case cond.Value == nil:
		c.refuse(at+".value", "is missing: %s compares with one", cond.Operator)
	case !slices.Contains(takes, cond.Value.Kind):
		c.refuse(at+".value", "is of type %s; %s takes %s", cond.Value.Kind, cond.Operator, kinds(takes))
	default:
		c.meets(at, cond)
	}
}

// meets checks that a value can be compared with the attribute as the index has
// it. One that the index does not have may be of any type.
func (c *checker) meets(at string, cond *Condition) {
	has, there := c.configured[cond.Key]
	with := cond.Value.Kind
	member := has == facet.StringList && with == facet.String && cond.Operator != Equals && cond.Operator != NotEquals
	if there && has != with && !member {
		c.refuse(at+".value", "is of type %s; the attribute %s of the index is of type %s, which %s does not compare with it", with, cond.Key, has, cond.Operator)
	}
}

// operands are the kinds of value that an operator takes.
var operands = map[Operator][]facet.Kind{
	Greater:      {facet.Number, facet.Date},
	GreaterEqual: {facet.Number, facet.Date},
	Less:         {facet.Number, facet.Date},
	LessEqual:    {facet.Number, facet.Date},
	Equals:       {facet.String, facet.StringList, facet.Number, facet.Date},
	NotEquals:    {facet.String, facet.StringList, facet.Number, facet.Date},
	Contains:     {facet.String, facet.StringList},
	NotContains:  {facet.String, facet.StringList},
	BeginsWith:   {facet.String},
	Exists:       nil,
	NotExists:    nil,
}

func kinds(list []facet.Kind) string {
	var names []string
	for _, k := range list {
		names = append(names, string(k))
	}
	return strings.Join(names, " or ")
}

func (c *checker) target(at string, t *Target) {
	if t == nil {
		return
	}
	kind, there := c.configured[t.Key]
	switch {
	case t.Key == body:
		c.refuse(at+".key", "is %s, which no rule sets: the documentContentOperator DELETE removes the content", body)
	case slices.Contains(identities, t.Key):
		c.refuse(at+".key", "is %s, which says which document it is, and stays", t.Key)
	case !there:
		c.refuse(at+".key", "is %s, which the index does not have: add it with UpdateIndex first", t.Key)
	case t.Delete && t.Value != nil:
		c.refuse(at+".value", "cannot be set and deleted at once: give a value or the attributeValueOperator DELETE")
	case t.Delete:
	case t.Value == nil:
		c.refuse(at, "has neither a value nor the attributeValueOperator DELETE")
	case t.Value.Kind != kind:
		c.refuse(at+".value", "is of type %s; the attribute %s of the index is of type %s", t.Value.Kind, t.Key, kind)
	}
}
