package sigv4

import (
	"bytes"
	"strconv"
	"sync"
	"testing"
)

func TestKeyCacheIsBounded(t *testing.T) {
	var k keyCache
	first := scope{accessKeyID: "first", date: "20150830", region: "r", service: "s"}
	want := k.get(first, "secret")
	for i := range 2 * maxKeys {
		k.get(scope{accessKeyID: strconv.Itoa(i), date: "20150830", region: "r", service: "s"}, "secret")
		if i%1000 == 0 && !bytes.Equal(k.get(first, "secret"), want) {
			t.Fatal("the cached key changed")
		}
	}
	if len(k.index) != maxKeys || k.byAge.Len() != maxKeys {
		t.Errorf("holds %d and %d keys, want %d", len(k.index), k.byAge.Len(), maxKeys)
	}
	if k.find(scope{"first", "20150830", "r", "s"}, "secret") == nil {
		t.Error("the key in use was thrown out")
	}
	if k.find(scope{"0", "20150830", "r", "s"}, "secret") != nil {
		t.Error("the oldest key is still held")
	}
}

func TestKeyCacheConcurrently(t *testing.T) {
	var k keyCache
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				c := scope{accessKeyID: strconv.Itoa(i % 7), date: "20150830", region: "r", service: "s"}
				secret := strconv.Itoa((g + i) % 3)
				if !bytes.Equal(k.get(c, secret), derive(c, secret)) {
					t.Error("a key of another secret came back")
				}
			}
		})
	}
	wg.Wait()
}
