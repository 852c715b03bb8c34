-- +goose Up

-- Roles and their access keys (resource/principal). The tenant is the account
-- alone: identities have no Region.
CREATE TABLE roles (
    tenant      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    doc         TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE access_keys (
    tenant      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    role        TEXT    NOT NULL,
    secret      BYTEA   NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- What the servers of one store have to agree on (internal/assembly). The
-- tenant is empty: it is no account's.
CREATE TABLE settings (
    tenant      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    PRIMARY KEY (tenant, name)
);
