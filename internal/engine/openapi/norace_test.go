//go:build !race

package openapi

const slowdown = 1
