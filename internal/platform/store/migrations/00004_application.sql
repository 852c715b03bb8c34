-- +goose Up

-- Applications (resource/application). name is the display name while the
-- application holds it: NULL once it is being deleted.
CREATE TABLE application (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    name        TEXT,
    status      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application)
);

CREATE UNIQUE INDEX application_name ON application (tenant, name);

CREATE INDEX application_age ON application (tenant, created_at, application);
