// Package house holds the rules of the house as tests: what may import what,
// what a package says of itself, what no package does. A test that fails names
// the place and the remedy.
//
// It has no code that runs in the server, and it does not judge taste: what a
// linter can see is in .golangci.yml.
package house
