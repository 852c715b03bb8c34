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
	"strings"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
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
	writeOperations(&b, decisions(string(src)))
	writeTypes(&b, types)
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// A decision is a numbered entry of assumptions.md.
var decision = regexp.MustCompile(`^(\d+)\. `)

// decisions returns the numbers of the entries under each heading of
// assumptions.md: headings are families, and rooms that serve all of them.
func decisions(text string) map[string][]string {
	found := map[string][]string{}
	heading := ""
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			heading = strings.TrimSpace(title)
		}
		if m := decision.FindStringSubmatch(line); m != nil {
			found[heading] = append(found[heading], m[1])
		}
	}
	return found
}

// only says of an operation which part of it is there.
var only = map[string]string{
	"ChatSync": " in PLUGIN_MODE; the other modes answer 501",
}

func writeOperations(b *bytes.Buffer, ours map[string][]string) {
	built := 0
	families := map[string][]*smithy.Route{}
	var order []string
	for _, r := range api.Routes {
		if families[r.Family] == nil {
			order = append(order, r.Family)
		}
		families[r.Family] = append(families[r.Family], r)
		if assembly.Built(r) {
			built++
		}
	}
	fmt.Fprintf(b, "%d of %d operations are real. Every operation is routed, authenticated and\nvalidated; one that is missing answers 501 `NotImplemented`.\n\n", built, len(api.Routes))
	b.WriteString("\"Our decisions\" are the entries of [assumptions.md](assumptions.md) in which the\nreal service's behaviour is not public and we chose. Those of the wire hold for\nevery operation: ")
	b.WriteString(strings.Join(ours["wire"], ", ") + ".\n\n")
	b.WriteString("| Family | Operation | State | Our decisions |\n| --- | --- | --- | --- |\n")
	for _, family := range order {
		for _, r := range families[family] {
			state := "missing"
			if assembly.Built(r) {
				state = "**real**" + only[r.Name]
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", family, r.Name, state, strings.Join(ours[family], ", "))
		}
	}
}

func writeTypes(b *bytes.Buffer, types *catalogue.Catalogue) {
	b.WriteString("\n## Plugin types\n\nA plugin of any type can be created, read, updated, listed and deleted. Its\nactions are called through ChatSync in PLUGIN_MODE: reads at once, writes after the\nuser has confirmed a form.\n\n")
	b.WriteString("| Type | Category (ours) | Actions | Signs in with |\n| --- | --- | --- | --- |\n")
	for _, t := range types.Types() {
		actions := fmt.Sprintf("%d", len(t.Actions()))
		switch {
		case t.Name == "CUSTOM":
			actions = "those of its document"
		case t.Missing():
			actions = fmt.Sprintf("missing: %s", strings.Join(t.Planned, ", "))
		case len(t.Actions()) == 0:
			actions = "none"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", t.Name, t.Category, actions, strings.Join(t.Auth, ", "))
	}
}
