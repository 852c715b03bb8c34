-- +goose Up

-- Sign-ins at third parties that were begun (resource/plugin/login). state is
-- the random part of the state parameter that the browser carries; doc says
-- whose sign-in it is and how its code is exchanged.
CREATE TABLE login_state (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    plugin       TEXT   NOT NULL,
    stage        TEXT   NOT NULL,
    leased_until BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, state)
);

CREATE INDEX login_state_expiry ON login_state (expires_at);

-- What third parties gave after a sign-in: tokens, sealed. holder is the user,
-- empty where the plugin itself signs in; client is a digest of the OAuth 2.0
-- client and of where its tokens come from and go to. revision is another one
-- after every change; whoever holds the lease is renewing the tokens.
CREATE TABLE login_grant (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    plugin       TEXT   NOT NULL,
    holder       TEXT   NOT NULL,
    client       TEXT   NOT NULL,
    tokens       BYTEA  NOT NULL,
    revision     TEXT   NOT NULL,
    lease        TEXT   NOT NULL,
    leased_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, plugin, holder, client)
);
