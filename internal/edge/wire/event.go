package wire

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
)

// decodeEvent reads a message into a pointer to a zero union, held against every
// constraint of the model, and returns the event's name. The error is a
// fault.Validation whose fields begin with that name: textEvent.userMessage.
func decodeEvent(m eventstream.Message, union *smithy.Shape, into any) (name string, err error) {
	if kind, _ := m.Text(eventstream.MessageType); kind != eventstream.Event {
		return "", unreadableEvent(eventstream.MessageType, "It has to be event.")
	}
	if media, sent := m.Text(eventstream.ContentType); sent && mediaType(media) != mediaJSON {
		return "", unreadableEvent(eventstream.ContentType, "It has to be "+mediaJSON+".")
	}
	name, _ = m.Text(eventstream.EventType)
	member := eventOf(union, name)
	if member == nil {
		return "", unreadableEvent(eventstream.EventType, "It has to be one of "+eventNames(union)+".")
	}
	field := reflect.ValueOf(into).Elem().Field(member.Field)
	field.Set(reflect.New(field.Type().Elem()))
	payload := m.Payload
	if len(payload) == 0 {
		payload = []byte("{}") // an event that says nothing but its name
	}
	var problems smithy.Problems
	smithy.DecodeJSON(member.Shape, payload, field.Interface(), &problems)
	if refused := invalid(prefixed(name, &problems)); refused != nil {
		return "", refused
	}
	return name, nil
}

// prefixed puts the name of an event before the path of each problem.
func prefixed(name string, problems *smithy.Problems) *smithy.Problems {
	list := problems.List()
	for i := range list {
		list[i].Path = strings.TrimSuffix(name+"."+list[i].Path, ".")
	}
	return problems
}

func eventOf(union *smithy.Shape, name string) *smithy.Member {
	for i := range union.Members {
		if union.Members[i].Name == name {
			return &union.Members[i]
		}
	}
	return nil
}

func eventNames(union *smithy.Shape) string {
	names := make([]string, len(union.Members))
	for i := range union.Members {
		names[i] = union.Members[i].Name
	}
	return strings.Join(names, ", ")
}

// unreadableEvent refuses an event for one of its headers.
func unreadableEvent(header, message string) error {
	return &fault.Error{Code: fault.Validation, Reason: fault.CannotParse, Message: header + ": " + message,
		Fields: []fault.Field{{Name: header, Message: message}}}
}

// appendEvent appends the frame of the union that from points to. An error is a
// mistake of the operation.
func appendEvent(dst []byte, union *smithy.Shape, from any) ([]byte, error) {
	v := reflect.ValueOf(from).Elem()
	var set *smithy.Member
	for i := range union.Members {
		switch m := &union.Members[i]; {
		case v.Field(m.Field).IsNil():
		case set != nil:
			return nil, fmt.Errorf("wire: %s has both %s and %s", union.Name, set.Name, m.Name)
		default:
			set = m
		}
	}
	if set == nil {
		return nil, fmt.Errorf("wire: %s has no member", union.Name)
	}
	event := v.Field(set.Field).Interface()
	return eventstream.AppendEvent(dst, set.Name, func(dst []byte) []byte {
		return smithy.AppendJSON(dst, set.Shape, event)
	}), nil
}
