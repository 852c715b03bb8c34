// Package iam is the part of AWS Identity and Access Management in Go that
// Parley answers: users, access keys, roles, policies and identity providers.
// Types and tables, generated from model/ by internal/gen.
//
// Its errors are named by their shapes here (NoSuchEntityException); the wire
// calls them by their codes (NoSuchEntity).
package iam

//go:generate go run ../../../gen -model ../../../../model/iam.json -family principal -package iam -out .
