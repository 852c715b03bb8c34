-- +goose Up

-- Vectors of passages (resource/document): of a version of a document by a model,
-- those of the passages from n on, as many as data has vectors of so many
-- dimensions, in float32, little-endian.
CREATE TABLE passage_vector (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    document    TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    model       TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    dimensions  BIGINT NOT NULL,
    data        BYTEA  NOT NULL,
    PRIMARY KEY (tenant, application, idx, document, generation, model, n)
);

-- Whose vectors an index has. Search has those of serving (empty: none). model is
-- the one that vectors are made by, chosen_at when the server started that said
-- so, and position up to which number of the index's log they are made. working:
-- a job is at it. litter: there are vectors of models that nobody wants any more.
CREATE TABLE embedding (
    tenant      TEXT    NOT NULL,
    application TEXT    NOT NULL,
    idx         TEXT    NOT NULL,
    serving     TEXT    NOT NULL,
    model       TEXT    NOT NULL,
    chosen_at   BIGINT  NOT NULL,
    position    BIGINT  NOT NULL,
    working     BOOLEAN NOT NULL,
    litter      BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, application, idx)
);
