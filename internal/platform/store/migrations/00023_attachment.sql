-- +goose Up

-- Files of conversations (resource/attachment). chars is how many characters of
-- text a file has; failed ones could not be read and have no parts.
CREATE TABLE attachment (
    tenant       TEXT    NOT NULL,
    application  TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    conversation TEXT    NOT NULL,
    attachment   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    failed       BOOLEAN NOT NULL,
    chars        BIGINT  NOT NULL,
    doc          TEXT    NOT NULL,
    PRIMARY KEY (tenant, application, user_id, conversation, attachment)
);

CREATE INDEX attachment_age ON attachment (tenant, application, user_id, created_at, attachment);

CREATE INDEX attachment_of_conversation ON attachment (tenant, application, user_id, conversation, created_at, attachment);

-- What turns need of them, in pieces: the text of a document, the bytes of an
-- image.
CREATE TABLE attachment_part (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    attachment   TEXT   NOT NULL,
    n            BIGINT NOT NULL,
    data         BYTEA  NOT NULL,
    PRIMARY KEY (tenant, application, user_id, conversation, attachment, n)
);
