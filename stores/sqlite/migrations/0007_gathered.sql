-- Items of accounts and contacts, which gather what their kept meetings hold.

-- Which items gather a meeting, in the order of its start and id.
CREATE TABLE gathers (
    tenant  TEXT    NOT NULL,
    section TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    starts  INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    meeting INTEGER NOT NULL,
    PRIMARY KEY (tenant, section, key, starts, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gathers_meeting ON gathers (tenant, meeting);

CREATE TABLE gathered (
    tenant      TEXT    NOT NULL,
    section     TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    -- 1 if it is to be looked at, 2 if another revision has decided a meeting of it.
    noted       INTEGER NOT NULL DEFAULT 0,
    -- The position of its last entry in the feed.
    revision    INTEGER NOT NULL DEFAULT 0,
    valid_until INTEGER,
    incomplete  TEXT,
    announced   TEXT,
    PRIMARY KEY (tenant, section, key)
) STRICT;
CREATE INDEX gathered_noted ON gathered (tenant, section, key) WHERE noted > 0;
CREATE INDEX gathered_valid ON gathered (tenant, valid_until) WHERE valid_until IS NOT NULL;

-- What was announced of accounts and contacts, and not withdrawn.
CREATE VIEW v1_accounts AS
SELECT tenant, key, revision, announced AS content
FROM gathered WHERE section = 'account' AND announced IS NOT NULL;

CREATE VIEW v1_contacts AS
SELECT tenant, key, revision, announced AS content
FROM gathered WHERE section = 'contact' AND announced IS NOT NULL;

-- An item that gathers meetings is of no single one.
DROP VIEW v1_changes;
CREATE VIEW v1_changes AS
SELECT
    tenant,
    position,
    CASE
        WHEN meeting = '' THEN section || '/' || item
        ELSE meeting || coalesce('/' || section || '/' || item, '')
    END || ':' || revision AS delivery,
    nullif(meeting, '') AS meeting,
    revision,
    change,
    strftime('%Y-%m-%dT%H:%M:%fZ', at / 1e6, 'unixepoch') AS decided_at,
    content,
    section,
    item AS key
FROM feed;
