-- +goose Up

-- Users (resource/directory). person is the key of the e-mail address: 26
-- characters made of it, because an address may be longer than a key can be.
CREATE TABLE directory_user (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, person)
);

-- Other names of users. alias is the key of the name in its source. Without
-- idx it counts in every index; without source it is an address.
CREATE TABLE directory_alias (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    alias       TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, person, alias, idx)
);

CREATE INDEX directory_alias_alias ON directory_alias (tenant, application, alias, idx, person);

-- Groups. grp is the key of the name in its source. The members are those of
-- the version that live names; 0 is none.
CREATE TABLE directory_group (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    grp         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    live        BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx, grp)
);

CREATE INDEX directory_group_age ON directory_group (tenant, application, idx, source, updated_at, grp);

-- Members of groups: keys of users and of groups, from the member to its
-- groups, which is how everyone who searches is looked up.
CREATE TABLE directory_member (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    member      TEXT   NOT NULL,
    grp         TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx, member, grp, version)
);

CREATE INDEX directory_member_group ON directory_member (tenant, application, idx, grp, version, member);
