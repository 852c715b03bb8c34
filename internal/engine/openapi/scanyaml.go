package openapi

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// scanYAML reads one YAML document into nodes. The YAML library builds its own
// node tree, which does not expand aliases; ours does, copying what an alias
// stands for under the limits, so an alias bomb ends where the budget ends.
func scanYAML(text string, lim Limits, found *findings) *node {
	if !sparse(text, lim, found) {
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		found.add(yamlSyntax(text, err))
		return nil
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil && !isNothing(&second) {
		found.add(refuse("several-documents", "the text holds more than one YAML document",
			"keep the one that describes the plugin and remove the others, with the --- between them").
			atPlace(second.Line, second.Column))
		return nil
	} else if err != nil && !errors.Is(err, io.EOF) {
		found.add(yamlSyntax(text, err))
		return nil
	}
	c := &yamlConverter{builder: builder{lim: lim, found: found}, open: map[*yaml.Node]bool{}}
	return c.convert(doc.Content[0], nil, "", 0, nil)
}

func isNothing(doc *yaml.Node) bool {
	return len(doc.Content) == 1 && doc.Content[0].ShortTag() == "!!null"
}

// sparse bounds what the library may be asked to build, by counting the bytes
// that begin values: the library itself has no limit on their number.
func sparse(text string, lim Limits, found *findings) bool {
	marks := 0
	for i := range len(text) {
		switch text[i] {
		case '\n', ',', '[', '{', ':':
			marks++
		case '-', '?':
			if i+1 < len(text) && text[i+1] == ' ' {
				marks++
			}
		}
	}
	if marks <= 3*lim.Nodes {
		return true
	}
	found.add(refuse("too-many-values", fmt.Sprintf("the document holds far more than %d values", lim.Nodes),
		"shorten the document: keep the operations the plugin needs and drop long examples and lists").atPlace(1, 1))
	return false
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// yamlSyntax words the library's error. The library gives a line at best, and
// for an object or a list that goes wrong it is the line on which that began: then
// the line is found by how far the library had read. The column is that of the
// line's first tab, when tabs are the complaint, or of its first character.
func yamlSyntax(text string, err error) Finding {
	line, problem := 1, err.Error()
	if m := yamlErrorLine.FindStringSubmatch(strings.SplitN(problem, "\n", 2)[0]); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		problem = m[2]
	}
	if strings.HasPrefix(problem, "did not find expected") {
		line = lastLineRead(text)
	}
	content := lineOf(text, line)
	column := len(content) - len(strings.TrimLeft(content, " ")) + 1
	remedy := "correct the syntax; indentation must be spaces, the same for all members of an object"
	if strings.Contains(problem, "cannot start any token") {
		if before, _, ok := strings.Cut(content, "\t"); ok {
			column = utf8.RuneCountInString(before) + 1
			problem, remedy = "a tab is used for indentation", "indent with spaces"
		}
	}
	if strings.Contains(problem, "incompatible YAML") {
		remedy = "remove the line that begins with %YAML"
	}
	rule := "yaml-syntax"
	if strings.Contains(problem, "exceeded max depth") {
		rule, remedy = "too-deep", "move nested schemas to /components/schemas and refer to them"
	}
	return refuse(rule, "this is not valid YAML: "+problem, remedy).atPlace(line, column)
}

// lastLineRead returns the line the library stops at when it gets the text byte
// by byte.
func lastLineRead(text string) int {
	given := strings.NewReader(text)
	var doc yaml.Node
	dec := yaml.NewDecoder(byteByByte{given})
	for dec.Decode(&doc) == nil {
		doc = yaml.Node{}
	}
	read := strings.TrimRight(text[:len(text)-given.Len()], " \n")
	return 1 + strings.Count(read, "\n")
}

// byteByByte gives one byte at a time.
type byteByByte struct{ r io.Reader }

func (b byteByByte) Read(p []byte) (int, error) { return b.r.Read(p[:min(len(p), 1)]) }

func lineOf(text string, line int) string {
	for range line - 1 {
		_, rest, ok := strings.Cut(text, "\n")
		if !ok {
			break
		}
		text = rest
	}
	content, _, _ := strings.Cut(text, "\n")
	return content
}

type yamlConverter struct {
	builder
	aliases int
	open    map[*yaml.Node]bool // anchors being expanded
	kept    int                 // anchors around the node at hand
}

// convert copies y under parent. at is where the node is to be found when it is
// an object or a list that is a member: at its key.
func (c *yamlConverter) convert(y *yaml.Node, parent *node, key string, depth int, at *yaml.Node) *node {
	if y.Kind == yaml.AliasNode {
		return c.alias(y, parent, key, depth, at)
	}
	if at == nil || y.Kind == yaml.ScalarNode {
		at = y
	}
	n := c.add(parent, key, depth, at.Line, at.Column)
	if n == nil {
		return nil
	}
	if y.Anchor != "" {
		c.kept++
		defer func() { c.kept-- }()
	}
	ok := true
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = objectKind
		ok = c.members(y, n, depth) && c.unique(n) && c.merge(y, n, depth)
	case yaml.SequenceNode:
		n.kind = arrayKind
		for _, item := range y.Content {
			if ok = c.convert(item, n, "", depth+1, nil) != nil; !ok {
				break
			}
		}
	default:
		n.kind, n.text = yamlScalar(y)
		ok = c.spend(n, depth, len(n.text))
	}
	if !ok {
		return nil
	}
	if c.kept == 0 && len(c.open) == 0 {
		y.Content = nil // nobody comes back to it, and two trees are a lot
	}
	return n
}

