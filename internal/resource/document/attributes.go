package document

import (
	"fmt"
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/attribute"
	"github.com/parleyhq/parley/internal/resource/index"
)

// Attributes that every index has, and that mean something here.
const (
	idAttribute        = "_document_id"
	bodyAttribute      = "_document_body"
	titleAttribute     = "_document_title"
	sourceAttribute    = "_data_source_id"
	executionAttribute = "_data_source_sync_job_execution_id"
	typeAttribute      = "_file_type"
	languageAttribute  = "_language_code"
	uriAttribute       = "_source_uri"
)

// attributesOf are the attributes that an index has, with what their values are.
func attributesOf(tx *store.Tx, p Place) (map[string]facet.Kind, error) {
	configured, err := index.Attributes(tx, p.Tenant, p.Application, p.Index)
	of := make(map[string]facet.Kind, len(configured))
	for name, c := range configured {
		if c.Type != nil {
			of[name] = facet.Kind(*c.Type)
		}
	}
	return of, err
}

// valuesFrom reads the attributes of a document that is put.
func valuesFrom(list []api.DocumentAttribute) (facet.Values, error) {
	values := attribute.Values(list)
	if len(values) == len(list) {
		return values, nil
	}
	seen := map[string]bool{}
	for _, a := range list {
		if seen[a.Name] {
			return nil, refuse("The attribute %s is given twice.", a.Name)
		}
		seen[a.Name] = true
	}
	return values, nil
}

// checkValues makes sure that attributes are of the kinds that the index has for
// them, and that they do not speak of another document. What the index does not
// have is kept: it may come to have it.
func checkValues(k key, id string, values facet.Values, configured map[string]facet.Kind) error {
	if _, err := extent(values); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		v := values[name]
		if want, there := configured[name]; there && v.Kind != want {
			return refuse("The attribute %s is of type %s; the index has it as %s.", name, v.Kind, want)
		}
		switch {
		case name == bodyAttribute:
			return refuse("The attribute %s is the content itself: give it as content.", name)
		case name == idAttribute && v.Text != id:
			return refuse("The attribute %s is %q, and the document's id is another.", name, v.Text)
		case name == sourceAttribute && v.Text != k.Source:
			return refuse("The attribute %s names the data source %s, and the document is put for another.", name, v.Text)
		}
	}
	return nil
}

// mostAttributes bounds the attributes of a document, in bytes: 500 strings of 2,048
// characters, as many as the model has. Search holds them in memory.
const mostAttributes = 1 << 20

// extent is how many bytes attributes have, towards the capacity of the index. An
// entry of a list counts as it is held. The title does not count.
func extent(values facet.Values) (n int64, err error) {
	const perEntry = 16
	for name, v := range values {
		if name == titleAttribute {
			continue
		}
		n += int64(len(name) + len(v.Text))
		for _, entry := range v.List {
			n += int64(len(entry) + perEntry)
		}
	}
	if n > mostAttributes {
		err = refuse("The document's attributes have %d bytes; at most %d are taken.", n, mostAttributes)
	}
	return n, err
}

// settleValues gives a document the attributes that it has by itself.
func settleValues(d *row, v *version, values facet.Values) {
	values[idAttribute] = facet.OfString(d.id)
	if d.Source != "" {
		values[sourceAttribute] = facet.OfString(d.Source)
	}
	if v.Title != "" {
		values[titleAttribute] = facet.OfString(cut(v.Title, maxValue))
	}
	if _, given := values[typeAttribute]; !given && v.Type != "" {
		values[typeAttribute] = facet.OfString(formats[v.Type].extension)
	}
	if given, there := values[languageAttribute]; there {
		v.Language = given.Text
	} else {
		language := v.Language
		if language == "" {
			language = "en" // user guide, "Document attributes in Amazon Q Business"
		}
		values[languageAttribute] = facet.OfString(language)
	}
	v.Attributes = values
}

// maxValue bounds the text of an attribute (model: DocumentAttributeValue).
const maxValue = 2048

// cut shortens a text to so many characters.
func cut(s string, most int) string {
	n := 0
	for at := range s {
		if n == most {
			return s[:at]
		}
		n++
	}
	return s
}

// format is what is known of a type of document.
type format struct {
	extension, mime string
	old             string // the media type of files from before Office Open XML
}

// formats are the types there are (user guide, "Supported document formats").
var formats = map[string]format{
	string(api.ContentTypePdf):       {"pdf", "application/pdf", ""},
	string(api.ContentTypeHTML):      {"html", "text/html", ""},
	string(api.ContentTypeMsWord):    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/msword"},
	string(api.ContentTypePlainText): {"txt", "text/plain", ""},
	string(api.ContentTypePpt):       {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.ms-powerpoint"},
	string(api.ContentTypeRtf):       {"rtf", "application/rtf", ""},
	string(api.ContentTypeXML):       {"xml", "application/xml", ""},
	string(api.ContentTypeXslt):      {"xslt", "application/xslt+xml", ""},
	string(api.ContentTypeMsExcel):   {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel"},
	string(api.ContentTypeCsv):       {"csv", "text/csv", ""},
	string(api.ContentTypeJSON):      {"json", "application/json", ""},
	string(api.ContentTypeMd):        {"md", "text/markdown", ""},
}

// failedDocument is a document that was not taken, as the API answers it.
func failedDocument(id, source string, why error) api.FailedDocument {
	f := api.FailedDocument{ID: &id, Error: problemOf(why).detail()}
	if source != "" {
		f.DataSourceID = &source
	}
	return f
}

// problemOf is what a refusal says; any other error is not told.
func problemOf(why error) *problem {
	if r, ok := why.(*refusal); ok { //nolint:errorlint // refusals are never wrapped
		return &problem{r.code, r.message}
	}
	return &problem{api.ErrorCodeInternalError, fmt.Sprint(why)}
}
