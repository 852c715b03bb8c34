// Package catalogue knows the built-in plugin types: what each is for, where its
// vendor is found and how its users sign in, and which actions it has.
//
// The actions stand in OpenAPI documents, one per type, written from the
// vendors' public descriptions: documents/jira_cloud.yaml and so on. They are
// read by engine/openapi like a customer's own, so what runs a custom plugin
// runs a built-in one. The package owns neither plugins nor their rules
// (resource/plugin), nor the calls (engine/action).
//
// A family holds one Catalogue for the life of the server. It looks a type up
// by its name in the API, takes Category and Description for
// ListPluginTypeMetadata, and for ListPluginTypeActions the Actions that are not
// Internal, each named by Identifier. To call one it goes to Document, and puts
// the plugin's own serverUrl in place of Document.Server.
package catalogue

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

//go:embed documents/*.yaml
var documents embed.FS

// A Catalogue holds all plugin types.
type Catalogue struct {
	types []Type
}

// A Type is what is known of one plugin type.
type Type struct {
	Name        string // value of PluginType, such as JIRA_CLOUD
	Category    string // value of PluginTypeCategory
	Description string
	Word        string // stands for the type in action identifiers
	Version     string // likewise

	Auth             []string // members of PluginAuthConfiguration it works with
	ServerURL        string   // the vendor's, {placeholders} to be filled in; "" where a plugin has none
	AuthorizationURL string   // {server} is the plugin's own server
	TokenURL         string
	Scopes           []string // asked for when a user signs in

	// Unavailable says, to a person who asks a plugin of this type something, why
	// there will be no answer. It is empty for a type that can be asked.
	Unavailable string

	document func() (*openapi.Document, error)
}

// Members of PluginAuthConfiguration.
const (
	BasicAuth = "basicAuthConfiguration"
	OAuth     = "oAuth2ClientCredentialConfiguration"
	NoAuth    = "noAuthConfiguration"
	IDCAuth   = "idcAuthConfiguration"
)

// Load returns the catalogue. A document is read when its type is first asked
// for its actions: reading all of them would be felt when the server starts. Load
// fails only when a type that is to have a document has none.
func Load() (*Catalogue, error) {
	c := &Catalogue{types: types()}
	for i := range c.types {
		t := &c.types[i]
		name := "documents/" + strings.ToLower(t.Name) + ".yaml"
		src, err := documents.ReadFile(name)
		switch {
		case err != nil && t.hasDocument():
			return nil, fmt.Errorf("plugin type %s: %w", t.Name, err)
		case err == nil:
			t.document = sync.OnceValues(func() (*openapi.Document, error) { return parse(name, src) })
		default:
			t.document = func() (*openapi.Document, error) { return nil, nil }
		}
	}
	return c, nil
}

func parse(name string, src []byte) (*openapi.Document, error) {
	doc, findings := openapi.Parse(src, openapi.DefaultLimits())
	if refused := openapi.OnlyRefused(findings); len(refused) > 0 {
		return nil, fmt.Errorf("%s: %s", name, refused[0])
	}
	return doc, nil
}

// Types returns every type, sorted by name.
func (c *Catalogue) Types() []Type { return slices.Clone(c.types) }

// Type returns the type of that name.
func (c *Catalogue) Type(name string) (Type, bool) {
	for _, t := range c.types {
		if t.Name == name {
			return t, true
		}
	}
	return Type{}, false
}

// Document returns the type's OpenAPI document, nil when there is none.
// The error says what is wrong with a document that was built in; the package's
// tests keep that from happening.
func (t Type) Document() (*openapi.Document, error) { return t.document() }

// Actions returns what the type can do, in the document's order, lookups for the
// planner (Internal) included. It is empty for a type without document.
func (t Type) Actions() []openapi.Action {
	doc, err := t.document()
	if doc == nil || err != nil {
		return nil
	}
	return slices.Clone(doc.Actions)
}

// Identifier names one of the type's actions, as in
// "pa:jira-cloud:999.0_0:/rest/api/2/issue:POST".
func (t Type) Identifier(a openapi.Action) string { return a.Identifier(t.Word, t.Version) }

// ServerURLRequired says whether only the customer knows where the vendor's
// server is.
func (t Type) ServerURLRequired() bool { return strings.Contains(t.ServerURL, "{") }

// hasDocument says whether the type's actions come from a document of ours. A
// custom plugin brings its own, and one that is unavailable has none.
func (t Type) hasDocument() bool {
	return t.Name != "CUSTOM" && t.Unavailable == ""
}
