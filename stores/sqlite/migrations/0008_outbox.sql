-- What is still to be told to whom.

-- When a sync first ended with everything decided. Tenants that an earlier release has decided for are past that.
ALTER TABLE tenants ADD COLUMN synced INTEGER;
UPDATE tenants SET synced = 0 WHERE tenant IN (SELECT tenant FROM joins WHERE position > 0);

CREATE TABLE outbox (
    number            INTEGER NOT NULL PRIMARY KEY,
    tenant            TEXT    NOT NULL,
    destination       TEXT    NOT NULL,
    meeting           TEXT    NOT NULL,
    section           TEXT    NOT NULL,
    -- The key of an item; empty for the meeting itself, which alone is in the section of meetings.
    item              TEXT    NOT NULL,
    revision          INTEGER NOT NULL,
    position          INTEGER NOT NULL,
    change            TEXT    NOT NULL,
    priority          INTEGER NOT NULL,
    backfill          INTEGER NOT NULL,
    made              INTEGER NOT NULL,
    status            TEXT    NOT NULL,
    place             INTEGER NOT NULL,
    due               INTEGER NOT NULL,
    attempts          INTEGER NOT NULL DEFAULT 0,
    first_attempt     INTEGER,
    last_attempt      INTEGER,
    delivered         INTEGER,
    delivered_at      INTEGER,
    fence             INTEGER NOT NULL DEFAULT 0,
    lease_until       INTEGER,
    -- The first instant at which it can be claimed.
    ready INTEGER GENERATED ALWAYS AS (max(due, coalesce(lease_until, due))) VIRTUAL,
    error             TEXT,
    content           TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX outbox_subject ON outbox (tenant, destination, meeting, section, item);
CREATE INDEX outbox_next ON outbox (tenant, destination, priority DESC, backfill, place, meeting, section, item)
    WHERE status = 'pending';
CREATE INDEX outbox_ready ON outbox (tenant, destination, ready) WHERE status = 'pending';
CREATE INDEX outbox_status ON outbox (tenant, destination, status);
CREATE INDEX outbox_meeting ON outbox (tenant, meeting, destination, section, item);

CREATE TABLE outlets (
    tenant      TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    failures    INTEGER NOT NULL DEFAULT 0,
    down        INTEGER NOT NULL DEFAULT 0,
    not_before  INTEGER NOT NULL DEFAULT 0,
    dead_told   INTEGER NOT NULL DEFAULT 0,
    -- The first instant at which one of its deliveries can be claimed; NULL if there is none.
    ready       INTEGER,
    -- Grows whenever it is served: whoever was served longest ago comes first.
    served      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, destination)
) STRICT, WITHOUT ROWID;
-- Deliveries are claimed for whichever tenant has some.
CREATE INDEX outlets_ready ON outlets (destination, ready) WHERE ready IS NOT NULL;

CREATE VIEW v1_deliveries AS
SELECT
    tenant,
    destination,
    nullif(meeting, '') AS meeting,
    section,
    nullif(item, '') AS key,
    CASE
        WHEN section = 'meeting' THEN meeting
        WHEN meeting = '' THEN section || '/' || item
        ELSE meeting || '/' || section || '/' || item
    END || ':' || revision AS delivery,
    revision,
    status,
    attempts,
    strftime('%Y-%m-%dT%H:%M:%fZ', made / 1e6, 'unixepoch') AS decided_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', iif(status = 'pending', due, NULL) / 1e6, 'unixepoch') AS due_at,
    delivered AS delivered_revision,
    strftime('%Y-%m-%dT%H:%M:%fZ', delivered_at / 1e6, 'unixepoch') AS delivered_at,
    error
FROM outbox;
