package sigv4

import (
	"container/list"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
)

// maxKeys bounds the cache: a key takes about 300 bytes, one per access key,
// day, region and service in use.
const maxKeys = 4096

type scope struct{ accessKeyID, date, region, service string }

type signingKey struct {
	scope  scope
	secret string // what key was derived from; a rotated secret misses
	key    []byte
}

// keyCache is a bounded least-recently-used cache of signing keys. Its zero
// value is ready, and safe for concurrent use.
type keyCache struct {
	mu    sync.Mutex
	byAge list.List // of *signingKey, freshest first
	index map[scope]*list.Element
}

// get returns the signing key of a scope, deriving it on a miss.
func (k *keyCache) get(s scope, secret string) []byte {
	if key := k.find(s, secret); key != nil {
		return key
	}
	key := derive(s, secret)
	k.put(&signingKey{s, secret, key})
	return key
}

func (k *keyCache) find(s scope, secret string) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.index[s]
	if !ok {
		return nil
	}
	held := e.Value.(*signingKey)
	if subtle.ConstantTimeCompare([]byte(held.secret), []byte(secret)) != 1 {
		return nil
	}
	k.byAge.MoveToFront(e)
	return held.key
}

func (k *keyCache) put(key *signingKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.index == nil {
		k.index = make(map[scope]*list.Element)
	}
	if e, ok := k.index[key.scope]; ok {
		k.byAge.Remove(e)
	}
	k.index[key.scope] = k.byAge.PushFront(key)
	if k.byAge.Len() > maxKeys {
		oldest := k.byAge.Remove(k.byAge.Back()).(*signingKey)
		delete(k.index, oldest.scope)
	}
}

// derive makes the signing key of a scope from a secret access key.
func derive(s scope, secret string) []byte {
	key := mac([]byte("AWS4"+secret), []byte(s.date))
	key = mac(key, []byte(s.region))
	key = mac(key, []byte(s.service))
	return mac(key, []byte(terminator))
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}
