-- Connections are written by compare-and-swap and found by the account that they hold a grant for; the product is
-- told of what happens to them; a ticket that was taken is known as such until it expires.

CREATE TABLE connections_2 (
    tenant      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    connector   TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    holds_grant INTEGER NOT NULL,
    connection  TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
-- Until now every grant was by OAuth 2, and no connection could be ended.
INSERT INTO connections_2 (tenant, id, version, connector, account, holds_grant, connection)
SELECT
    tenant,
    id,
    1,
    json_extract(connection, '$.connector'),
    json_extract(connection, '$.account'),
    json_extract(connection, '$.grant') IS NOT NULL,
    CASE
        WHEN json_extract(connection, '$.grant') IS NULL THEN connection
        ELSE json_set(connection, '$.auth', 'oauth2')
    END
FROM connections;
DROP TABLE connections;
ALTER TABLE connections_2 RENAME TO connections;
-- The one question across tenants: who else holds a grant for an account.
CREATE INDEX connections_account ON connections (connector, account, tenant, id) WHERE holds_grant;

-- The last versions of erased connections, from which those that are made again under their ids go on.
CREATE TABLE erased_connections (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    tenant   TEXT    NOT NULL,
    position INTEGER NOT NULL,
    notice   TEXT    NOT NULL,
    PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;
-- The newest of a tenant's notice positions.
ALTER TABLE tenants ADD COLUMN notice INTEGER NOT NULL DEFAULT 0;

ALTER TABLE tickets ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
