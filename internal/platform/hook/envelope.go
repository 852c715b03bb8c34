package hook

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// version is that of the envelopes.
const version = "v0"

const (
	maxInline = 4 << 20  // bytes of a file in an envelope: Lambda takes 6 MB, and base64 makes four of three
	maxAnswer = 8 << 20  // bytes of an answer
	maxObject = 50 << 20 // bytes of an object that a function wrote
	maxText   = 30 << 20 // bytes of a text
	maxName   = 200      // characters of an attribute's name
	maxValue  = 2048     // characters of an attribute's string
	maxValues = 500      // attributes, and strings in a list
)

// envelope is what a function is sent.
type envelope struct {
	Version  string   `json:"version"`
	Blob     *[]byte  `json:"dataBlobStringEncodedInBase64,omitempty"`
	Bucket   string   `json:"s3Bucket,omitempty"`
	Key      string   `json:"s3ObjectKey,omitempty"`
	Metadata metadata `json:"metadata"`
}

type metadata struct {
	Attributes []attribute `json:"attributes"`
}

// attribute is one, in both directions. The guide's samples have its name in
// name; Kendra's, which the functions of many were written for, in key, too.
type attribute struct {
	Name  string `json:"name,omitempty"`
	Key   string `json:"key,omitempty"`
	Value value  `json:"value"`
}

// value has one member.
type value struct {
	String  *string     `json:"stringValue,omitempty"`
	Integer json.Number `json:"integerValue,omitempty"`
	Long    json.Number `json:"longValue,omitempty"`
	List    *[]string   `json:"stringListValue,omitempty"`
	Date    *string     `json:"dateValue,omitempty"`
}

// answer is what a function returns.
type answer struct {
	Version string      `json:"version"`
	Blob    *string     `json:"dataBlobStringEncodedInBase64"`
	Key     *string     `json:"s3ObjectKey"`
	Updates []attribute `json:"metadataUpdates"`
}

// structure is a document after extraction, as it is handed over.
type structure struct {
	Content content `json:"textContent"`
}

type content struct {
	Body *string `json:"documentBodyText"`
}

func structured(text string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(structure{content{&text}})
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// unstructured reads the text of such a document.
func unstructured(data []byte) (string, error) {
	var s structure
	if err := json.Unmarshal(data, &s); err != nil || s.Content.Body == nil {
		return "", errors.New(`wrote an object that is not a document of the form {"textContent": {"documentBodyText": "…"}}`)
	}
	if len(*s.Content.Body) > maxText {
		return "", fmt.Errorf("wrote a text of %d bytes; at most %d are taken", len(*s.Content.Body), maxText)
	}
	return *s.Content.Body, nil
}

func (c Call) envelope() envelope {
	e := envelope{Version: version, Metadata: metadata{Attributes: []attribute{}}}
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		e.Metadata.Attributes = append(e.Metadata.Attributes, attribute{Name: name, Value: show(c.Attributes[name])})
	}
	return e
}

func show(v facet.Value) value {
	switch v.Kind {
	case facet.String:
		return value{String: &v.Text}
	case facet.StringList:
		list := append([]string{}, v.List...)
		return value{List: &list}
	case facet.Number:
		return value{Long: json.Number(strconv.FormatInt(v.Number, 10))}
	case facet.Date:
		text := v.Time.UTC().Format(time.RFC3339Nano)
		return value{Date: &text}
	}
	return value{}
}

// readAnswer reads what a function returned. Some return their JSON as a string
// with JSON in it.
func readAnswer(body []byte) (answer, error) {
	var text string
	if json.Unmarshal(body, &text) == nil {
		body = []byte(text)
	}
	var a answer
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf("returned what is not the JSON of a response: %w", errShape)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return a, fmt.Errorf("returned more than one JSON value: %w", errShape)
	}
	if a.Version != version {
		return a, fmt.Errorf("returned a response of another version than %q: %w", version, errShape)
	}
	return a, nil
}

// errShape says where to find what a response is.
var errShape = errors.New(`it has to be of the form {"version": "v0", "s3ObjectKey": "…", "metadataUpdates": […]}`)

// blob is the file in an answer.
func (a answer) blob() ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(*a.Blob)
	if err != nil {
		return nil, errors.New("returned a dataBlobStringEncodedInBase64 that is not base64")
	}
	return data, nil
}

// updates are the attributes that an answer sets.
func (a answer) updates() (facet.Values, error) {
	if len(a.Updates) > maxValues {
		return nil, fmt.Errorf("returned %d metadataUpdates; at most %d are taken", len(a.Updates), maxValues)
	}
	var out facet.Values
	for i, u := range a.Updates {
		name := u.Name
		if name == "" {
			name = u.Key
		}
		v, err := u.Value.read()
		if err == nil && (name == "" || utf8.RuneCountInString(name) > maxName) {
			err = errors.New("has a name that no attribute has")
		}
		if err != nil {
			return nil, fmt.Errorf("returned metadataUpdates of which number %d %w", i+1, err)
		}
		if out == nil {
			out = facet.Values{}
		}
		out[name] = v
	}
	return out, nil
}

// read is a value as it is compared.
func (v value) read() (facet.Value, error) {
	number := v.Integer
	if number == "" {
		number = v.Long
	}
	switch {
	case v.String != nil:
		return facet.OfString(*v.String), within(*v.String)
	case v.List != nil:
		return facet.OfList(*v.List...), within(*v.List...)
	case number != "":
		n, err := number.Int64()
		if f, ferr := number.Float64(); err != nil && ferr == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			n, err = int64(f), nil // as Python writes a whole float
		}
		if err != nil {
			return facet.Value{}, errors.New("has a number that is not whole, or too large")
		}
		return facet.OfNumber(n), nil
	case v.Date != nil:
		return date(*v.Date)
	}
	return facet.Value{}, errors.New("has no value: stringValue, stringListValue, longValue, integerValue or dateValue")
}

func within(texts ...string) error {
	if len(texts) > maxValues {
		return fmt.Errorf("has a list of %d strings; at most %d are taken", len(texts), maxValues)
	}
	for _, text := range texts {
		if utf8.RuneCountInString(text) > maxValue || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return fmt.Errorf("has a string that is no attribute's: one has at most %d characters", maxValue)
		}
	}
	return nil
}

// date reads ISO 8601 with a time zone, as the API demands of dates.
func date(text string) (facet.Value, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return facet.OfDate(t), nil
		}
	}
	return facet.Value{}, errors.New("has a date that is not ISO 8601 with a time zone, such as 2012-03-25T12:30:10+01:00")
}
