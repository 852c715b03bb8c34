package openapi

import "strconv"

// References may point anywhere in a document: into another operation, or at a
// member OpenAPI does not know, such as #/definitions. Other readers follow only
// some of these. So what is referred to outside /components is given to it a
// second time, inside, and the reference renamed.
type hoisted struct {
	node    *node
	section string
	name    string
}

// connect records what the reference at holder means.
func (t *tidier) connect(holder, target *node, want shape) {
	t.tree.links[holder] = target
	if inComponents(target) {
		return
	}
	h, ok := t.hoistedAt[target]
	if !ok {
		h = t.hoist(target, want)
	}
	t.renamed[holder] = "#/components/" + h.section + "/" + h.name
}

// inComponents says whether n is a component, and so no trouble for another reader.
func inComponents(n *node) bool {
	return n.parent != nil && n.parent.parent != nil && n.parent.parent.shape == componentsShape
}

func (t *tidier) hoist(target *node, want shape) hoisted {
	h := hoisted{node: target, section: sectionOf(want)}
	section := t.tree.member(t.tree.member(t.tree.root, "components"), h.section)
	for i := len(t.hoistedAt) + 1; h.name == "" || t.tree.member(section, h.name) != nil; i++ {
		h.name = "hoisted-" + strconv.Itoa(i)
	}
	t.hoistedAt[target] = h
	t.hoisted = append(t.hoisted, h)
	return h
}

// sectionOf names the section of components that holds objects of shape s.
func sectionOf(s shape) string {
	switch s {
	case parameterShape:
		return "parameters"
	case bodyShape:
		return "requestBodies"
	case responseShape:
		return "responses"
	case headerShape:
		return "headers"
	case schemeShape:
		return "securitySchemes"
	case pathItemShape:
		return "pathItems"
	}
	return "schemas"
}
