package document

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/hook"
	"github.com/parleyhq/parley/internal/resource/attribute"
)

// before calls the function that alters a document before its text is extracted.
// From then on the file is what the function made of it: what it took out is not
// shown to those who fetch the document either.
func (r *reader) before(e *api.DocumentEnrichmentConfiguration) error {
	if e == nil {
		return nil
	}
	c, asked, err := r.call(e.PreExtractionHookConfiguration)
	if !asked || err != nil {
		return err
	}
	c.Data = r.file
	result, err := r.Hooks.Pre(r.ctx, c)
	if err != nil {
		return hookError(err)
	}
	if result.Data != nil {
		r.file, r.renewed = result.Data, true
	}
	return r.update(c, result.Updates)
}

// after calls the function that alters what was extracted.
func (r *reader) after(e *api.DocumentEnrichmentConfiguration, doc *extract.Document) (*extract.Document, error) {
	if e == nil {
		return doc, nil
	}
	c, asked, err := r.call(e.PostExtractionHookConfiguration)
	if !asked || err != nil {
		return doc, err
	}
	c.Text = doc.Text
	result, err := r.Hooks.Post(r.ctx, c)
	if err != nil {
		return nil, hookError(err)
	}
	if result.Text != nil {
		text, err := extract.Extract(r.ctx, []byte(*result.Text), "", extract.PlainText, r.limits())
		if err != nil {
			return nil, refuse("What the function %s made of the text cannot be taken: %s", c.Function, err.Error())
		}
		doc = &extract.Document{Type: doc.Type, Title: doc.Title, Language: doc.Language, Text: text.Text}
	}
	return doc, r.update(c, result.Updates)
}

// call is the call of a hook's function, if its condition holds.
func (r *reader) call(h *api.HookConfiguration) (c hook.Call, asked bool, err error) {
	if h == nil || !attribute.Condition(h.InvocationCondition).Holds(r.values) {
		return c, false, nil
	}
	if r.Hooks == nil {
		return c, false, refuse("This server calls no functions: start it with --lambda-endpoint URL or --hook FUNCTION=URL.")
	}
	owner := landlord(r.Tenant)
	c = hook.Call{
		Account: owner.Account, Application: owner.ARN("application/%s", r.Application),
		Key:        fmt.Sprintf("parley/%s/%s/%s/%d", r.Application, r.Index, r.document, r.generation),
		Attributes: maps.Clone(r.values),
	}
	for _, given := range []struct {
		from *string
		to   *string
	}{{h.LambdaARN, &c.Function}, {h.RoleARN, &c.Role}, {h.S3BucketName, &c.Bucket}} {
		if given.from != nil {
			*given.to = *given.from
		}
	}
	return c, true, nil
}

// hookError is what kept a function from its work: its document's problem, unless
// another try may find it gone.
func hookError(err error) error {
	if why, ok := errors.AsType[*hook.Error](err); ok && !why.Passing {
		return refuse("%s", sentence(why))
	}
	return err
}

// sentence is what a function's error says, as a sentence of its own.
func sentence(why *hook.Error) string { return "T" + why.Error()[1:] + "." }

// update sets the attributes that a function returned: those that the index has,
// of its types, and none that says which document it is.
func (r *reader) update(c hook.Call, updates facet.Values) error {
	for _, name := range slices.Sorted(maps.Keys(updates)) {
		v := updates[name]
		want, there := r.kinds[name]
		switch {
		case name == idAttribute || name == sourceAttribute || name == executionAttribute || name == bodyAttribute:
			return refuse("The function %s sets the attribute %s, which says which document it is.", c.Function, name)
		case there && v.Kind != want:
			return refuse("The function %s sets the attribute %s to a value of type %s; the index has it as %s.", c.Function, name, v.Kind, want)
		}
		r.values[name] = v
	}
	return nil
}
