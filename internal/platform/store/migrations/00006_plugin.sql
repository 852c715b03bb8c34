-- +goose Up

-- Plugins (resource/plugin). source is the OpenAPI document of a custom plugin
-- and actions what was built from it, apart from doc so that a list does not
-- read them.
CREATE TABLE plugin (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    plugin      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    actions     TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, plugin)
);

CREATE UNIQUE INDEX plugin_name ON plugin (tenant, application, name);
