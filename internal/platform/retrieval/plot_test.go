package retrieval_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeScale writes the table and the plot into a folder.
func writeScale(t *testing.T, dir string, rows []measured) {
	t.Helper()
	var md strings.Builder
	md.WriteString(scaleHead)
	md.WriteString(table(rows))
	md.WriteString(scaleFoot)
	for name, text := range map[string]string{"scale.md": md.String(), "scale.svg": plot(rows)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const scaleHead = `# How search grows

` + "`make scale`" + ` wrote this page. It makes up a collection: passages of a hundred words by
Zipf's law, four to a document, each document for three of 1,000 groups; askers
are in 50 groups; queries have three to eight words. Search times are those of
one processor core. *Bare* is the index library by itself on the same texts,
with English analysis and BM25, for everybody: without access control.

![latency and memory by passages](scale.svg)

`

const scaleFoot = `
*build* is from the store's log to the last passage searchable, and *core time*
what that takes of all processors together: where it is much less, the machine
had other work. *open* is a start with the index on disk, *resident* is the whole process after the searches.
`

// The plot, in pixels.
const (
	plotWidth, plotHeight = 360, 260
	plotLeft, plotTop     = 60, 30
)

// series is one line of a plot.
type series struct {
	name, color string
	value       func(measured) float64
}

// plot draws latency and memory by passages, both axes logarithmic.
func plot(rows []measured) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n",
		2*(plotWidth+plotLeft)+70, plotHeight+plotTop+50)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	panel(&b, 0, "milliseconds of one core per search", rows, []series{
		{"p95", "#c0392b", func(m measured) float64 { return ms(m.p95) }},
		{"p50", "#2471a3", func(m measured) float64 { return ms(m.p50) }},
		{"bare p95", "#bbbbbb", func(m measured) float64 { return ms(m.bare95) }},
		{"bare p50", "#888888", func(m measured) float64 { return ms(m.bare50) }},
	})
	panel(&b, plotLeft+plotWidth+20, "megabytes", rows, []series{
		{"resident", "#c0392b", func(m measured) float64 { return float64(m.resident) / 1e6 }},
		{"on disk", "#2471a3", func(m measured) float64 { return float64(m.bytes) / 1e6 }},
	})
	b.WriteString("</svg>\n")
	return b.String()
}

// panel draws lines over the number of passages.
func panel(b *bytes.Buffer, left float64, title string, rows []measured, lines []series) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, m := range rows {
		for _, s := range lines {
			if v := s.value(m); v > 0 {
				low, high = min(low, math.Floor(math.Log10(v))), max(high, math.Ceil(math.Log10(v)))
			}
		}
	}
	first, last := math.Log10(float64(rows[0].passages)), math.Log10(float64(rows[len(rows)-1].passages))
	x := func(passages int) float64 {
		return left + plotLeft + plotWidth*(math.Log10(float64(passages))-first)/max(last-first, 1e-9)
	}
	y := func(v float64) float64 { return plotTop + plotHeight*(1-(math.Log10(v)-low)/max(high-low, 1)) }
	fmt.Fprintf(b, `<text x="%.0f" y="18" font-weight="bold">%s</text>`+"\n", left+plotLeft, title)
	for e := low; e <= high; e++ {
		at := y(math.Pow(10, e))
		fmt.Fprintf(b, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f" stroke="#dddddd"/><text x="%.0f" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left+plotLeft, left+plotLeft+plotWidth, at, at, left+plotLeft-6, at+4, math.Pow(10, e))
	}
	for _, m := range rows {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", x(m.passages), plotTop+plotHeight+18, m.passages)
	}
	for i, s := range lines {
		var points []string
		for _, m := range rows {
			if v := s.value(m); v > 0 {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(m.passages), y(v)))
			}
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/><text x="%.0f" y="%d" fill="%s">%s</text>`+"\n",
			strings.Join(points, " "), s.color, left+plotLeft+8, plotTop+14+14*i, s.color, s.name)
	}
}
