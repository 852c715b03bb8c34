package acl

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// ID is the content address of a list: equal for lists that differ only in the
// order of what they say, or in saying it twice. It is 43 characters of URL-safe
// base64, and empty for a public list.
func (l *List) ID() string {
	canonical := l.Canonical()
	if canonical == nil {
		return ""
	}
	sum := sha256.Sum256(canonical.encode())
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Canonical is the list in one fixed order, with nothing said twice and no control
// without entries; nil for a public one. The list itself is not changed.
func (l *List) Canonical() *List {
	if l.Public() {
		return nil
	}
	c := &List{All: l.All}
	for _, control := range l.Controls {
		if len(control.Entries) == 0 {
			continue
		}
		entries := slices.Clone(control.Entries)
		slices.SortFunc(entries, Entry.compare)
		c.Controls = append(c.Controls, Control{All: control.All, Entries: slices.Compact(entries)})
	}
	slices.SortFunc(c.Controls, Control.compare)
	c.Controls = slices.CompactFunc(c.Controls, func(a, b Control) bool { return a.compare(b) == 0 })
	c.Also = l.Also.Canonical()
	return c
}

func (e Entry) compare(o Entry) int {
	return cmp.Or(e.Principal.compare(o.Principal), compareBool(e.Deny, o.Deny))
}

func (c Control) compare(o Control) int {
	return cmp.Or(compareBool(c.All, o.All), slices.CompareFunc(c.Entries, o.Entries, Entry.compare))
}

// encode writes a list so that no two different ones are the same bytes.
func (l *List) encode() []byte {
	b := flag(nil, l.All)
	b = binary.AppendUvarint(b, uint64(len(l.Controls)))
	for _, c := range l.Controls {
		b = flag(b, c.All)
		b = binary.AppendUvarint(b, uint64(len(c.Entries)))
		for _, e := range c.Entries {
			b = flag(flag(b, e.Deny), e.Group)
			b = text(text(b, e.Source), e.Name)
		}
	}
	if l.Also != nil {
		b = append(b, l.Also.encode()...)
	}
	return b
}

func flag(b []byte, set bool) []byte {
	if set {
		return append(b, 1)
	}
	return append(b, 0)
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
