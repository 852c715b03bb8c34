-- +goose Up

-- Web experiences (resource/experience). metadata is the SAML metadata of an
-- authentication configuration, apart from doc so that a list does not read it;
-- empty without one. Browsers name an experience by its ID alone.
CREATE TABLE web_experience (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    experience  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    metadata    TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, experience)
);

CREATE INDEX web_experience_id ON web_experience (experience);

-- The passes of anonymous URLs that were used, until none could be used any more.
CREATE TABLE web_experience_pass (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    pass        TEXT   NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, pass)
);

CREATE INDEX web_experience_pass_age ON web_experience_pass (expires_at);
