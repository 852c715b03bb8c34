package retrieval

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
)

// What the inverted index has of a document is one entry with its record, one
// with its vectors if it has any, and one for each passage. Their identifiers
// begin with what they are.
const (
	kindRecord  = 'r'
	kindVectors = 'v'
	kindPassage = 'p'
)

func recordID(document string) string  { return string(kindRecord) + document }
func vectorsID(document string) string { return string(kindVectors) + document }

// passageID has the number behind the document's key, in four bytes.
func passageID(document string, n int) string {
	return string(binary.BigEndian.AppendUint32(append([]byte{kindPassage}, document...), uint32(n)))
}

// passageOf takes the identifier of a passage apart.
func passageOf(id []byte) (document []byte, n uint32, ok bool) {
	if len(id) < 5 || id[0] != kindPassage {
		return nil, 0, false
	}
	at := len(id) - 4
	return id[1:at], binary.BigEndian.Uint32(id[at:]), true
}

// record is what the ledger knows of a document, as it is stored.
type record struct {
	Language   string       `json:"language"`
	ACL        *acl.List    `json:"acl,omitempty"`
	Attributes facet.Values `json:"attributes,omitempty"`
	Text       []byte       `json:"text"`     // a digest of what is searched
	Passages   []byte       `json:"passages"` // packed
}

// passage is what the ledger knows of a passage.
type passage struct {
	likeness
	title, body uint32 // lengths in terms
}

// packed is the length of a packed passage.
const packed = 8 + 8 + 4 + 4 + 4

func pack(passages []passage) []byte {
	b := make([]byte, 0, packed*len(passages))
	for _, p := range passages {
		b = binary.LittleEndian.AppendUint64(b, p.words)
		b = binary.LittleEndian.AppendUint64(b, p.sketch)
		b = binary.LittleEndian.AppendUint32(b, p.figures)
		b = binary.LittleEndian.AppendUint32(b, p.title)
		b = binary.LittleEndian.AppendUint32(b, p.body)
	}
	return b
}

func unpack(b []byte) ([]passage, error) {
	if len(b)%packed != 0 {
		return nil, fmt.Errorf("%d bytes of passages", len(b))
	}
	passages := make([]passage, len(b)/packed)
	for i := range passages {
		p := b[i*packed:]
		passages[i] = passage{
			likeness: likeness{
				words:   binary.LittleEndian.Uint64(p),
				sketch:  binary.LittleEndian.Uint64(p[8:]),
				figures: binary.LittleEndian.Uint32(p[16:]),
			},
			title: binary.LittleEndian.Uint32(p[20:]),
			body:  binary.LittleEndian.Uint32(p[24:]),
		}
	}
	return passages, nil
}

// entryOf reads a record.
func entryOf(document string, value []byte) (*entry, error) {
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return nil, err
	}
	passages, err := unpack(r.Passages)
	if err != nil {
		return nil, err
	}
	if len(r.Text) != len(digest{}) {
		return nil, errors.New("no digest")
	}
	return &entry{
		document: document, language: r.Language, list: r.ACL, listID: r.ACL.ID(), attributes: r.Attributes,
		text: digest(r.Text), passages: passages,
	}, nil
}

// encode writes the record of an entry.
func (e *entry) encode() ([]byte, error) {
	return json.Marshal(record{
		Language: e.language, ACL: e.list, Attributes: e.attributes, Text: e.text[:], Passages: pack(e.passages),
	})
}

// packVectors writes the name of a model, and the vectors that it made of a
// document's passages: for each the number of dimensions, zero for none, and
// then those.
func (e *entry) packVectors() []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(e.model)))
	b = append(b, e.model...)
	for _, v := range e.vectors {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	return b
}

// unpackVectors reads what packVectors wrote.
func (e *entry) unpackVectors(b []byte) error {
	model, b, err := counted(b, 1)
	if err != nil {
		return err
	}
	e.model = string(model)
	for len(b) > 0 {
		var values []byte
		if values, b, err = counted(b, 4); err != nil {
			return err
		}
		v := make([]float32, len(values)/4)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(values[4*i:]))
		}
		e.vectors = append(e.vectors, v)
	}
	return nil
}

// counted takes off a count and so many elements of a size.
func counted(b []byte, size uint64) (elements, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errors.New("cut off vectors")
	}
	n := size * uint64(binary.LittleEndian.Uint32(b))
	if b = b[4:]; uint64(len(b)) < n {
		return nil, nil, errors.New("cut off vectors")
	}
	return b[:n], b[n:], nil
}
