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

-- Groups. grp is the key of the name in its source. The members in force are
-- those of the version that live names (0 is none); those that are groups are in
-- nested, by key. change numbers what is in force, in the order of the commits.
CREATE TABLE directory_group (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    grp         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    live        BIGINT NOT NULL,
    nested      TEXT   NOT NULL,
    change      BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx, grp)
);

CREATE INDEX directory_group_age ON directory_group (tenant, application, idx, source, updated_at, grp);

CREATE INDEX directory_group_change ON directory_group (tenant, application, idx, change);

-- The latest change of the groups of an index. Of a change after that of floor
-- every group still has its row; one of before may have been removed since.
CREATE TABLE directory_change (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    change      BIGINT NOT NULL,
    floor       BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx)
);

-- Users who are members of groups, from the member to the group: everyone who
-- searches is looked up here. It has no other index, lest a planner without
-- statistics prefers that.
CREATE TABLE directory_member (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    member      TEXT   NOT NULL,
    grp         TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (tenant, application, idx, member, grp, version)
);

-- The same from the group to its members, many in a row, to remove them by.
CREATE TABLE directory_roll (
    tenant      TEXT   NOT NULL,
    application TEXT   NOT NULL,
    idx         TEXT   NOT NULL,
    grp         TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    part        BIGINT NOT NULL,
    members     TEXT   NOT NULL,
    PRIMARY KEY (tenant, application, idx, grp, version, part)
);
