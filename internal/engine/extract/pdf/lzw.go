package pdf

// unlzw undoes LZW with codes of 9 to 12 bits (7.4.4). With early 1, as is usual,
// codes grow one code before they must.
func unlzw(data []byte, early int) []byte {
	l := lzw{early: early}
	l.clear()
	bits, held := 0, 0
	for _, c := range data {
		bits, held = bits<<8|int(c), held+8
		if held < l.width {
			continue
		}
		held -= l.width
		code := bits >> held & (1<<l.width - 1)
		bits &= 1<<held - 1
		if len(l.out) > mostStream || !l.code(code) {
			break
		}
	}
	return l.out
}

// lzw is the undoing of LZW.
type lzw struct {
	early    int
	out      []byte
	table    []lzwEntry // of the codes above the two that are no text
	width    int        // of the next code
	previous int        // the last code, or -1
}

// lzwEntry is the text of a code: that of another, and a byte.
type lzwEntry struct {
	prefix, length int
	last           byte
}

const (
	lzwClear = 256
	lzwEnd   = 257
	lzwMost  = 4096
)

func (l *lzw) clear() {
	if l.table == nil {
		l.table = make([]lzwEntry, lzwEnd+1, lzwMost)
	}
	l.table, l.width, l.previous = l.table[:lzwEnd+1], 9, -1
}

// code writes a code's text. It reports whether there may be more.
func (l *lzw) code(code int) bool {
	if code == lzwClear {
		l.clear()
		return true
	}
	from := code
	if code == len(l.table) { // the code that is about to be made
		from = l.previous
	}
	if code == lzwEnd || code > len(l.table) || from < 0 {
		return false
	}
	first := l.write(from)
	if code == len(l.table) {
		l.out = append(l.out, first)
	}
	if l.previous >= 0 && len(l.table) < lzwMost {
		l.table = append(l.table, lzwEntry{l.previous, l.length(l.previous) + 1, first})
	}
	l.previous = code
	for l.width < 12 && len(l.table)+l.early >= 1<<l.width {
		l.width++
	}
	return true
}

func (l *lzw) length(code int) int {
	if code > lzwEnd {
		return l.table[code].length
	}
	return 1
}

// write appends a code's text, from its end, and returns its first byte.
func (l *lzw) write(code int) byte {
	begin := len(l.out)
	l.out = append(l.out, make([]byte, l.length(code))...)
	for i := len(l.out) - 1; code > lzwEnd; i-- {
		l.out[i], code = l.table[code].last, l.table[code].prefix
	}
	l.out[begin] = byte(code)
	return byte(code)
}
