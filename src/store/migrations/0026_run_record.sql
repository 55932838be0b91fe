-- A run is one row: its record stands in it. The columns before it are read without it.

ALTER TABLE run ADD COLUMN data BLOB; -- what it was given and what its cards did, packed, see src/flows/history.c
UPDATE run SET data = (SELECT d.data FROM run_data d WHERE d.run_id = run.id);
DROP TABLE run_data;
