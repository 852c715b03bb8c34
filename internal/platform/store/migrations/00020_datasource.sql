-- +goose Up

-- Data sources (resource/datasource). next_at is when the schedule wants the
-- next sync; no schedule: no time.
CREATE TABLE data_source (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    next_at     BIGINT,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx, source)
);

CREATE INDEX data_source_due ON data_source (next_at);

-- Their sync jobs. live is true until a job has come to its end; plan is what
-- the job crawls by, and cursor how far it has come, while it is live.
CREATE TABLE sync_job (
    tenant      TEXT    NOT NULL,
    application TEXT    NOT NULL,
    idx         TEXT    NOT NULL,
    execution   TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    live        BOOLEAN NOT NULL,
    started_at  BIGINT  NOT NULL,
    ended_at    BIGINT,
    doc         TEXT    NOT NULL,
    plan        TEXT    NOT NULL,
    cursor      TEXT    NOT NULL,
    PRIMARY KEY (tenant, application, idx, execution)
);

CREATE INDEX sync_job_of_source ON sync_job (tenant, application, idx, source, started_at, execution);

CREATE INDEX sync_job_live ON sync_job (tenant, application, idx, source, live);

-- What is known of a source's items: the version that was put last, empty when
-- there is none that stands, and the execution that saw the item last. item is a
-- hash of the document's ID.
CREATE TABLE source_item (
    tenant      TEXT NOT NULL,
    application TEXT NOT NULL,
    idx         TEXT NOT NULL,
    source      TEXT NOT NULL,
    item        TEXT NOT NULL,
    document    TEXT NOT NULL,
    version     TEXT NOT NULL,
    seen        TEXT NOT NULL,
    PRIMARY KEY (tenant, application, idx, source, item)
);
