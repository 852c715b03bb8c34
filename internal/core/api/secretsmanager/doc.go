// Package secretsmanager is the AWS Secrets Manager API in Go, as package api
// is that of Amazon Q Business: types and tables, generated from model/ by
// internal/gen.
//
// ClientRequestToken is not marked as an idempotency token there, because it
// is more than one: it becomes the ID of the version that is made, and a
// request that repeats it is held against that version for as long as the
// version lives (resource/secretstore).
package secretsmanager

//go:generate go run ../../../gen -model ../../../../model/secretsmanager.json -family secretstore -package secretsmanager -out .
