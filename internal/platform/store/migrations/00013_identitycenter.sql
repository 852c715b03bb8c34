-- +goose Up

-- The identity store of an account (resource/identitycenter/people). The tenant is
-- the account alone: identities have no Region. name and email are in the form in
-- which they are compared; email is NULL for a user who has none.
CREATE TABLE idc_user (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    email      TEXT,
    created_at BIGINT NOT NULL,
    doc        TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX idc_user_name ON idc_user (tenant, name);

CREATE UNIQUE INDEX idc_user_email ON idc_user (tenant, email);

CREATE INDEX idc_user_age ON idc_user (tenant, created_at, id);

CREATE TABLE idc_group (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    doc        TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX idc_group_name ON idc_group (tenant, name);

CREATE INDEX idc_group_age ON idc_group (tenant, created_at, id);

CREATE TABLE idc_membership (
    tenant     TEXT   NOT NULL,
    group_id   TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    PRIMARY KEY (tenant, group_id, user_id)
);

CREATE UNIQUE INDEX idc_membership_id ON idc_membership (tenant, id);

CREATE INDEX idc_membership_user ON idc_membership (tenant, user_id, created_at, id);

CREATE INDEX idc_membership_age ON idc_membership (tenant, group_id, created_at, id);

-- Passwords: the hash, sealed. After too many failures nobody signs in until
-- wait_until.
CREATE TABLE idc_password (
    tenant     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    hash       BYTEA  NOT NULL,
    failures   BIGINT NOT NULL,
    wait_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id)
);

-- What an account's Identity Center has beside (resource/identitycenter).
CREATE TABLE idc_instance (
    tenant     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);

CREATE TABLE idc_application (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    doc        TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX idc_application_age ON idc_application (tenant, created_at, id);

-- kind is USER or GROUP.
CREATE TABLE idc_assignment (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    principal   TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, principal)
);

CREATE INDEX idc_assignment_principal ON idc_assignment (tenant, principal);

CREATE INDEX idc_assignment_age ON idc_assignment (tenant, application, created_at, principal);

CREATE TABLE idc_issuer (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    doc        TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- A user who signed in for an application. Everything given for it is of use as
-- long as this row is there.
CREATE TABLE idc_signin (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    application TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    expires_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX idc_signin_application ON idc_signin (tenant, application);

CREATE INDEX idc_signin_user ON idc_signin (tenant, user_id);

CREATE INDEX idc_signin_expiry ON idc_signin (expires_at, tenant, id);

-- Authorization codes and refresh tokens, as digests. A spent one stays until it
-- expires, so that a second use is noticed.
CREATE TABLE idc_token (
    tenant     TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    signin     TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    spent      BOOLEAN NOT NULL,
    expires_at BIGINT  NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (tenant, digest)
);

CREATE INDEX idc_token_signin ON idc_token (tenant, signin);

CREATE INDEX idc_token_expiry ON idc_token (expires_at, tenant, digest);

-- The key under ID tokens, sealed. The tenant is empty: it is the server's.
CREATE TABLE idc_key (
    tenant     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    key        BYTEA  NOT NULL,
    PRIMARY KEY (tenant, name)
);
