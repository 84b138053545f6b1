-- Which revision is in force since when, and the content of every revision that ever was.

-- Until now a tenant's revision was known by its id alone.
ALTER TABLE tenants ADD COLUMN in_force TEXT;
UPDATE tenants SET in_force = json_object(
    'revision', revision, 'since', '1970-01-01T00:00:00Z', 'held', json('false'), 'announce', 'all'
) WHERE revision IS NOT NULL;
ALTER TABLE tenants DROP COLUMN revision;

CREATE TABLE revisions (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    kept     INTEGER NOT NULL,
    in_force INTEGER,
    content  TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
