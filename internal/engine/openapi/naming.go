package openapi

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxOperationID = 64  // what model providers take as the name of a tool
	maxName        = 100 // characters of a display name
	maxWords       = 500 // bytes of a text that names are made of
)

// nameOperations gives every operation its id, its name for people and its
// example. Ids depend on nothing but the operations themselves: who keeps a
// name that two claim is decided by path and method, not by order.
func nameOperations(rd *reader, ops []*operation, title string) {
	order := slices.Clone(ops)
	slices.SortStableFunc(order, func(a, b *operation) int {
		return cmp.Or(cmp.Compare(a.action.Path, b.action.Path), cmp.Compare(a.action.Method, b.action.Method))
	})
	taken := ids{}
	for _, op := range order {
		op.action.OperationID = rd.operationID(op, taken)
	}
	for _, op := range ops {
		a := &op.action
		a.Name = rd.displayName(op)
		a.InstructionExample = cmp.Or(rd.tree.member(op.node, "x-parley-instruction-example").head(maxWords), instruction(a.Name, a.Method, title))
	}
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// ids are the operation ids given so far, each with the number that makes the
// next of its name unique.
type ids map[string]int

// take gives id, or id with a number when it is taken.
func (taken ids) take(id string) string {
	base := id
	for taken[id] > 0 {
		suffix := fmt.Sprintf("_%d", taken[base]+1)
		taken[base]++
		id = cut(base, maxOperationID-len(suffix)) + suffix
	}
	taken[id]++
	return id
}

func (rd *reader) operationID(op *operation, taken ids) string {
	declared := rd.tree.member(op.node, "operationId")
	derived := derivedID(op.action.Method, op.action.Path)
	written := declared.head(maxWords)
	id := cleanID(written)
	switch {
	case written == "":
		id = derived
		rd.blame(op, op.node, advise("operation-id-missing", "the operation has no operationId; it goes by "+quote(derived),
			"add an operationId that begins with a verb, such as get, find, create"))
	case taken[id] > 0:
		rd.blame(op, declared, advise("operation-id-repeated", fmt.Sprintf("another operation has the operationId %.100q", written),
			"give every operation an id of its own"))
		id = cut(id+"_"+derived, maxOperationID)
	case id != written:
		rd.blame(op, declared, advise("operation-id-odd", fmt.Sprintf("the operationId %.100q is not letters, digits, - and _ up to %d; it goes by %q", written, maxOperationID, id),
			"rename it"))
	}
	return taken.take(cmp.Or(id, derived))
}

func quote(s string) string { return `"` + s + `"` }

func cleanID(s string) string {
	return cut(strings.Trim(notInID.ReplaceAllString(s, "_"), "_"), maxOperationID)
}

// derivedID makes an id of method and path: GET /tasks/{taskId} is
// getTasksByTaskId.
func derivedID(method, path string) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, "{") {
			b.WriteString("By")
		}
		for _, word := range notInID.Split(segment, -1) {
			b.WriteString(capitalized(word))
		}
	}
	return cut(b.String(), maxOperationID)
}

func cut(s string, n int) string { return s[:min(len(s), n)] } // ids are ASCII

func capitalized(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// displayName is what people see: the extension made for it, the summary, the
// words of the operationId, or method and path.
func (rd *reader) displayName(op *operation) string {
	name := cmp.Or(
		rd.tree.member(op.node, "x-amzn-operation-action-name").head(maxWords),
		rd.tree.member(op.node, "summary").head(maxWords),
		words(rd.tree.member(op.node, "operationId").head(maxWords)),
		op.action.Method+" "+op.action.Path,
	)
	name = strings.TrimRight(strings.Join(strings.Fields(name), " "), ".")
	if runes := []rune(name); len(runes) > maxName {
		name = strings.TrimSpace(string(runes[:maxName-1])) + "…"
	}
	return name
}

// words takes an operationId apart: getTaskByID and get_task_by_id are both
// "Get task by ID" and "Get task by id".
func words(id string) string {
	var b strings.Builder
	runes := []rune(id)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
			continue
		case i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1])):
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	list := strings.Fields(b.String())
	for i, w := range list {
		switch {
		case i == 0:
			list[i] = capitalized(w)
		case w != strings.ToUpper(w) || len(w) == 1:
			list[i] = strings.ToLower(w)
		}
	}
	return strings.Join(list, " ")
}
