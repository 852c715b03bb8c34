package plugin

import (
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// schema is a custom plugin's document as a request gives it: read and built
// where it is inline, only named where it is in a bucket.
type schema struct {
	s3      *api.S3
	source  string
	actions []Action
	schemes []openapi.Scheme // ways to be authorized that the document names
}

// maxReported bounds the findings of one refusal.
const maxReported = 20

// readSchema reads the apiSchema of a request. A fault in an inline document is
// reported with its pointer, line and column.
func (s *Service) readSchema(plugin string, given *api.APISchema) (schema, []fault.Field) {
	if given.S3 != nil {
		return schema{s3: given.S3}, s.checkObject(given.S3)
	}
	built, findings := build(plugin, []byte(*given.Payload), s.Limits)
	if len(findings) == 0 {
		return built, nil
	}
	var fields []fault.Field
	for _, f := range findings {
		fields = append(fields, fault.Field{Name: "customPluginConfiguration.apiSchema.payload", Message: f.String()})
	}
	return schema{}, fields
}

// build turns a document into what a plugin keeps of it, or says why it cannot
// be one plugin's.
func build(plugin string, source []byte, limits openapi.Limits) (schema, []openapi.Finding) {
	doc, findings := openapi.Parse(source, limits)
	if refused := openapi.OnlyRefused(findings); len(refused) > 0 {
		return schema{}, refused[:min(len(refused), maxReported)]
	}
	return schema{
		source:  string(source),
		actions: offered(doc.Actions, plugin, identifierVersion(doc.Version)),
		schemes: doc.Schemes,
	}, nil
}

// offered describes the actions that people may ask for.
func offered(all []openapi.Action, plugin, version string) []Action {
	var actions []Action
	for _, a := range all {
		if !a.Internal {
			actions = append(actions, describe(a, plugin, version))
		}
	}
	return actions
}

func describe(a openapi.Action, plugin, version string) Action {
	return Action{
		Identifier:  a.Identifier(plugin, version),
		DisplayName: a.Name,
		Example:     a.InstructionExample,
		Description: a.Description,
	}
}

// identifierVersion is a document's version as an action identifier bears it:
// without the colon that parts the identifier's fields.
func identifierVersion(version string) string {
	if version == "" {
		return "1"
	}
	return strings.ReplaceAll(version, ":", "_")
}

// problem words the findings for whoever asks why a build failed.
func problem(object *api.S3, findings []openapi.Finding) string {
	lines := []string{fmt.Sprintf("The document s3://%s/%s cannot be used.", object.Bucket, object.Key)}
	for _, f := range findings {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}
