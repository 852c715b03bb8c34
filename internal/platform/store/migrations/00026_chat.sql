-- +goose Up

-- What people think of answers (resource/chat): one row per system message.
CREATE TABLE feedback (
    tenant       TEXT   NOT NULL,
    application  TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    conversation TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    put_at       BIGINT NOT NULL,
    doc          TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, user_id, conversation, message)
);
