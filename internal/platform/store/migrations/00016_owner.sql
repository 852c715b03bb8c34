-- +goose Up

-- Whose application an ID is (resource/application): a caller of another
-- account does not say.
CREATE INDEX application_id ON application (application);

-- Accounts that keep, or ever kept, applications. The tenant is the account
-- alone.
CREATE TABLE landlord (
    tenant  TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);

INSERT INTO landlord (tenant, since)
SELECT SUBSTR(tenant, 1, 12), MIN(created_at) FROM application GROUP BY SUBSTR(tenant, 1, 12);
