-- When the event that a chain of runs passed the limit of cards was written: once for all of them.

ALTER TABLE run ADD COLUMN limit_told_at INTEGER; -- of the first run of a chain
