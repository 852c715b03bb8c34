// Package secretstore keeps secrets and serves them in the way of AWS Secrets
// Manager: names, versions, staging labels, recovery windows.
//
// It owns the rows secret and secret_version; what a secret holds is sealed
// (platform/seal) and bound to its row. Plugins read a secret by its ARN with
// Value. It does not decide who may (edge/access), nor know the protocol on the
// wire (edge/wire).
package secretstore

import (
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Service answers the operations of Secrets Manager.
type Service struct {
	DB    *store.DB
	Keys  *seal.Keys
	Pages *page.Tokens
}
