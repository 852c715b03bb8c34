package saml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// kind is what a document may have in it.
type kind struct {
	most     int  // bytes
	comments bool // in what an operator hands over, and nobody signs
}

// The two kinds. STS bounds a SAMLAssertion, in base64, alike.
var (
	aResponse = kind{most: 100_000}
	aMetadata = kind{most: 1 << 20, comments: true}
)

const maxDepth = 32

// Namespaces of elements.
const (
	protocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	metadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	signature = "http://www.w3.org/2000/09/xmldsig#"
)

// parse reads a document that has nothing in it but elements, attributes and
// text, and whose IDs name one element each.
func (k kind) parse(document []byte) (*etree.Element, error) {
	if len(document) > k.most {
		return nil, fmt.Errorf("it is larger than %d bytes", k.most)
	}
	document = bytes.TrimSpace(bytes.TrimPrefix(document, []byte("\ufeff")))
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{ValidateInput: true, PreserveDuplicateAttrs: true, MaxDepth: maxDepth}
	if err := doc.ReadFromBytes(document); err != nil || doc.Root() == nil {
		return nil, errors.New("it is not XML, or is nested too deeply")
	}
	for i, token := range doc.Child {
		if declared, ok := token.(*etree.ProcInst); ok && i == 0 && declared.Target == "xml" {
			continue
		}
		if err := k.checkToken(token); err != nil {
			return nil, err
		}
	}
	ids := map[string]bool{}
	return doc.Root(), walk(doc.Root(), func(e *etree.Element) error { return k.checkElement(e, ids) })
}

// checkToken refuses what can make two readers of a document see two documents.
func (k kind) checkToken(token etree.Token) error {
	switch token.(type) {
	case *etree.Element, *etree.CharData:
		return nil
	case *etree.Directive:
		return errors.New("it has a document type definition")
	case *etree.Comment:
		if k.comments {
			return nil
		}
		return errors.New("it has a comment")
	}
	return errors.New("it has a processing instruction")
}

func (k kind) checkElement(e *etree.Element, ids map[string]bool) error {
	for _, token := range e.Child {
		if err := k.checkToken(token); err != nil {
			return err
		}
	}
	if strings.Contains(e.Tag, ":") {
		return errors.New("it has a name with two prefixes")
	}
	seen := map[string]bool{}
	for _, a := range e.Attr {
		name := a.Space + ":" + a.Key
		if seen[name] || strings.Contains(a.Key, ":") {
			return errors.New("an element has one attribute twice")
		}
		seen[name] = true
		if !strings.EqualFold(a.Key, "ID") {
			continue
		}
		if a.Space != "" || ids[a.Value] {
			return errors.New("two elements have one ID, or an ID has a prefix")
		}
		ids[a.Value] = true
	}
	return nil
}

// walk visits an element and all below it, until an error.
func walk(e *etree.Element, visit func(*etree.Element) error) error {
	if err := visit(e); err != nil {
		return err
	}
	for _, child := range e.ChildElements() {
		if err := walk(child, visit); err != nil {
			return err
		}
	}
	return nil
}

func is(e *etree.Element, namespace, tag string) bool {
	return e.Tag == tag && e.NamespaceURI() == namespace
}

// attr is an attribute without a prefix, empty where there is none.
func attr(e *etree.Element, name string) string {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value
		}
	}
	return ""
}

// children are the elements of a name directly below; none below nil.
func children(e *etree.Element, namespace, tag string) (all []*etree.Element) {
	if e == nil {
		return nil
	}
	for _, child := range e.ChildElements() {
		if is(child, namespace, tag) {
			all = append(all, child)
		}
	}
	return all
}

// only is the one child of a name, nil where there are none or several.
func only(e *etree.Element, namespace, tag string) *etree.Element {
	if all := children(e, namespace, tag); len(all) == 1 {
		return all[0]
	}
	return nil
}

// count counts the elements of a name anywhere in a tree.
func count(e *etree.Element, namespace, tag string) (n int) {
	_ = walk(e, func(e *etree.Element) error {
		if is(e, namespace, tag) {
			n++
		}
		return nil
	})
	return n
}

// text is all the text of an element that has nothing else in it, trimmed; empty
// for one that has.
func text(e *etree.Element) string {
	if e == nil || len(e.ChildElements()) > 0 {
		return ""
	}
	var b strings.Builder
	for _, token := range e.Child {
		if data, ok := token.(*etree.CharData); ok {
			b.WriteString(data.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
