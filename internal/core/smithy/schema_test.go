package smithy

import (
	"encoding/json"
	"time"
)

// zoo is a structure with a member of every kind and constraint.
type zoo struct {
	Name    string            `json:"name"`
	Short   *string           `json:"short,omitzero"`
	Code    *string           `json:"code,omitzero"`
	Color   *color            `json:"color,omitzero"`
	Flag    *bool             `json:"flag,omitzero"`
	Count   *int32            `json:"count,omitzero"`
	Level   *int32            `json:"level,omitzero"`
	Big     *int64            `json:"big,omitzero"`
	Ratio   *float32          `json:"ratio,omitzero"`
	Exact   *float64          `json:"exact,omitzero"`
	Data    []byte            `json:"data,omitzero"`
	At      *time.Time        `json:"at,omitzero"`
	Doc     json.RawMessage   `json:"doc,omitzero"`
	Words   []string          `json:"words,omitzero"`
	Pairs   map[string]int32  `json:"pairs,omitzero"`
	Either  *either           `json:"either,omitzero"`
	Child   *zoo              `json:"child,omitzero"`
	Secret  *string           `json:"secret,omitzero"`
	Inside  []inner           `json:"inside,omitzero"`
	Keyed   map[string]inner  `json:"keyed,omitzero"`
	Label   *string           `json:"label,omitzero"`
	Choices map[string]string `json:"choices,omitzero"`
}

type color string

type either struct {
	Left  *string `json:"left,omitzero"`
	Right *int32  `json:"right,omitzero"`
}

type inner struct {
	Key   string  `json:"key"`
	Value *string `json:"value,omitzero"`
}

// zooShape is linked anew for each test, so that none depends on another.
func zooShape() *Shape {
	return Link([]Shape{
		{Name: "Zoo", Kind: Structure, Members: []Member{
			{Name: "name", Of: "Name", Field: 0, Required: true},
			{Name: "short", Of: "Short", Field: 1},
			{Name: "code", Of: "Code", Field: 2},
			{Name: "color", Of: "Color", Field: 3},
			{Name: "flag", Of: "Flag", Field: 4},
			{Name: "count", Of: "Count", Field: 5},
			{Name: "level", Of: "Level", Field: 6},
			{Name: "big", Of: "Big", Field: 7},
			{Name: "ratio", Of: "Ratio", Field: 8},
			{Name: "exact", Of: "Exact", Field: 9},
			{Name: "data", Of: "Data", Field: 10},
			{Name: "at", Of: "At", Field: 11},
			{Name: "doc", Of: "Doc", Field: 12},
			{Name: "words", Of: "Words", Field: 13},
			{Name: "pairs", Of: "Pairs", Field: 14},
			{Name: "either", Of: "Either", Field: 15},
			{Name: "child", Of: "Zoo", Field: 16},
			{Name: "secret", Of: "Secret", Field: 17},
			{Name: "inside", Of: "Inside", Field: 18},
			{Name: "keyed", Of: "Keyed", Field: 19},
			{Name: "label", Of: "Text", Field: 20, In: Label},
			{Name: "choices", Of: "Choices", Field: 21},
			{Name: "stream", Of: "Either", Field: Streamed},
		}},
		{Name: "Name", Kind: String, Min: At(1), Max: At(5)},
		{Name: "Short", Kind: String, Max: At(1)},
		{Name: "Code", Kind: String, Min: At(3), Max: At(3), Pattern: Match(`[a-z]+`)},
		{Name: "Color", Kind: Enum, Values: []string{"RED", "BLUE"}},
		{Name: "Flag", Kind: Boolean},
		{Name: "Count", Kind: Integer},
		{Name: "Level", Kind: Integer, Min: At(1), Max: At(10)},
		{Name: "Big", Kind: Long, Min: At(-5)},
		{Name: "Ratio", Kind: Float, Max: At(100)},
		{Name: "Exact", Kind: Double},
		{Name: "Data", Kind: Blob, Max: At(4)},
		{Name: "At", Kind: Timestamp},
		{Name: "Doc", Kind: Document},
		{Name: "Words", Kind: List, Of: "Name", Min: At(1), Max: At(3)},
		{Name: "Pairs", Kind: Map, Key: "Name", Of: "Level", Max: At(2)},
		{Name: "Either", Kind: Union, Members: []Member{
			{Name: "left", Of: "Name", Field: 0},
			{Name: "right", Of: "Count", Field: 1},
		}},
		{Name: "Secret", Kind: String, Max: At(3), Pattern: Match(`[0-9]*`), Sensitive: true},
		{Name: "Inside", Kind: List, Of: "Inner"},
		{Name: "Inner", Kind: Structure, Members: []Member{
			{Name: "key", Of: "Name", Field: 0, Required: true},
			{Name: "value", Of: "Text", Field: 1},
		}},
		{Name: "Keyed", Kind: Map, Key: "Text", Of: "Inner"},
		{Name: "Text", Kind: String},
		{Name: "Choices", Kind: Map, Key: "Color", Of: "Text"},
	}, nil).Shape("Zoo")
}

func decodeZoo(body string) (zoo, []Problem) {
	var z zoo
	var p Problems
	DecodeJSON(zooShape(), []byte(body), &z, &p)
	return z, p.List()
}
