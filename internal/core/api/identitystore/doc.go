// Package identitystore is the part of the Identity Store API in Go that Parley
// answers: the users and groups of an IAM Identity Center instance. Types and
// tables, generated from model/ by internal/gen.
package identitystore

//go:generate go run ../../../gen -model ../../../../model/identitystore.json -family identitycenter -package identitystore -out .
