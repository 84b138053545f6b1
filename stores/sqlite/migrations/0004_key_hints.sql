-- Providers tell of single records; partitions follow others, record by record.

-- Each with the hint that told of it last, and why it would be gone.
CREATE TABLE key_hints (
    tenant     TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    stream     TEXT    NOT NULL,
    partition  TEXT    NOT NULL,
    lane       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    hint       INTEGER NOT NULL,
    gone       TEXT,
    PRIMARY KEY (tenant, connection, stream, partition, lane, key)
) STRICT, WITHOUT ROWID;

ALTER TABLE partitions ADD COLUMN follows TEXT;

-- A partition that follows another reads on in it from a commit and a key. Tombstones have an index of their own, so that
-- sweeps need not pass over them.
DROP INDEX records_live;
CREATE INDEX records_live ON records (tenant, connection, stream, partition, touched, key) WHERE gone IS NULL;
CREATE INDEX records_gone ON records (tenant, connection, stream, partition, touched, key) WHERE gone IS NOT NULL;
