-- +goose Up

-- Conversations (resource/chat). busy_until is when the turn that is being
-- answered counts as dead; 0 while there is none.
CREATE TABLE conversation (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    started_at   BIGINT NOT NULL,
    active_at    BIGINT NOT NULL,
    busy_until   BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, user_id, conversation)
);

CREATE INDEX conversation_age ON conversation (tenant, application, user_id, started_at, conversation);

CREATE INDEX conversation_idle ON conversation (active_at);

CREATE INDEX conversation_busy ON conversation (busy_until);

-- Their messages. No two of a conversation have the same time.
CREATE TABLE message (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    sent_at      BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, user_id, conversation, message)
);

CREATE INDEX message_age ON message (tenant, application, user_id, conversation, sent_at);

-- What third parties answered in a turn, apart from its message so that a list
-- does not read it.
CREATE TABLE answer (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    step         BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    body         BYTEA  NOT NULL,
    PRIMARY KEY (tenant, application, user_id, conversation, message, step)
);

-- The turns that a client may ask for again, by its token. doc is the answer,
-- empty while there is none: until busy_until the turn counts as alive.
CREATE TABLE turn (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    token        TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    input_hash   BYTEA  NOT NULL,
    busy_until   BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, user_id, token)
);

CREATE INDEX turn_conversation ON turn (tenant, application, user_id, conversation);

CREATE INDEX turn_age ON turn (created_at);
