-- What privacy takes out of the mirror again.

-- How far a tenant's mirror has been gone through; NULL if it never was.
ALTER TABLE tenants ADD COLUMN shedding TEXT;

-- What has ended, the longest ago first.
CREATE INDEX records_ended ON records (tenant, ends) WHERE gone IS NULL AND ends IS NOT NULL;

-- What could not be understood, of which there is little.
CREATE INDEX records_problem ON records (tenant, connection, stream, partition, key) WHERE problem IS NOT NULL;

-- What was told of a meeting.
CREATE INDEX feed_meeting ON feed (tenant, meeting, position);
