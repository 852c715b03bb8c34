// Package ssooidc is the one operation of IAM Identity Center's OpenID Connect
// API in Go that Parley answers, CreateTokenWithIAM. Types and tables, generated
// from model/ by internal/gen.
package ssooidc

//go:generate go run ../../../gen -model ../../../../model/sso-oauth.json -family identitycenter -package ssooidc -out .
