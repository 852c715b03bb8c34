-- +goose Up

-- What an account has in IAM (resource/principal): users, roles, managed
-- policies and identity providers. The tenant is the account alone: identities
-- have no Region. name is in lower case, because IAM tells no two names apart by
-- case; doc has it as it was given.
CREATE TABLE iam_entity (
    tenant      TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    doc         TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, kind, name)
);

-- Which managed policies a user or role has: to be permitted by (purpose
-- "permissions"), or to be bounded by ("boundary").
CREATE TABLE iam_attachment (
    tenant      TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    purpose     TEXT    NOT NULL,
    policy      TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, kind, name, purpose, policy)
);

CREATE INDEX iam_attachment_policy ON iam_attachment (tenant, policy);

-- The documents of managed policies, by the policy's ARN. One version of each is
-- in force.
CREATE TABLE iam_policy_version (
    tenant      TEXT    NOT NULL,
    policy      TEXT    NOT NULL,
    version     BIGINT  NOT NULL,
    in_force    BOOLEAN NOT NULL,
    document    TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, policy, version)
);

-- The metadata of SAML providers, which can be long.
CREATE TABLE iam_metadata (
    tenant      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    document    TEXT    NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- Access keys of users, and of the roles that "parley principal" makes. kind and
-- name are those of the entity.
CREATE TABLE iam_key (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    secret       BYTEA   NOT NULL,
    active       BOOLEAN NOT NULL,
    used_at      BIGINT  NOT NULL,
    used_service TEXT    NOT NULL,
    used_region  TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX iam_key_holder ON iam_key (tenant, kind, name);

-- Roles of earlier versions. Of those that differ by case alone each keeps its
-- name as it is: neither may lose its keys.
INSERT INTO iam_entity (tenant, kind, name, doc, created_at)
    SELECT tenant, 'role',
        CASE WHEN (SELECT COUNT(*) FROM roles twin WHERE twin.tenant = roles.tenant AND LOWER(twin.name) = LOWER(roles.name)) > 1
            THEN name ELSE LOWER(name) END,
        '{"name":"' || name || '",' || SUBSTR(doc, 2), created_at
    FROM roles;

INSERT INTO iam_key (tenant, id, kind, name, secret, active, used_at, used_service, used_region, created_at)
    SELECT tenant, id, 'role',
        CASE WHEN (SELECT COUNT(*) FROM roles twin WHERE twin.tenant = access_keys.tenant AND LOWER(twin.name) = LOWER(access_keys.role)) > 1
            THEN role ELSE LOWER(role) END,
        secret, TRUE, 0, '', '', created_at
    FROM access_keys;

DROP TABLE access_keys;

DROP TABLE roles;
