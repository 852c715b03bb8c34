package pdf

import (
	"errors"
	"maps"
	"slices"
)

// pageWalk goes over the tree of pages.
type pageWalk struct {
	file  *File
	seen  map[ref]bool
	pages int
	visit func(number int, paragraphs []Paragraph) error
}

// inherited is what a page has from the nodes above it (7.7.3.4).
type inherited struct{ resources dict }

func (w *pageWalk) tree(node any, above inherited, depth int) error {
	if r, ok := node.(ref); ok {
		if w.seen[r] {
			return nil
		}
		w.seen[r] = true
	}
	d, ok := w.file.resolve(node).(dict)
	if !ok || depth > w.file.limits.Depth {
		return nil
	}
	if resources, ok := w.file.resolve(d["Resources"]).(dict); ok {
		above.resources = resources
	}
	kids, ok := w.file.resolve(d["Kids"]).(array)
	if !ok {
		return w.page(d, above)
	}
	for _, kid := range kids {
		if err := w.tree(kid, above, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// strays visits the pages of a file whose tree is lost, in the order of their
// numbers.
func (w *pageWalk) strays() error {
	for _, num := range slices.Sorted(maps.Keys(w.file.entries)) {
		d, ok := w.file.load(ref{num: num}).(dict)
		if !ok || d["Type"] != name("Page") {
			continue
		}
		if err := w.page(d, inherited{w.resources(d)}); err != nil {
			return err
		}
	}
	return nil
}

// resources are those of a page, or of the nearest node above it that has any.
func (w *pageWalk) resources(d dict) dict {
	for range w.file.limits.Depth {
		if found, ok := w.file.resolve(d["Resources"]).(dict); ok {
			return found
		}
		d, _ = w.file.resolve(d["Parent"]).(dict)
	}
	return nil
}

func (w *pageWalk) page(d dict, above inherited) error {
	if w.pages++; w.pages > w.file.limits.Pages {
		return ErrTooLarge
	}
	if err := w.file.limits.Check(); err != nil {
		return err
	}
	p := painter{file: w.file, state: initial, open: map[ref]bool{}, ops: mostOps, bytes: mostText}
	if err := p.contents(d["Contents"], above.resources); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return w.visit(w.pages, paragraphs(p.runs))
}

// errEnough ends a page that has more operators or text than a page has.
var errEnough = errors.New("pdf: enough of this page")

const (
	mostOps  = 2_000_000 // on a page, with all that it uses
	mostRuns = 500_000
	mostText = 4 << 20
)

// contents carries out a page's content, which may lie in several streams.
func (p *painter) contents(o any, resources dict) error {
	var all []byte
	for _, part := range p.file.list(o) {
		s, ok := p.file.resolve(part).(*stream)
		if !ok {
			continue
		}
		data, err := p.file.decode(s)
		if err != nil {
			return err
		}
		if len(all)+len(data) > mostStream {
			return ErrTooLarge
		}
		all = append(append(all, data...), '\n')
	}
	return p.run(all, resources)
}
