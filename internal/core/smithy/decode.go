package smithy

// DecodeJSON reads a JSON object into the struct that into points to, and
// adds to p every constraint of s that it breaks. Of the members of s itself
// only those carried In the Body are read; nested ones all are.
func DecodeJSON(s *Shape, body []byte, into any, p *Problems) {}
