// Command compatibility writes docs/compatibility.md: which operations and
// plugin types do what they say, read off the program itself, and which of
// their behaviour is our own decision, read off docs/assumptions.md.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
)

func main() {
	assumptions := flag.String("assumptions", "docs/assumptions.md", "the `file` to read")
	out := flag.String("out", "docs/compatibility.md", "the `file` to write")
	flag.Parse()
	if err := run(*assumptions, *out); err != nil {
		fmt.Fprintln(os.Stderr, "compatibility:", err)
		os.Exit(1)
	}
}

func run(assumptions, out string) error {
	src, err := os.ReadFile(assumptions)
	if err != nil {
		return err
	}
	types, err := catalogue.Load()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("<!-- Written by internal/compatibility from the program; `make generate` writes it again. -->\n\n# Compatibility\n\n")
	ours := decisions(string(src))
	writeOperations(&b, ours)
	writeTypes(&b, types)
	writeNeighbours(&b, ours)
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// A decision is a numbered entry of assumptions.md.
var decision = regexp.MustCompile(`^(\d+)\. `)

// chapters are the headings of assumptions.md about a family whose name they do
// not bear.
var chapters = map[string][]string{
	"accessor":     {"data accessors"},
	"chat":         {"conversations", "conversations, killed", "conversations, attacked", "conversations, by hand", "conversations, looked at again", "servers that die", "streams", "answers", "files of conversations"},
	"chatcontrol":  {"chat controls"},
	"datasource":   {"data sources", "connectors"},
	"directory":    {"access lists, users and groups"},
	"document":     {"documents", "from bytes to passages", "enrichment and embeddings", "documents and search, attacked", "documents and search, looked at again"},
	"experience":   {"web experiences"},
	"index":        {"indexes and search"},
	"retriever":    {"indexes and search", "ranking", "documents and search, attacked", "documents and search, looked at again"},
	"subscription": {"subscriptions"},
}

// decisions returns the numbers of the entries about each family, and about rooms
// that serve all of them, in short.
func decisions(text string) map[string]string {
	under := map[string][]int{}
	heading := ""
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			heading = strings.TrimSpace(title)
		}
		if m := decision.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits
			under[strings.ToLower(heading)] = append(under[strings.ToLower(heading)], n)
		}
	}
	for family, headings := range chapters {
		for _, h := range headings {
			under[family] = append(under[family], under[h]...)
		}
	}
	found := map[string]string{}
	for family, numbers := range under {
		found[family] = ranges(numbers)
	}
	return found
}

// ranges writes numbers with those that follow on each other in one.
func ranges(numbers []int) string {
	slices.Sort(numbers)
	var parts []string
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		if last == i {
			parts = append(parts, strconv.Itoa(numbers[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d–%d", numbers[i], numbers[last]))
		}
		i = last + 1
	}
	return strings.Join(parts, ", ")
}

func writeOperations(b *bytes.Buffer, ours map[string]string) {
	families := map[string][]*smithy.Route{}
	var order []string
	for _, r := range api.Routes {
		if families[r.Family] == nil {
			order = append(order, r.Family)
		}
		families[r.Family] = append(families[r.Family], r)
	}
	fmt.Fprintf(b, "%d of %d operations are real. Every operation is routed, authenticated and\nvalidated; one that is missing answers 501 `NotImplemented`.\n\n", built(api.Routes), len(api.Routes))
	b.WriteString("\"Our decisions\" are the entries of [assumptions.md](assumptions.md) in which the\nreal service's behaviour is not public and we chose. Those of the wire hold for\nevery operation: ")
	b.WriteString(ours["wire"] + ".\n\n")
	b.WriteString("| Family | Operation | State | Our decisions |\n| --- | --- | --- | --- |\n")
	for _, family := range order {
		for _, r := range families[family] {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", family, r.Name, state(r), ours[family])
		}
	}
}

// built counts the operations that do what they say.
func built(routes []*smithy.Route) (n int) {
	for _, r := range routes {
		if assembly.Built(r) {
			n++
		}
	}
	return n
}

func state(r *smithy.Route) string {
	if assembly.Built(r) {
		return "**real**"
	}
	return "missing"
}

// writeNeighbours tells of the other APIs on the endpoint.
func writeNeighbours(b *bytes.Buffer, ours map[string]string) {
	b.WriteString("\n## Neighbouring APIs\n\nOther services of AWS that the API and its plugins lean on answer on the same\nendpoint. Each is known by the service that a signature names. Of all but\n`secretsmanager` the model holds only what Parley answers: any other operation is\nrefused as one that does not exist.\n")
	for _, s := range assembly.Services() {
		if s == api.Service {
			continue
		}
		fmt.Fprintf(b, "\n### `%s` %s, %s\n\n%d of %d operations are real; one that is missing answers 501 `NotImplemented`.\n\n", s.Name, s.Version, s.Protocol, built(s.Routes), len(s.Routes))
		b.WriteString("| Operation | State | Our decisions |\n| --- | --- | --- |\n")
		for _, r := range s.Routes {
			fmt.Fprintf(b, "| %s | %s | %s |\n", r.Name, state(r), ours[r.Family])
		}
	}
}

func writeTypes(b *bytes.Buffer, types *catalogue.Catalogue) {
	b.WriteString("\n## Plugin types\n\nA plugin of any type can be created, read, updated, listed and deleted. Its\nactions are called in conversations: reads at once, writes after the user has\nconfirmed a form.\n\n")
	b.WriteString("| Type | Category (ours) | Actions | Signs in with |\n| --- | --- | --- | --- |\n")
	for _, t := range types.Types() {
		offered := slices.DeleteFunc(t.Actions(), func(a openapi.Action) bool { return a.Internal })
		actions := strconv.Itoa(len(offered))
		switch {
		case t.Name == "CUSTOM":
			actions = "those of its document"
		case len(offered) == 0:
			actions = "none"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", t.Name, t.Category, actions, strings.Join(t.Auth, ", "))
	}
}
