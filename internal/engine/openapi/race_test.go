//go:build race

package openapi

const raced = true
