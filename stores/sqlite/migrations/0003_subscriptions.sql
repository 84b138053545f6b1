-- Providers are asked to tell what changed; of connections that see one partition, the one that is best placed reads
-- it.

-- Found by an id that a notification names, before the tenant is known.
CREATE TABLE subscriptions (
    id           TEXT NOT NULL PRIMARY KEY,
    tenant       TEXT NOT NULL,
    connection   TEXT NOT NULL,
    subscription TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_connection ON subscriptions (tenant, connection, id);

ALTER TABLE partitions ADD COLUMN placement INTEGER;

-- Who else reads a partition that several connections see.
CREATE INDEX lanes_place ON lanes (tenant, stream, partition);
