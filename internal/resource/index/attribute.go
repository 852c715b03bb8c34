package index

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
)

// Attribute is what documents of an index may be described by.
type Attribute struct {
	Name   string            `json:"name"`
	Type   api.AttributeType `json:"type"`
	Search api.Status        `json:"search"`
}

// How many attributes may be configured beside the reserved ones, and how many
// of those may be searched (user guide, "Document attributes in Amazon Q
// Business").
const (
	mostAttributes = 50
	mostSearched   = 30
)

// reservedAttribute is one that every index has.
type reservedAttribute struct {
	Attribute
	quiet bool // GetIndex does not show it unless it was configured
}

// reserved are the attributes that every index has, with what a fresh one says
// of them (user guide, "Enabling document attributes for search in Amazon Q
// Business"; the sample there had _authors and _category enabled just before).
func reserved() []reservedAttribute {
	const (
		text, list, number, date = api.AttributeTypeString, api.AttributeTypeStringList, api.AttributeTypeNumber, api.AttributeTypeDate
		on, off                  = api.StatusEnabled, api.StatusDisabled
	)
	return []reservedAttribute{
		{Attribute{"_authors", list, off}, false},
		{Attribute{"_category", text, off}, false},
		{Attribute{"_created_at", date, off}, false},
		{Attribute{"_data_source_id", text, on}, false},
		{Attribute{"_data_source_sync_job_execution_id", text, off}, true},
		{Attribute{"_data_source_type", text, off}, true},
		{Attribute{"_document_id", text, off}, true},
		{Attribute{"_document_title", text, on}, false},
		{Attribute{"_file_type", text, on}, false},
		{Attribute{"_language_code", text, on}, false},
		{Attribute{"_last_updated_at", date, off}, false},
		{Attribute{"_source_uri", text, on}, false},
		{Attribute{"_version", text, on}, false},
		{Attribute{"_view_count", number, off}, false},
	}
}

// attributes are all that the index has, by name: the reserved ones, and those
// that were configured in their place or beside them.
func (x *Index) attributes() map[string]Attribute {
	all := map[string]Attribute{}
	for _, a := range reserved() {
		all[a.Name] = a.Attribute
	}
	for _, a := range x.Attributes {
		all[a.Name] = a
	}
	return all
}

// shown are the attributes as GetIndex shows them, by name.
func (x *Index) shown() []api.DocumentAttributeConfiguration {
	all := x.attributes()
	for _, a := range reserved() {
		if a.quiet && !x.configured(a.Name) {
			delete(all, a.Name)
		}
	}
	list := make([]api.DocumentAttributeConfiguration, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[name].show())
	}
	return list
}

func (a Attribute) show() api.DocumentAttributeConfiguration {
	return api.DocumentAttributeConfiguration{Name: &a.Name, Type: &a.Type, Search: &a.Search}
}

func (x *Index) configured(name string) bool {
	return slices.ContainsFunc(x.Attributes, func(a Attribute) bool { return a.Name == name })
}

// configure merges a list into the attributes that there are: one that is named
// is made, or gets another searchability; nothing is ever taken away or changes
// its type (user guide, "Document attributes in Amazon Q Business"). Errors: a
// Validation that names every entry that is wrong, a ServiceQuotaExceeded.
func (x *Index) configure(list []api.DocumentAttributeConfiguration) error {
	all := x.attributes()
	var bad []fault.Field
	first := map[string]int{}
	for i, given := range list {
		at := fmt.Sprintf("documentAttributeConfigurations[%d]", i)
		if given.Name == nil {
			bad = append(bad, fault.Field{Name: at + ".name", Message: "is needed: it says which attribute is meant"})
			continue
		}
		if j, twice := first[*given.Name]; twice {
			bad = append(bad, fault.Field{Name: at + ".name", Message: fmt.Sprintf("%s is given before, in documentAttributeConfigurations[%d]", *given.Name, j)})
			continue
		}
		first[*given.Name] = i
		before, known := all[*given.Name]
		a, wrong := merged(at, given, before, known)
		bad = append(bad, wrong...)
		x.put(a)
	}
	if len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	return x.checkAttributes()
}

// merged is an entry over what was there before.
func merged(at string, given api.DocumentAttributeConfiguration, before Attribute, known bool) (a Attribute, bad []fault.Field) {
	a = Attribute{Name: *given.Name, Search: api.StatusDisabled}
	switch {
	case known:
		a = before
		if given.Type != nil && *given.Type != a.Type {
			bad = append(bad, fault.Field{Name: at + ".type", Message: fmt.Sprintf("%s is a %s; the type of an attribute that is there cannot change", a.Name, a.Type)})
		}
	case strings.HasPrefix(a.Name, "_"):
		bad = append(bad, fault.Field{Name: at + ".name", Message: fmt.Sprintf("%s is not one of the reserved attributes; choose a name that does not begin with _", a.Name)})
	case given.Type == nil:
		bad = append(bad, fault.Field{Name: at + ".type", Message: fmt.Sprintf("is needed: the index has no attribute %s yet", a.Name)})
	default:
		a.Type = *given.Type
	}
	if given.Search != nil {
		a.Search = *given.Search
	}
	return a, bad
}

// put keeps an attribute, in the order of names.
func (x *Index) put(a Attribute) {
	i, found := slices.BinarySearchFunc(x.Attributes, a.Name, func(b Attribute, name string) int { return cmp.Compare(b.Name, name) })
	if found {
		x.Attributes[i] = a
		return
	}
	x.Attributes = slices.Insert(x.Attributes, i, a)
}

// checkAttributes bounds the attributes beside the reserved ones.
func (x *Index) checkAttributes() error {
	own, searched := 0, 0
	for _, a := range x.Attributes {
		if strings.HasPrefix(a.Name, "_") {
			continue
		}
		own++
		if a.Search == api.StatusEnabled {
			searched++
		}
	}
	switch {
	case own > mostAttributes:
		return fault.Quota(typeName, x.ID, "The index would have %d attributes beside the reserved ones; it may have %d.", own, mostAttributes)
	case searched > mostSearched:
		return fault.Quota(typeName, x.ID, "%d attributes beside the reserved ones would be enabled for search; %d may be.", searched, mostSearched)
	}
	return nil
}
