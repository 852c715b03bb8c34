package extract

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// csv reads a table whose cells are parted by commas, semicolons, tabs or bars.
func (r *reader) csv(data []byte) error {
	text, err := r.decode(data, "")
	if err != nil {
		return err
	}
	rows := csv.NewReader(strings.NewReader(text))
	rows.Comma = separator(text)
	for line := range strings.Lines(text) {
		if strings.Count(line, string(rows.Comma)) > r.limits.Parts {
			return refuse("The document has more than %d columns, which is not read.", r.limits.Parts)
		}
	}
	rows.FieldsPerRecord = -1
	rows.LazyQuotes = true
	rows.ReuseRecord = true
	r.out.open(Table, 0)
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.unreadable()
		}
		if err := r.check(); err != nil {
			return err
		}
		r.row(row)
	}
}

// row writes the cells of a table's row; what is within a cell stays in its line.
func (r *reader) row(cells []string) {
	for i, cell := range cells {
		if i > 0 {
			r.out.cell()
		}
		r.out.write(cell)
	}
	r.out.next()
}

// separator is the one that the first lines have most evenly.
func separator(text string) rune {
	lines := strings.SplitN(text[:min(len(text), 16<<10)], "\n", 21)
	if len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t', '|'} {
		least := strings.Count(lines[0], string(c))
		for _, line := range lines {
			if line != "" {
				least = min(least, strings.Count(line, string(c)))
			}
		}
		if least > most {
			best, most = c, least
		}
	}
	return best
}
