-- +goose Up

-- The servers that are there (platform/presence). beat is another number with each
-- sign of life; the tenant is empty.
CREATE TABLE server (
    tenant TEXT   NOT NULL,
    name   TEXT   NOT NULL,
    beat   BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- Which of them answers a conversation's turn, and which asks for tokens under a
-- lease. What was there before has none.
ALTER TABLE conversation ADD COLUMN server TEXT;

ALTER TABLE login_grant ADD COLUMN server TEXT;

ALTER TABLE login_state ADD COLUMN server TEXT;
