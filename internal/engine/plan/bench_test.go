package plan

import (
	"context"
	"testing"
)

// BenchmarkDecide decides among 20 actions, the most a plugin may have.
func BenchmarkDecide(b *testing.B) {
	var all []Tool
	for _, plugin := range []string{"expenses", "invoicing", "oncall", "petstore"} {
		all = append(all, tools(b, plugin)...)
	}
	turn := Turn{Now: now, Message: "submit an expense of 42.80 EUR for meals on 10 March at Trattoria Roma", Tools: all[:20]}
	b.ReportAllocs()
	for b.Loop() {
		if d, err := (Words{}).Decide(context.Background(), turn); err != nil || d.Call == nil {
			b.Fatal(d, err)
		}
	}
}
