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
	if misquoted(*given.Payload) {
		return schema{}, []fault.Field{{Name: payload, Message: fmt.Sprintf(
			"is the name of a file (%s) and not its content; in the AWS CLI's shorthand write payload@=file://…, and a bucket's object is apiSchema={s3={bucket=…,key=…}}", *given.Payload)}}
	}
	built, findings := s.compile(plugin, []byte(*given.Payload))
	if len(findings) == 0 {
		return built, nil
	}
	var fields []fault.Field
	for _, f := range findings {
		fields = append(fields, fault.Field{Name: payload, Message: f.String()})
	}
	return schema{}, fields
}

const payload = "customPluginConfiguration.apiSchema.payload"

// misquoted reports whether what should be a document is the place of one, as
// the AWS CLI sends it when payload=file://… is written inside a structure.
func misquoted(text string) bool {
	for _, scheme := range []string{"file://", "fileb://", "s3://"} {
		if strings.HasPrefix(text, scheme) && len(text) < 1024 && !strings.ContainsAny(text, "\n{") {
			return true
		}
	}
	return false
}

// compile turns a document into what a plugin keeps of it, or says why it
// cannot be one plugin's.
func (s *Service) compile(plugin string, source []byte) (schema, []openapi.Finding) {
	doc, refused := s.documents.parse(source, s.Limits)
	if len(refused) > 0 {
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
		if a.Callable && !a.Internal {
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
