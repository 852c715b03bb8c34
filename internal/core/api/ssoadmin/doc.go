// Package ssoadmin is the part of IAM Identity Center's administration API in Go
// that Parley answers: instances, applications, who is assigned to them, and
// trusted token issuers. Types and tables, generated from model/ by
// internal/gen.
package ssoadmin

//go:generate go run ../../../gen -model ../../../../model/sso.json -family identitycenter -package ssoadmin -out .
