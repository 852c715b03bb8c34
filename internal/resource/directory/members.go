package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/api"
)

// maxFile bounds an object with members, in bytes: 100,000 of them with long names.
const maxFile = 64 << 20

// maxName is the longest name of a user or group, in characters (API model).
const maxName = 1024

// errMembers says that an object is no list of members.
var errMembers = errors.New("the object is not a list of members")

// readMembers reads the members of a group from an object. It is JSON: what groupMembers is in a request,
//
//	{"memberUsers": [{"userId": "ann@example.com"}, …], "memberGroups": [{"groupName": "board", "type": "INDEX"}, …]}
//
// or a list of such members, or one of them a line. Errors wrap errMembers, or are
// the reader's.
func readMembers(r io.Reader, source string) (roster, error) {
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	l := &lister{json: json.NewDecoder(limited), source: source}
	err := l.all()
	if limited.N <= 0 {
		return roster{}, fmt.Errorf("%w of at most %d bytes", errMembers, maxFile)
	}
	if err != nil {
		return roster{}, err
	}
	return l.members.distinct(), nil
}

// lister collects the members that a JSON text names.
type lister struct {
	json   *json.Decoder
	source string

	members roster
	count   int
}

// all reads every value of the text.
func (l *lister) all() error {
	for {
		token, err := l.json.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return l.wrong(err)
		case token == json.Delim('['):
			err = l.list(anyMember)
		case token == json.Delim('{'):
			err = l.object(anyMember, true)
		default:
			return l.refuse("a member is an object such as {\"userId\": \"ann@example.com\"}, and not %v", token)
		}
		if err != nil {
			return err
		}
	}
}

// which members may be where.
type which uint8

const (
	anyMember which = iota
	onlyUsers
	onlyGroups
)

// list reads the members of a list whose bracket was read, and that after them.
func (l *lister) list(allowed which) error {
	for l.json.More() {
		token, err := l.json.Token()
		if err != nil {
			return l.wrong(err)
		}
		if token != json.Delim('{') {
			return l.refuse("a member is an object such as {\"userId\": \"ann@example.com\"}, and not %v", token)
		}
		if err := l.object(allowed, false); err != nil {
			return err
		}
	}
	_, err := l.json.Token()
	return l.wrong(err)
}

// object reads an object whose brace was read: a member, or (outermost) one that has
// lists of them.
func (l *lister) object(allowed which, outermost bool) error {
	var user, group, kind *string
	for l.json.More() {
		token, err := l.json.Token()
		if err != nil {
			return l.wrong(err)
		}
		switch name := token.(string); {
		case name == "userId" && allowed != onlyGroups:
			err = l.wrong(l.json.Decode(&user))
		case name == "groupName" && allowed != onlyUsers:
			err = l.wrong(l.json.Decode(&group))
		case name == "type":
			err = l.wrong(l.json.Decode(&kind))
		case name == "memberUsers" && outermost:
			err = l.nested(onlyUsers)
		case name == "memberGroups" && outermost:
			err = l.nested(onlyGroups)
		default:
			err = l.refuse("%q is not known there; a member is an object such as {\"userId\": \"ann@example.com\"}", name)
		}
		if err != nil {
			return err
		}
	}
	if _, err := l.json.Token(); err != nil {
		return l.wrong(err)
	}
	if outermost && user == nil && group == nil && kind == nil {
		return nil // it had lists, or nothing
	}
	return l.add(user, group, kind)
}

// nested reads a list that is a member of the outermost object.
func (l *lister) nested(allowed which) error {
	token, err := l.json.Token()
	if err != nil {
		return l.wrong(err)
	}
	if token != json.Delim('[') {
		return l.refuse("a list of members begins with [, and not with %v", token)
	}
	return l.list(allowed)
}

// add takes one member.
func (l *lister) add(user, group, kind *string) error {
	var t *api.MembershipType
	if kind != nil {
		t = new(api.MembershipType(*kind))
		if *t != api.MembershipTypeIndex && *t != api.MembershipTypeDatasource {
			return l.refuse("the type of a member is %s or %s, and not %q", api.MembershipTypeIndex, api.MembershipTypeDatasource, *kind)
		}
	}
	if (user == nil) == (group == nil) {
		return l.refuse("a member has a userId or a groupName")
	}
	name := user
	if name == nil {
		name = group
	}
	if n := utf8.RuneCountInString(*name); n == 0 || n > maxName || !printable(*name) {
		return l.refuse("a member's name has 1 to %d characters, and none that are not printed", maxName)
	}
	p, problem := member(l.source, *name, group != nil, t)
	if problem != "" {
		return l.refuse("the type of a member %s", problem)
	}
	if l.count++; l.count > MaxMembers {
		return l.refuse("a group has at most %d members", MaxMembers)
	}
	l.members.add(p)
	return nil
}

// refuse says what is wrong with the text, and where.
func (l *lister) refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s (near byte %d)", errMembers, fmt.Sprintf(format, args...), l.json.InputOffset())
}

// wrong tells what is wrong with the text from what is wrong with its reader.
func (l *lister) wrong(err error) error {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case err == nil:
		return nil
	case syntax, kind, errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return l.refuse("%v", err)
	}
	return err
}
