package smithy

// AppendJSON appends the wire form of the struct that from points to.
func AppendJSON(dst []byte, s *Shape, from any) []byte { return dst }
