-- +goose Up

-- Chat controls (resource/chatcontrol), of applications where some were set.
CREATE TABLE chat_controls (
    tenant      TEXT NOT NULL,
    application TEXT NOT NULL,
    doc         TEXT NOT NULL,
    PRIMARY KEY (tenant, application)
);

-- Chat response configurations (resource/chatcontrol).
CREATE TABLE chat_response (
    tenant        TEXT   NOT NULL,
    application   TEXT   NOT NULL,
    configuration TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    doc           TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, configuration)
);
