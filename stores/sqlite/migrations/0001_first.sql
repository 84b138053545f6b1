-- The first schema. Every key begins with the tenant. Instants are microseconds since 1970 UTC.

-- Numbers that are never used twice, whatever is deleted in between.
CREATE TABLE counters (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('fence', 0), ('token', 0);

CREATE TABLE tenants (
    tenant   TEXT    NOT NULL PRIMARY KEY,
    seq      INTEGER NOT NULL DEFAULT 0,
    revision TEXT,
    slots    TEXT    NOT NULL DEFAULT '{}'
) STRICT, WITHOUT ROWID;

CREATE TABLE connections (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    connection TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- Found by the digest of a value that only the browser knows, before the tenant is known.
CREATE TABLE tickets (
    id      TEXT    NOT NULL PRIMARY KEY,
    tenant  TEXT    NOT NULL,
    expires INTEGER NOT NULL,
    sealed  BLOB    NOT NULL
) STRICT;
CREATE INDEX tickets_expires ON tickets (expires);

CREATE TABLE tokens (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE partitions (
    tenant     TEXT NOT NULL,
    connection TEXT NOT NULL,
    stream     TEXT NOT NULL,
    partition  TEXT NOT NULL,
    label      TEXT NOT NULL,
    details    TEXT NOT NULL,
    PRIMARY KEY (tenant, connection, stream, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE lanes (
    tenant      TEXT    NOT NULL,
    connection  TEXT    NOT NULL,
    stream      TEXT    NOT NULL,
    partition   TEXT    NOT NULL,
    lane        TEXT    NOT NULL,
    version     INTEGER NOT NULL DEFAULT 0,
    due         INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    hint_seq    INTEGER NOT NULL DEFAULT 0,
    done_hint   INTEGER NOT NULL DEFAULT 0,
    fence       INTEGER NOT NULL DEFAULT 0,
    holder      TEXT,
    lease_until INTEGER,
    progress    TEXT    NOT NULL,
    -- The first instant at which it can be claimed.
    ready INTEGER GENERATED ALWAYS AS (
        max(
            not_before,
            CASE WHEN hint_seq > done_hint THEN not_before ELSE due END,
            coalesce(lease_until, not_before)
        )
    ) VIRTUAL,
    PRIMARY KEY (tenant, connection, stream, partition, lane)
) STRICT, WITHOUT ROWID;
-- Work is claimed for whichever tenant has some.
CREATE INDEX lanes_ready ON lanes (ready, due);

-- The large columns come last, so that the small ones are read without them.
CREATE TABLE records (
    id         INTEGER NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    stream     TEXT    NOT NULL,
    partition  TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    version    INTEGER,
    changed    INTEGER NOT NULL,
    touched    INTEGER NOT NULL,
    seen       INTEGER NOT NULL,
    starts     INTEGER,
    ends       INTEGER,
    gone       TEXT,
    problem    TEXT,
    keys       TEXT    NOT NULL,
    views      BLOB    NOT NULL,
    raw        BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX records_key ON records (tenant, connection, stream, partition, key);
-- What a sweep or the end of a partition must find.
CREATE INDEX records_live ON records (tenant, connection, stream, partition, touched) WHERE gone IS NULL;

CREATE TABLE provides (
    tenant TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (tenant, key, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE dirty (
    tenant  TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    reached TEXT,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX dirty_seq ON dirty (tenant, seq);

CREATE TABLE joins (
    tenant      TEXT    NOT NULL PRIMARY KEY,
    fence       INTEGER NOT NULL DEFAULT 0,
    holder      TEXT,
    lease_until INTEGER,
    -- The newest feed position.
    position    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE meetings (
    number      INTEGER NOT NULL PRIMARY KEY,
    tenant      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    identity    TEXT    NOT NULL,
    starts      INTEGER NOT NULL,
    ends        INTEGER NOT NULL,
    kept        INTEGER NOT NULL,
    valid_until INTEGER,
    revision    INTEGER NOT NULL,
    reads       TEXT    NOT NULL,
    announced   TEXT,
    meeting     TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX meetings_id ON meetings (tenant, id);
CREATE INDEX meetings_identity ON meetings (tenant, identity);
CREATE INDEX meetings_time ON meetings (tenant, starts, id, ends, kept);
CREATE INDEX meetings_valid ON meetings (tenant, valid_until, identity) WHERE valid_until IS NOT NULL;

CREATE TABLE reads (
    tenant  TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    meeting INTEGER NOT NULL,
    PRIMARY KEY (tenant, key, meeting)
) STRICT, WITHOUT ROWID;

CREATE TABLE copies (
    tenant     TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    stream     TEXT    NOT NULL,
    partition  TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    meeting    INTEGER NOT NULL,
    PRIMARY KEY (tenant, connection, stream, partition, key, meeting)
) STRICT, WITHOUT ROWID;
CREATE INDEX copies_meeting ON copies (tenant, meeting);

CREATE TABLE feed (
    number   INTEGER NOT NULL PRIMARY KEY,
    tenant   TEXT    NOT NULL,
    position INTEGER NOT NULL,
    meeting  TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    change   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    content  TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX feed_position ON feed (tenant, position);

-- For the product's own SQL. Their columns stay; the tables above may change with any release.
CREATE VIEW v1_meetings AS
SELECT
    tenant,
    id,
    strftime('%Y-%m-%dT%H:%M:%fZ', starts / 1e6, 'unixepoch') AS starts_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', ends / 1e6, 'unixepoch') AS ends_at,
    length(json_extract(meeting, '$.start')) = 10 AS whole_day,
    json_extract(meeting, '$.status') AS status,
    json_extract(meeting, '$.title') AS title,
    json_extract(meeting, '$.private') AS private,
    json_extract(meeting, '$.organiser') AS organiser,
    kept,
    json_extract(meeting, '$.decision.because') AS because,
    json_extract(meeting, '$.accounts[0].id') AS account,
    json_extract(meeting, '$.accounts[0].name') AS account_name,
    revision,
    json_extract(meeting, '$.content') AS content
FROM meetings;

CREATE VIEW v1_changes AS
SELECT
    tenant,
    position,
    meeting || ':' || revision AS delivery,
    meeting,
    revision,
    change,
    strftime('%Y-%m-%dT%H:%M:%fZ', at / 1e6, 'unixepoch') AS decided_at,
    content
FROM feed;
