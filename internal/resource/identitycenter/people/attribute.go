package people

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// fixed are members of a user that no operation sets: the rest are attributes.
var fixed = []string{
	"IdentityStoreId", "UserId", "ExternalIds", "UserStatus",
	"CreatedAt", "CreatedBy", "UpdatedAt", "UpdatedBy",
}

// apply sets attributes by their paths, such as name.familyName or emails. A path
// that is given no value, or null, is removed. Letter case means nothing in paths
// and in the names within values; what comes out is held against the model.
func apply(u identitystore.User, operations []identitystore.AttributeOperation) (identitystore.User, error) {
	text, err := json.Marshal(u)
	if err != nil {
		return u, err
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return u, err
	}
	shape := identitystore.Schema.Shape("User")
	for _, o := range operations {
		value, err := decoded(o.AttributeValue)
		if err != nil {
			return u, invalidPath(o.AttributePath, "its value is not JSON")
		}
		if err := set(shape, members, o.AttributePath, value); err != nil {
			return u, err
		}
	}
	return revived(u, members, shape)
}

// decoded reads a document; nil for none.
func decoded(document json.RawMessage) (value any, err error) {
	if len(document) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	return value, d.Decode(&value)
}

// set puts a value in its place.
func set(shape *smithy.Shape, members map[string]any, path string, value any) error {
	if strings.HasPrefix(fold(path), "aws:identitystore:") {
		return setExtension(members, path, value)
	}
	head, rest, deeper := strings.Cut(path, ".")
	member := memberOf(shape, head)
	if member == nil || slices.Contains(fixed, member.Name) || member.Name == "Extensions" {
		return invalidPath(path, "there is no such attribute to set")
	}
	if !deeper {
		if value == nil {
			delete(members, member.Name)
			return nil
		}
		members[member.Name] = canonical(member.Shape, value)
		return nil
	}
	if member.Shape.Kind != smithy.Structure {
		return invalidPath(path, "a list is set as a whole")
	}
	below, _ := members[member.Name].(map[string]any)
	if below == nil {
		below = map[string]any{}
	}
	if err := set(member.Shape, below, rest, value); err != nil {
		return err
	}
	members[member.Name] = below
	if len(below) == 0 {
		delete(members, member.Name)
	}
	return nil
}

// setExtension sets an extension as a whole.
func setExtension(members map[string]any, name string, value any) error {
	if strings.Contains(name, ".") {
		return invalidPath(name, "an extension is set as a whole")
	}
	held, _ := members["Extensions"].(map[string]any)
	held = maps.Clone(held)
	if held == nil {
		held = map[string]any{}
	}
	held[name] = value
	if value == nil {
		delete(held, name)
	}
	members["Extensions"] = held
	if len(held) == 0 {
		delete(members, "Extensions")
	}
	return nil
}

// canonical gives the names within a value the letter case of the model.
func canonical(shape *smithy.Shape, value any) any {
	switch v := value.(type) {
	case []any:
		if shape.Kind != smithy.List {
			return v
		}
		list := make([]any, len(v))
		for i, entry := range v {
			list[i] = canonical(shape.Elem, entry)
		}
		return list
	case map[string]any:
		if shape.Kind != smithy.Structure {
			return v
		}
		object := make(map[string]any, len(v))
		for name, below := range v {
			if member := memberOf(shape, name); member != nil {
				object[member.Name] = canonical(member.Shape, below)
			}
		}
		return object
	}
	return value
}

func memberOf(shape *smithy.Shape, name string) *smithy.Member {
	for i := range shape.Members {
		if strings.EqualFold(shape.Members[i].Name, name) {
			return &shape.Members[i]
		}
	}
	return nil
}

// revived reads members back into a user, as a request's body is read. Times, which
// travel in another form, are those that the user has.
func revived(u identitystore.User, members map[string]any, shape *smithy.Shape) (identitystore.User, error) {
	delete(members, "CreatedAt")
	delete(members, "UpdatedAt")
	body, err := json.Marshal(members)
	if err != nil {
		return u, err
	}
	var after identitystore.User
	var problems smithy.Problems
	smithy.DecodeJSON(shape, body, &after, &problems)
	if list := problems.List(); len(list) > 0 {
		fields := make([]fault.Field, len(list))
		for i, p := range list {
			fields[i] = fault.Field{Name: p.Path, Message: p.Message}
		}
		return u, fault.Invalid(fields...)
	}
	after.CreatedAt, after.UpdatedAt = u.CreatedAt, u.UpdatedAt
	return after, nil
}

func invalidPath(path, problem string) error {
	return fault.InvalidField("Operations", "%s: %s", path, problem)
}
