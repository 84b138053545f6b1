-- A meeting may be delivered as several items, each with a key of its own.

-- By section and key; NULL if there are none.
ALTER TABLE meetings ADD COLUMN announced_items TEXT;

ALTER TABLE feed ADD COLUMN section TEXT NOT NULL DEFAULT 'meeting';
-- The key of an item; NULL for the meeting itself.
ALTER TABLE feed ADD COLUMN item TEXT;

-- What was announced of each meeting's attendees, and not withdrawn.
CREATE VIEW v1_attendance AS
SELECT
    meetings.tenant,
    meetings.id AS meeting,
    item.key AS key,
    meetings.revision,
    item.value AS content
FROM meetings, json_each(meetings.announced_items, '$.attendance') AS item;

-- New columns come behind those that are known.
DROP VIEW v1_changes;
CREATE VIEW v1_changes AS
SELECT
    tenant,
    position,
    meeting || coalesce('/' || section || '/' || item, '') || ':' || revision AS delivery,
    meeting,
    revision,
    change,
    strftime('%Y-%m-%dT%H:%M:%fZ', at / 1e6, 'unixepoch') AS decided_at,
    content,
    section,
    item AS key
FROM feed;
