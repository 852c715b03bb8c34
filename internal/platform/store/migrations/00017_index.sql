-- +goose Up

-- Indexes of documents (resource/index). name is the display name while the
-- index holds it: NULL once it is being deleted.
CREATE TABLE search_index (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    name        TEXT,
    status      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx)
);

CREATE UNIQUE INDEX search_index_name ON search_index (tenant, application, name);

-- How far the log of an index goes, and what it holds by now. Every change of a
-- document takes the next seq; epoch grows when whoever follows the log has to
-- begin anew.
CREATE TABLE index_log (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    epoch       BIGINT NOT NULL,
    documents   BIGINT NOT NULL,
    text_bytes  BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx)
);
