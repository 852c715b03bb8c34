//go:build race

package openapi

const slowdown = 10 // of what the race detector watches
