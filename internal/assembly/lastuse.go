package assembly

import (
	"context"
	"log/slog"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// noting is an authorizer that has it noted which keys are used, and for what:
// also of requests that it refuses.
type noting struct {
	op.Authorizer
	principals *principal.Service
	log        *slog.Logger
}

// Authorize asks the authorizer. That a use could not be noted is no reason to
// refuse.
func (n noting) Authorize(ctx context.Context, c op.Caller, route *smithy.Route, in any) (string, error) {
	if err := n.principals.Used(ctx, c, route.Service, c.Origin.At); err != nil {
		n.log.WarnContext(ctx, "the use of an access key could not be noted", "access_key", c.AccessKeyID, "error", err)
	}
	return n.Authorizer.Authorize(ctx, c, route, in)
}
