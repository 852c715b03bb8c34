package attribute

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/enrich"
	"github.com/parleyhq/parley/internal/engine/facet"
)

// CheckEnrichment reports what is wrong with the rules and hooks that documents
// are enriched by, member being their name in the request. configured are the
// attributes of the index.
func CheckEnrichment(member string, e *api.DocumentEnrichmentConfiguration, configured map[string]facet.Kind) []fault.Field {
	if e == nil {
		return nil
	}
	var bad []fault.Field
	for _, p := range enrich.Check(Rules(e), configured) {
		bad = append(bad, fault.Field{Name: member + ".inlineConfigurations" + p.Path, Message: p.Message})
	}
	bad = append(bad, checkHook(member+".preExtractionHookConfiguration", e.PreExtractionHookConfiguration, false, configured)...)
	return append(bad, checkHook(member+".postExtractionHookConfiguration", e.PostExtractionHookConfiguration, true, configured)...)
}

// checkHook checks what the model leaves optional. The role that a hook hands
// over is asked about when the hook is called.
func checkHook(at string, h *api.HookConfiguration, bucket bool, configured map[string]facet.Kind) (bad []fault.Field) {
	if h == nil {
		return nil
	}
	refuse := func(name, format string, args ...any) {
		bad = append(bad, fault.Field{Name: at + name, Message: fmt.Sprintf(format, args...)})
	}
	if h.LambdaARN == nil {
		refuse(".lambdaArn", "is missing: a hook calls a function")
	}
	if h.RoleARN == nil || *h.RoleARN == "" {
		refuse(".roleArn", "is missing: it is the role that may call the function")
	}
	if bucket && h.S3BucketName == nil {
		refuse(".s3BucketName", "is missing: what was extracted is handed over in a bucket")
	}
	if h.LambdaARN != nil && h.RoleARN != nil && *h.RoleARN != "" && op.AccountIn(*h.LambdaARN) != op.AccountIn(*h.RoleARN) {
		refuse(".roleArn", "is of another account than the function: both have to be of one")
	}
	for _, p := range enrich.CheckCondition(Condition(h.InvocationCondition), configured) {
		refuse(".invocationCondition"+p.Path, "%s", p.Message)
	}
	return bad
}

// Rules are the inline rules of an enrichment, in their order; nil has none.
func Rules(e *api.DocumentEnrichmentConfiguration) []enrich.Rule {
	if e == nil {
		return nil
	}
	var rules []enrich.Rule
	for _, in := range e.InlineConfigurations {
		rules = append(rules, enrich.Rule{
			Condition: Condition(in.Condition), Target: targetOf(in.Target),
			DropContent: in.DocumentContentOperator != nil && *in.DocumentContentOperator == api.DocumentContentOperatorDelete,
		})
	}
	return rules
}

// Condition is a condition of a rule or a hook as it is asked; nil always holds.
func Condition(c *api.DocumentAttributeCondition) *enrich.Condition {
	if c == nil {
		return nil
	}
	return &enrich.Condition{Key: c.Key, Operator: enrich.Operator(c.Operator), Value: valueOf(c.Value)}
}

func targetOf(t *api.DocumentAttributeTarget) *enrich.Target {
	if t == nil {
		return nil
	}
	del := t.AttributeValueOperator != nil && *t.AttributeValueOperator == api.AttributeValueOperatorDelete
	return &enrich.Target{Key: t.Key, Value: valueOf(t.Value), Delete: del}
}

func valueOf(v *api.DocumentAttributeValue) *facet.Value {
	if v == nil {
		return nil
	}
	made := Value(*v)
	return &made
}
