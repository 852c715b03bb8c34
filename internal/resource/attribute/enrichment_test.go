package attribute

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/enrich"
	"github.com/parleyhq/parley/internal/engine/facet"
)

const (
	anyFunction = "arn:aws:lambda:us-east-1:111122223333:function:f"
	anyRole     = "arn:aws:iam::111122223333:role/r"
)

func TestEnrichmentIsRead(t *testing.T) {
	e := &api.DocumentEnrichmentConfiguration{InlineConfigurations: []api.InlineDocumentEnrichmentConfiguration{
		{
			Condition: &api.DocumentAttributeCondition{Key: "uri", Operator: api.DocumentEnrichmentConditionOperatorContains, Value: &api.DocumentAttributeValue{StringValue: new("x")}},
			Target:    &api.DocumentAttributeTarget{Key: "n", Value: &api.DocumentAttributeValue{LongValue: new(int64(1))}},
		},
		{
			Target:                  &api.DocumentAttributeTarget{Key: "n", AttributeValueOperator: new(api.AttributeValueOperatorDelete)},
			DocumentContentOperator: new(api.DocumentContentOperatorDelete),
		},
	}}
	want := []enrich.Rule{
		{Condition: &enrich.Condition{Key: "uri", Operator: enrich.Contains, Value: new(facet.OfString("x"))}, Target: &enrich.Target{Key: "n", Value: new(facet.OfNumber(1))}},
		{Target: &enrich.Target{Key: "n", Delete: true}, DropContent: true},
	}
	if diff := cmp.Diff(want, Rules(e)); diff != "" {
		t.Error(diff)
	}
	if Rules(nil) != nil || Condition(nil) != nil || CheckEnrichment("e", nil, nil) != nil {
		t.Error("none is not none")
	}
	if bad := CheckEnrichment("e", e, map[string]facet.Kind{"n": facet.Number}); bad != nil {
		t.Error(bad)
	}
}

// Every operator of the model is one of enrich.
func TestOperatorsAreAllKnown(t *testing.T) {
	all := []api.DocumentEnrichmentConditionOperator{
		api.DocumentEnrichmentConditionOperatorGreaterThan, api.DocumentEnrichmentConditionOperatorGreaterThanOrEquals,
		api.DocumentEnrichmentConditionOperatorLessThan, api.DocumentEnrichmentConditionOperatorLessThanOrEquals,
		api.DocumentEnrichmentConditionOperatorEquals, api.DocumentEnrichmentConditionOperatorNotEquals,
		api.DocumentEnrichmentConditionOperatorContains, api.DocumentEnrichmentConditionOperatorNotContains,
		api.DocumentEnrichmentConditionOperatorExists, api.DocumentEnrichmentConditionOperatorNotExists,
		api.DocumentEnrichmentConditionOperatorBeginsWith,
	}
	for _, o := range all {
		c := Condition(&api.DocumentAttributeCondition{Key: "k", Operator: o})
		for _, p := range enrich.CheckCondition(c, nil) {
			if p.Path == ".operator" {
				t.Errorf("%s: %s", o, p.Message)
			}
		}
	}
}

func TestWhatIsWrongWithAnEnrichment(t *testing.T) {
	hook := func(change func(*api.HookConfiguration)) *api.HookConfiguration {
		h := &api.HookConfiguration{LambdaARN: new(anyFunction), RoleARN: new(anyRole), S3BucketName: new("bucket")}
		change(h)
		return h
	}
	pre := func(change func(*api.HookConfiguration)) *api.DocumentEnrichmentConfiguration {
		return &api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: hook(change)}
	}
	post := func(change func(*api.HookConfiguration)) *api.DocumentEnrichmentConfiguration {
		return &api.DocumentEnrichmentConfiguration{PostExtractionHookConfiguration: hook(change)}
	}
	for name, test := range map[string]struct {
		e    *api.DocumentEnrichmentConfiguration
		want []fault.Field
	}{
		"nothing": {pre(func(*api.HookConfiguration) {}), nil},
		"a rule": {
			&api.DocumentEnrichmentConfiguration{InlineConfigurations: []api.InlineDocumentEnrichmentConfiguration{{}, {Target: &api.DocumentAttributeTarget{Key: "no"}}}},
			[]fault.Field{
				{Name: "e.inlineConfigurations[0]", Message: "does nothing: give it a target, or the documentContentOperator DELETE"},
				{Name: "e.inlineConfigurations[1].target.key", Message: "is no, which the index does not have: add it with UpdateIndex first"},
			},
		},
		"empty hook": {&api.DocumentEnrichmentConfiguration{PreExtractionHookConfiguration: &api.HookConfiguration{}}, []fault.Field{
			{Name: "e.preExtractionHookConfiguration.lambdaArn", Message: "is missing: a hook calls a function"},
			{Name: "e.preExtractionHookConfiguration.roleArn", Message: "is missing: it is the role that may call the function"},
		}},
		"empty role":       {pre(func(h *api.HookConfiguration) { h.RoleARN = new("") }), []fault.Field{{Name: "e.preExtractionHookConfiguration.roleArn", Message: "is missing: it is the role that may call the function"}}},
		"no bucket before": {pre(func(h *api.HookConfiguration) { h.S3BucketName = nil }), nil},
		"no bucket after":  {post(func(h *api.HookConfiguration) { h.S3BucketName = nil }), []fault.Field{{Name: "e.postExtractionHookConfiguration.s3BucketName", Message: "is missing: what was extracted is handed over in a bucket"}}},
		"two accounts":     {post(func(h *api.HookConfiguration) { h.RoleARN = new("arn:aws:iam::444455556666:role/r") }), []fault.Field{{Name: "e.postExtractionHookConfiguration.roleArn", Message: "is of another account than the function: both have to be of one"}}},
		"condition on a body": {pre(func(h *api.HookConfiguration) {
			h.InvocationCondition = &api.DocumentAttributeCondition{Key: "_document_body", Operator: api.DocumentEnrichmentConditionOperatorExists}
		}), []fault.Field{{Name: "e.preExtractionHookConfiguration.invocationCondition.key", Message: "is _document_body, which no condition compares"}}},
		"condition that compares nothing": {post(func(h *api.HookConfiguration) {
			h.InvocationCondition = &api.DocumentAttributeCondition{Key: "k", Operator: api.DocumentEnrichmentConditionOperatorEquals}
		}), []fault.Field{{Name: "e.postExtractionHookConfiguration.invocationCondition.value", Message: "is missing: EQUALS compares with one"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, CheckEnrichment("e", test.e, nil)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
