-- +goose Up

-- The statements of an application's policy (resource/permission), in the
-- order of position.
CREATE TABLE permission (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    statement   TEXT   NOT NULL,
    position    BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, statement)
);