// alias copies what the alias stands for, once per use.
func (c *yamlConverter) alias(y *yaml.Node, parent *node, key string, depth int, at *yaml.Node) *node {
	if !c.enter(y) {
		return nil
	}
	defer delete(c.open, y.Alias)
	if at == nil {
		at = y
	}
	return c.convert(y.Alias, parent, key, depth, at)
}

// enter begins the expansion of an alias, unless there are too many of them or
// the anchor contains itself.
func (c *yamlConverter) enter(y *yaml.Node) bool {
	c.aliases++
	switch {
	case c.aliases > c.lim.Aliases:
		c.found.add(refuse("too-many-aliases", fmt.Sprintf("the document uses more than %d YAML aliases (counted as expanded)", c.lim.Aliases),
			"use $ref to share schemas instead of YAML anchors").atPlace(y.Line, y.Column))
		return false
	case c.open[y.Alias]:
		c.found.add(refuse("alias-loop", fmt.Sprintf("the YAML anchor %q contains itself", y.Value),
			"use $ref for a schema that contains itself").atPlace(y.Line, y.Column))
		return false
	}
	c.open[y.Alias] = true
	return true
}

func (c *yamlConverter) members(y *yaml.Node, n *node, depth int) bool {
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if isMerge(k) {
			continue
		}
		name := k
		if k.Kind == yaml.AliasNode {
			name = k.Alias
		}
		if name.Kind != yaml.ScalarNode {
			c.found.add(refuse("key-not-text", "an object or a list is used as a member name", "use text as the name").
				atPlace(k.Line, k.Column))
			return false
		}
		if c.convert(v, n, name.Value, depth+1, k) == nil {
			return false
		}
	}
	return true
}

func isMerge(k *yaml.Node) bool {
	return k.Kind == yaml.ScalarNode && k.Value == "<<" && (k.Tag == "!!merge" || k.Style == 0)
}

// merge adds the members of `<<: *anchor` that the object does not give itself.
func (c *yamlConverter) merge(y *yaml.Node, n *node, depth int) bool {
	for i := 0; i+1 < len(y.Content); i += 2 {
		if !isMerge(y.Content[i]) {
			continue
		}
		sources := []*yaml.Node{y.Content[i+1]}
		if sources[0].Kind == yaml.SequenceNode {
			sources = sources[0].Content
		}
		for _, s := range sources {
			if !c.mergeOne(s, n, depth) {
				return false
			}
		}
	}
	return true
}

func (c *yamlConverter) mergeOne(source *yaml.Node, n *node, depth int) bool {
	from := source
	if source.Kind == yaml.AliasNode {
		if !c.enter(source) {
			return false
		}
		defer delete(c.open, source.Alias)
		from = source.Alias
	}
	if from.Kind != yaml.MappingNode {
		c.found.add(refuse("merge-not-object", "<< must be followed by an object or an alias of one",
			"write the members out, or use $ref").atPlace(source.Line, source.Column))
		return false
	}
	// The members are first built apart, under a node of the same place.
	apart := c.add(nil, "", depth, int(n.line), int(n.column))
	if apart == nil {
		return false
	}
	apart.kind = objectKind
	if !c.members(from, apart, depth) || !c.unique(apart) || !c.merge(from, apart, depth) {
		return false
	}
	have := make(map[string]bool, len(n.kids))
	for _, k := range n.kids {
		have[k.key] = true
	}
	for _, k := range apart.kids {
		if !have[k.key] {
			k.parent = n
			n.kids = append(n.kids, k)
		}
	}
	return true
}

// yamlScalar gives a scalar its JSON kind by the core schema of YAML 1.2, where
// 999.0_0 is text. Timestamps and what JSON cannot say (.nan, .inf) are text too.
func yamlScalar(y *yaml.Node) (kind, string) {
	tag := y.ShortTag()
	if strings.Contains(y.Value, "_") && (tag == "!!int" || tag == "!!float") {
		tag = "!!str"
	}
	switch tag {
	case "!!null":
		return nullKind, "null"
	case "!!bool":
		var b bool
		if y.Decode(&b) == nil {
			return boolKind, strconv.FormatBool(b)
		}
	case "!!int":
		if isJSONNumber(y.Value) {
			return numberKind, y.Value
		}
		var i int64
		if y.Decode(&i) == nil {
			return numberKind, strconv.FormatInt(i, 10)
		}
	case "!!float":
		if isJSONNumber(y.Value) {
			return numberKind, y.Value
		}
		var f float64
		if y.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return numberKind, strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	return stringKind, y.Value
}
