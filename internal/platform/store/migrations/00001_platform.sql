-- +goose Up

-- Work to be done after the transaction that asked for it (platform/job).
-- due_at orders everything: a waiting job is due at its next attempt, a running
-- one when its lease ends, a failed one never.
CREATE TABLE jobs (
    tenant      TEXT    NOT NULL,
    application TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    args        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    due_at      BIGINT  NOT NULL,
    attempts    BIGINT  NOT NULL,
    leased_by   TEXT    NOT NULL,
    last_error  TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, application, id)
);

CREATE INDEX jobs_due ON jobs (due_at);

-- Answers kept for requests that are repeated with their idempotency token
-- (platform/replay).
CREATE TABLE replay (
    tenant      TEXT    NOT NULL,
    application TEXT    NOT NULL,
    operation   TEXT    NOT NULL,
    token       TEXT    NOT NULL,
    input_hash  BYTEA   NOT NULL,
    answer      TEXT    NOT NULL,
    expires_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, application, operation, token)
);

CREATE INDEX replay_expiry ON replay (expires_at);
