-- +goose Up

-- Sessions that end before their time (resource/session): that of the access key,
-- or those of the role with the unique ID, that subject names, if they have begun
-- by revoked_at. After expires_at none of them is left.
CREATE TABLE session_revocation (
    tenant     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    revoked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject)
);

CREATE INDEX session_revocation_age ON session_revocation (expires_at);
