// Package chatcontrol owns what an administrator decides about an application's
// conversations: chat controls, and chat response configurations.
package chatcontrol

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Controls are the chat controls of an application, as a turn needs them.
type Controls struct {
	Scope                                 api.ResponseScope
	Orchestration, Creator, Hallucination bool
	Guard                                 guard.Config
}

// Of returns an application's controls: the defaults where nothing was set.
func Of(tx *store.Tx, tenant, application string) (Controls, error) {
	return Controls{Scope: api.ResponseScopeEnterpriseContentOnly, Orchestration: true, Creator: true}, nil
}

// StyleOf returns the response configuration in use; zero: there is none.
func StyleOf(tx *store.Tx, tenant, application string) (converse.Style, error) {
	return converse.Style{}, nil
}
