package connectortest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/connectortest"
)

func TestMemory(t *testing.T) {
	connectortest.Run(t, func(*testing.T) *connectortest.World {
		m := connectortest.NewMemory()
		id := strings.NewReplacer("\n", "%0A", "\u202e", "%E2%80%AE").Replace
		return &connectortest.World{
			Kind: m, Config: json.RawMessage(`{"type":"MEMORY"}`), Env: connectortest.Env(connector.Env{}), MaxSize: 1 << 10,
			Put:    func(name, text string) { m.Put(connector.Item{ID: id(name)}, text) },
			Remove: func(name string) { m.Remove(id(name)) },
			Break:  func(name string) { m.Break(id(name), errors.New("broken")) },
			ID:     id,
			State:  func() string { return fmt.Sprintf("%+v", m) },
		}
	})
}
