package smithy

import "reflect"

// ParseText reads the text of a label or a query parameter into a field, and
// adds to p every constraint of s that it breaks.
func ParseText(s *Shape, text string, into reflect.Value, path string, p *Problems) {}

// FormatText appends the text form of a value, the reverse of ParseText.
func FormatText(dst []byte, s *Shape, from reflect.Value) []byte { return dst }
