package access

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// layout is what policies ask about a route, and where in its input that stands.
type layout struct {
	actions []string // of the operation, and then those it always depends on
	tags    int      // field of the tags that the request gives; -1: none
	tagKeys int      // field of the tag keys that it names; -1: none
	keys    []keyPlace
	roles   map[*smithy.Shape]bool // what holds a role's ARN somewhere below; nil: nothing
	plain   bool                   // nothing in the input matters but the resources it names
}

// layouts remembers those that were made. Its zero value is ready.
type layouts struct{ held sync.Map }

func (l *layouts) of(route *smithy.Route) *layout {
	if held, ok := l.held.Load(route); ok {
		return held.(*layout)
	}
	held, _ := l.held.LoadOrStore(route, newLayout(route))
	return held.(*layout)
}

func newLayout(route *smithy.Route) *layout {
	l := &layout{actions: append([]string{route.Action()}, route.Dependent...), tags: -1, tagKeys: -1}
	for i := range route.Input.Members {
		m := &route.Input.Members[i]
		switch {
		case strings.EqualFold(m.Name, "tags") && m.Shape.Kind == smithy.List:
			l.tags = m.Field
		case strings.EqualFold(m.Name, "tagKeys") && m.Shape.Kind == smithy.List:
			l.tagKeys = m.Field
		}
	}
	for _, k := range memberKeys[route.Service] {
		if fields := find(route.Input, k.member); fields != nil {
			l.keys = append(l.keys, keyPlace{k.key, fields})
		}
	}
	if passedTo[route.Service] != "" {
		l.roles = holding(route.Input)
	}
	l.plain = l.isPlain(route)
	return l
}

// A memberKey is a condition key whose value a member of the input gives.
type memberKey struct{ member, key string }

// memberKeys are the condition keys of each service that follow from members of
// its inputs (service authorization reference), beside tags.
var memberKeys = map[string][]memberKey{
	"qbusiness": {
		{"principal.user", "identitystore:UserId"},
		{"principal.group", "identitystore:GroupId"},
	},
	"iam": {
		{"PolicyArn", "iam:PolicyARN"},
		{"PermissionsBoundary", "iam:PermissionsBoundary"},
	},
	"secretsmanager": {
		{"Name", "secretsmanager:Name"},
		{"Description", "secretsmanager:Description"},
		{"KmsKeyId", "secretsmanager:KmsKeyId"},
		{"VersionId", "secretsmanager:VersionId"},
		{"VersionStage", "secretsmanager:VersionStage"},
		{"RecoveryWindowInDays", "secretsmanager:RecoveryWindowInDays"},
		{"ForceDeleteWithoutRecovery", "secretsmanager:ForceDeleteWithoutRecovery"},
	},
}

// keyPlace is a condition key, and the fields that lead to its value.
type keyPlace struct {
	key    string
	fields []int
}

// find is the way to a member such as principal.user; nil when there is none.
func find(shape *smithy.Shape, member string) []int {
	name, rest, deeper := strings.Cut(member, ".")
	for i := range shape.Members {
		m := &shape.Members[i]
		switch {
		case m.Name != name:
		case !deeper:
			return []int{m.Field}
		default:
			if fields := find(m.Shape, rest); fields != nil {
				return append([]int{m.Field}, fields...)
			}
		}
	}
	return nil
}

// passedTo are the services to which roles are handed over, and how
// iam:PassedToService names them.
var passedTo = map[string]string{"qbusiness": "qbusiness.amazonaws.com"}

// roleShape is what the model calls the ARN of a role that the service is to
// assume. A principal to whom something is permitted is of another shape.
const roleShape = "RoleArn"

// holding are the shapes, of those at or below s, at or below which a role's ARN
// stands; nil when there are none. Shapes may lead back to themselves, so that
// they are gone through until nothing new is found.
func holding(s *smithy.Shape) map[*smithy.Shape]bool {
	all := map[*smithy.Shape]bool{}
	gather(s, all)
	var held map[*smithy.Shape]bool
	for grown := true; grown; {
		grown = false
		for s := range all {
			if held[s] || s.Name != roleShape && !slices.ContainsFunc(below(s), func(b *smithy.Shape) bool { return held[b] }) {
				continue
			}
			if held == nil {
				held = map[*smithy.Shape]bool{}
			}
			held[s], grown = true, true
		}
	}
	return held
}

func gather(s *smithy.Shape, all map[*smithy.Shape]bool) {
	if all[s] {
		return
	}
	all[s] = true
	for _, b := range below(s) {
		gather(b, all)
	}
}

// below are the shapes of the members, elements or values of a shape.
func below(s *smithy.Shape) []*smithy.Shape {
	var shapes []*smithy.Shape
	if s.Elem != nil {
		shapes = append(shapes, s.Elem)
	}
	for i := range s.Members {
		shapes = append(shapes, s.Members[i].Shape)
	}
	return shapes
}

// rolesIn are the ARNs of the roles that an input hands over, each once.
func (l *layout) rolesIn(route *smithy.Route, in any) []string {
	if l.roles == nil {
		return nil
	}
	var arns []string
	l.collect(route.Input, reflect.ValueOf(in), &arns)
	return arns
}

func (l *layout) collect(s *smithy.Shape, v reflect.Value, arns *[]string) {
	if v = indirect(v); !v.IsValid() || !l.roles[s] {
		return
	}
	switch s.Kind {
	case smithy.Structure, smithy.Union:
		for i := range s.Members {
			if m := &s.Members[i]; m.Field != smithy.Streamed {
				l.collect(m.Shape, v.Field(m.Field), arns)
			}
		}
	case smithy.List:
		for i := range v.Len() {
			l.collect(s.Elem, v.Index(i), arns)
		}
	case smithy.Map:
		for _, value := range v.Seq2() {
			l.collect(s.Elem, value, arns)
		}
	default:
		if arn := v.String(); arn != "" && !slices.Contains(*arns, arn) {
			*arns = append(*arns, arn)
		}
	}
}

// requestKeys sets the condition keys that the input gives: its tags, which it
// returns, and those of memberKeys.
func (l *layout) requestKeys(in any, keys *policy.Context) (given []tag) {
	v := reflect.ValueOf(in).Elem()
	var named []string
	if l.tags >= 0 {
		for i := range v.Field(l.tags).Len() {
			one := v.Field(l.tags).Index(i)
			t := tag{text(one.FieldByName("Key")), text(one.FieldByName("Value"))}
			keys.Set("aws:RequestTag/"+t.key, t.value)
			given, named = append(given, t), append(named, t.key)
		}
	}
	if l.tagKeys >= 0 {
		for i := range v.Field(l.tagKeys).Len() {
			named = append(named, text(v.Field(l.tagKeys).Index(i)))
		}
	}
	if len(named) > 0 {
		keys.Set("aws:TagKeys", named...)
	}
	for _, k := range l.keys {
		if value := at(v, k.fields); value != "" {
			keys.Set(k.key, value)
		}
	}
	return given
}

// at is the text at the end of a way through fields; "" when nothing is there.
func at(v reflect.Value, fields []int) string {
	for _, f := range fields {
		if v = indirect(v); !v.IsValid() {
			return ""
		}
		v = v.Field(f)
	}
	return text(v)
}

// text is a member as the value of a condition key; "" when it is absent.
func text(v reflect.Value) string {
	if v = indirect(v); !v.IsValid() {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

func indirect(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return v
}
