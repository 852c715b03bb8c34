-- +goose Up

-- Retrievers (resource/retriever).
CREATE TABLE retriever (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    retriever   TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, retriever)
);

CREATE UNIQUE INDEX retriever_name ON retriever (tenant, application, name);
