// Package sts is the part of the AWS Security Token Service in Go that Parley
// answers: who am I, and the sessions of roles. Types and tables, generated
// from model/ by internal/gen.
//
// AssumeRoleWithWebIdentity and AssumeRoleWithSAML are unsigned: what they carry
// says who calls.
package sts

//go:generate go run ../../../gen -model ../../../../model/sts.json -family session -package sts -out .
