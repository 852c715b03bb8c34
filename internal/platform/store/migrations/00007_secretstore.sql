-- +goose Up

-- Secrets (resource/secretstore), without what they hold. purge_at is when a
-- secret that is scheduled for deletion is removed; NULL for the others.
CREATE TABLE secret (
    tenant      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    accessed_at BIGINT NOT NULL,
    purge_at    BIGINT,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE INDEX secret_age ON secret (tenant, created_at, name);

CREATE INDEX secret_purge ON secret (purge_at);

-- What secrets hold, sealed. secret is the last part of the secret's ARN: the
-- name and six characters at random, so that a secret never finds the versions
-- of another that had its name before.
CREATE TABLE secret_version (
    tenant     TEXT   NOT NULL,
    secret     TEXT   NOT NULL,
    version    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    held       BYTEA  NOT NULL,
    PRIMARY KEY (tenant, secret, version)
);
