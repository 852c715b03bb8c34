-- +goose Up

-- Data accessors (resource/accessor).
CREATE TABLE accessor (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    accessor    TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, accessor)
);
