package retrieval

import (
	index "github.com/blevesearch/bleve_index_api"

	"github.com/parleyhq/parley/internal/engine/language"
)

// The fields of the inverted index. The stored ones are not searched.
const (
	fieldTitle  = "t" // title and headings
	fieldBody   = "b"
	fieldStored = "s"
)

// field is what a document has in one field, analysed before it gets to the
// index.
type field struct {
	name    string
	options index.FieldIndexingOptions
	value   []byte // of a stored one
	length  int    // in terms
	terms   index.TokenFrequencies
}

// stored makes a field that is kept and not searched.
func stored(value []byte) *field {
	return &field{name: fieldStored, options: index.StoreField, value: value}
}

// searched makes a field of terms with their places.
func searched(name string, tokens []language.Token) *field {
	f := &field{name: name, options: index.IndexField | index.IncludeTermVectors, length: len(tokens)}
	f.terms = make(index.TokenFrequencies, len(tokens))
	places := make([]index.TokenLocation, len(tokens))
	for i, t := range tokens {
		places[i].Position = t.Position
		term := f.terms[t.Term]
		if term == nil {
			term = &index.TokenFreq{Term: []byte(t.Term)}
			f.terms[t.Term] = term
		}
		term.Locations = append(term.Locations, &places[i])
		term.SetFrequency(len(term.Locations))
	}
	return f
}

// The methods of document.Field. Size is asked for a statistic that nobody reads.

func (f *field) Size() int { return len(f.value) }

func (f *field) Name() string                                     { return f.name }
func (f *field) Value() []byte                                    { return f.value }
func (f *field) ArrayPositions() []uint64                         { return nil }
func (f *field) EncodedFieldType() byte                           { return 't' }
func (f *field) Analyze()                                         {}
func (f *field) Options() index.FieldIndexingOptions              { return f.options }
func (f *field) AnalyzedLength() int                              { return f.length }
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }
func (f *field) NumPlainTextBytes() uint64                        { return uint64(len(f.value)) }
