-- +goose Up

-- The tags of one resource (resource/tag). resource is the last part of its
-- ARN, as in application/ID/plugin/ID; doc maps keys to values.
CREATE TABLE tag (
    tenant      TEXT NOT NULL,
    application TEXT NOT NULL,
    resource    TEXT NOT NULL,
    doc         TEXT NOT NULL,
    PRIMARY KEY (tenant, application, resource)
);
