package pdf

import "bytes"

const (
	mostObjects = 1 << 20
	mostPacked  = 64 << 20 // bytes of object streams that are kept unpacked
	mostCached  = 1 << 15
)

// index goes over the file and notes where each object begins. A later one of the
// same number is a later revision.
func (f *File) index() error {
	at := header(f.data)
	for n := 0; at < len(f.data); n++ {
		if n%64 == 0 {
			if err := f.limits.Check(); err != nil {
				return err
			}
		}
		i := bytes.IndexAny(f.data[at:], "ot")
		if i < 0 {
			return nil
		}
		at += i
		switch {
		case bytes.HasPrefix(f.data[at:], []byte("obj")):
			if id, ok := f.numbered(at); ok {
				if len(f.entries) >= mostObjects {
					return ErrTooLarge
				}
				f.entries[id.num] = entry{offset: at + len("obj"), gen: id.gen}
				at = f.after(id, at+len("obj"))
				continue
			}
		case bytes.HasPrefix(f.data[at:], []byte("trailer")):
			if d, ok := newLexer(f.data, at+len("trailer")).object(f.limits.Depth).(dict); ok {
				f.believe(d)
			}
		}
		at++
	}
	return nil
}

// numbered reads the two numbers before the word obj.
func (f *File) numbered(at int) (ref, bool) {
	gen, at, ok := f.numberBefore(at)
	if !ok {
		return ref{}, false
	}
	num, _, ok := f.numberBefore(at)
	return ref{num, gen}, ok && num > 0
}

func (f *File) numberBefore(at int) (n, begin int, ok bool) {
	for at > 0 && isSpace(f.data[at-1]) {
		at--
	}
	end := at
	for at > 0 && end-at < 9 && f.data[at-1] >= '0' && f.data[at-1] <= '9' {
		at--
	}
	for _, c := range f.data[at:end] {
		n = n*10 + int(c-'0')
	}
	return n, at, end > at
}

// after is where to go on behind an object: behind its stream, if it has one,
// because that may hold bytes that look like objects.
func (f *File) after(id ref, at int) int {
	s, next := f.parse(id, at)
	if d, ok := s.(*stream); ok && d.dict["Type"] == name("XRef") {
		f.believe(d.dict)
	} else if ok && d.dict["Type"] == name("ObjStm") {
		f.streams = append(f.streams, id.num)
	}
	return max(next, at+1)
}

// believe takes what a trailer says; the last in the file counts.
func (f *File) believe(trailer dict) {
	for _, key := range []name{"Root", "Info", "Encrypt", "ID"} {
		if v := trailer[key]; v != nil {
			f.trailer[key] = v
		}
	}
}

// parse reads the object at a place in the file, and says where it ends.
func (f *File) parse(id ref, at int) (any, int) {
	l := newLexer(f.data, at)
	o := l.object(f.limits.Depth)
	d, ok := o.(dict)
	if !ok {
		return o, l.at
	}
	end := l.at
	l.skip()
	if !bytes.HasPrefix(f.data[l.at:], []byte("stream")) {
		return d, end
	}
	begin := l.at + len("stream")
	if begin < len(f.data) && f.data[begin] == '\r' {
		begin++
	}
	if begin < len(f.data) && f.data[begin] == '\n' {
		begin++
	}
	end = f.streamEnd(d, begin)
	return &stream{dict: d, raw: f.data[begin:end], id: id}, end
}

// streamEnd is where a stream's bytes end: after the length that it declares, if
// the right word follows, and else where that word is found.
func (f *File) streamEnd(d dict, begin int) int {
	if n, ok := d["Length"].(float64); ok && n >= 0 && n <= float64(len(f.data)-begin) {
		end := begin + int(n)
		if bytes.HasPrefix(bytes.TrimLeft(f.data[end:min(len(f.data), end+16)], "\r\n \t"), []byte("endstream")) {
			return end
		}
	}
	i := bytes.Index(f.data[begin:], []byte("endstream"))
	if i < 0 {
		return len(f.data)
	}
	end := begin + i
	if end > begin && f.data[end-1] == '\n' {
		end--
	}
	if end > begin && f.data[end-1] == '\r' {
		end--
	}
	return end
}

// resolve follows references. What refers to itself, or to nothing, is nil.
func (f *File) resolve(o any) any {
	for range 16 {
		r, ok := o.(ref)
		if !ok {
			return o
		}
		o = f.load(r)
	}
	return nil
}

func (f *File) load(r ref) any {
	if o, ok := f.cache[r.num]; ok {
		return o
	}
	e, ok := f.entries[r.num]
	if !ok || f.opening[r.num] {
		return nil
	}
	f.opening[r.num] = true
	defer delete(f.opening, r.num)
	var o any
	if e.stream == 0 {
		o, _ = f.parse(ref{r.num, e.gen}, e.offset)
		if f.crypt != nil {
			o = f.crypt.decrypt(o, ref{r.num, e.gen}, f.limits.Depth)
		}
	} else if p := f.packed[e.stream]; p != nil && e.at < len(p.data) {
		o = newLexer(p.data, e.at).object(f.limits.Depth)
	}
	if _, word := o.(keyword); word {
		o = nil
	}
	if len(f.cache) >= mostCached {
		clear(f.cache)
	}
	f.cache[r.num] = o
	return o
}

// packed is an object stream (7.5.7), unpacked.
type packed struct{ data []byte }

// unpackObjects notes where the objects are that lie in streams.
func (f *File) unpackObjects() error {
	for _, num := range f.streams {
		if err := f.limits.Check(); err != nil {
			return err
		}
		if err := f.unpackOne(num, f.entries[num]); err != nil {
			return err
		}
	}
	clear(f.cache)
	return nil
}

func (f *File) unpackOne(num int, e entry) error {
	s, ok := f.load(ref{num, e.gen}).(*stream)
	if !ok || e.stream != 0 || f.packed[num] != nil || s.dict["Type"] != name("ObjStm") {
		return nil
	}
	data, err := f.decode(s)
	if err != nil {
		return err
	}
	if f.kept += len(data); f.kept > mostPacked {
		return ErrTooLarge
	}
	f.packed[num] = &packed{data}
	first, _ := f.resolve(s.dict["First"]).(float64)
	count, _ := f.resolve(s.dict["N"]).(float64)
	l := newLexer(data, 0)
	l.refs = false
	for range int(min(max(count, 0), mostObjects)) {
		id, ok1 := l.object(0).(float64)
		offset, ok2 := l.object(0).(float64)
		if !ok1 || !ok2 {
			return nil
		}
		if len(f.entries) >= mostObjects {
			return ErrTooLarge
		}
		at := int(first) + int(offset)
		if before, has := f.entries[int(id)]; at < 0 || id <= 0 || has && before.offset > e.offset {
			continue // a later revision
		}
		f.entries[int(id)] = entry{offset: e.offset, stream: num, at: at}
	}
	return nil
}
