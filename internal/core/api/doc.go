// Package api is the Amazon Q Business API in Go: a type for every input,
// output, structure, union and enum, and the tables (Schema, Routes) from
// which requests are routed, decoded, checked and encoded.
//
// All but this file is generated from model/ by internal/gen. Required members
// are values; optional ones are pointers, or types that can be nil. A union is
// a struct of which exactly one member is set, so that it can be stored as
// JSON as it stands (docs/decisions).
package api

//go:generate go run ../../gen -model ../../../model/qbusiness.json -families ../../../model/families.txt -out .
