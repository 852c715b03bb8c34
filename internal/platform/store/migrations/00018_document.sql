-- +goose Up

-- Documents (resource/document). generation counts the versions that were put;
-- live is the one that search has (0: none), which doc, acl, text_bytes and seq,
-- its number in the index's log, are of. draft is the version that waits or is
-- being read, empty when there is none, and size the bytes of it; waiting is since
-- when the ingestion of the index has it to read (0: it has not). execution is the
-- sync job that touched the document last, and outcome what it counts for there.
CREATE TABLE document (
    tenant      TEXT    NOT NULL,
    application TEXT    NOT NULL,
    idx         TEXT    NOT NULL,
    document    TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    problem     TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    generation  BIGINT  NOT NULL,
    waiting     BIGINT  NOT NULL,
    attempts    BIGINT  NOT NULL,
    size        BIGINT  NOT NULL,
    draft       TEXT    NOT NULL,
    live        BIGINT  NOT NULL,
    seq         BIGINT  NOT NULL,
    text_bytes  BIGINT  NOT NULL,
    acl         TEXT    NOT NULL,
    doc         TEXT    NOT NULL,
    execution   TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    added       BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, application, idx, document)
);

CREATE INDEX document_age ON document (tenant, application, idx, created_at, document);

CREATE INDEX document_source ON document (tenant, application, idx, source, created_at, document);

CREATE INDEX document_log ON document (tenant, application, idx, seq);

CREATE INDEX document_waiting ON document (tenant, application, idx, waiting, document);

-- The bytes of a version in pieces: those that came, or what was extracted.
CREATE TABLE document_part (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    document    TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    data        BYTEA  NOT NULL,
    PRIMARY KEY (tenant, application, idx, document, generation, kind, n)
);

-- The passages of a version.
CREATE TABLE passage (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    document    TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    n           BIGINT NOT NULL,
    text        TEXT   NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx, document, generation, n)
);

-- The distinct access control lists of an index, by content address, and how many
-- documents have each.
CREATE TABLE acl (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    acl         TEXT   NOT NULL,
    uses        BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx, acl)
);

-- Documents that are no more, for those who follow the log.
CREATE TABLE document_gone (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    document    TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    gone_at     BIGINT NOT NULL,
    execution   TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx, document)
);

CREATE INDEX document_gone_log ON document_gone (tenant, application, idx, seq);

CREATE INDEX document_gone_age ON document_gone (gone_at);

-- Up to which number of the log some that are gone are forgotten.
CREATE TABLE document_horizon (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx)
);

-- Versions whose bytes and passages are to be removed.
CREATE TABLE document_waste (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    document    TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx, document, generation)
);

-- How many documents count for what in a sync job.
CREATE TABLE document_tally (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    execution   TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx, source, execution, outcome)
);

-- Indexes that a job works on: it reads what waits and removes what is waste.
CREATE TABLE ingestion (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    began_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx)
);
