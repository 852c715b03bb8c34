package rank

import "slices"

// Attributes are those that Factor looks at, each once: whoever has many
// documents reads no others for it.
func (b *Boosts) Attributes() []string {
	if b == nil {
		return nil
	}
	var names []string
	for _, boost := range b.by {
		if boost.Attribute != Title && !slices.Contains(names, boost.Attribute) {
			names = append(names, boost.Attribute)
		}
	}
	return names
}
