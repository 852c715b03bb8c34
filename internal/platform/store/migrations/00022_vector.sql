-- +goose Up

-- Vectors of passages (resource/document): of a version of a document by a model,
-- those of the amount of passages from n on, one after the other, each of so many
-- dimensions, in float32, little-endian. dimensions is 0 where the model could
-- not read the passages.
CREATE TABLE passage_vector (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    document    TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    model       TEXT   NOT NULL,
    n           BIGINT NOT NULL,
    amount      BIGINT NOT NULL,
    dimensions  BIGINT NOT NULL,
    data        BYTEA  NOT NULL,
    PRIMARY KEY (tenant, application, idx, document, generation, model, n)
);

-- Whose vectors an index has. Search has those of serving, which are made up to
-- the number served_to of the index's log. model is the one whose vectors the
-- index is to have, made up to position: while it is another, search keeps those
-- of serving. chosen_at is when the server started that chose model. working: a
-- job is at it. litter: there may be vectors that nobody wants any more.
CREATE TABLE embedding (
    tenant      TEXT    NOT NULL,
    application TEXT    NOT NULL,
    idx         TEXT    NOT NULL,
    serving     TEXT    NOT NULL,
    served_to   BIGINT  NOT NULL,
    model       TEXT    NOT NULL,
    position    BIGINT  NOT NULL,
    chosen_at   BIGINT  NOT NULL,
    working     BOOLEAN NOT NULL,
    litter      BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, application, idx)
);
