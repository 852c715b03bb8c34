-- +goose Up

-- Subscriptions (resource/subscription). kind is user or group and principal
-- its ID. One that was cancelled ends at ends_at; then its row stands for
-- nothing.
CREATE TABLE subscription (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    subscription TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    principal    TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, subscription)
);

CREATE UNIQUE INDEX subscription_principal ON subscription (tenant, application, kind, principal);

CREATE INDEX subscription_age ON subscription (tenant, application, created_at, subscription);
