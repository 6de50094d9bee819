-- Adds the devices of results.jsonl, which `pwtransfer ... --json >> results.jsonl` wrote, to a table:
--     sqlite3 station.db < results.sql
-- Once more adds only those that are new.
CREATE TABLE IF NOT EXISTS results (
    time TEXT, board TEXT, verdict TEXT, exit_code INTEGER, bytes INTEGER, seconds REAL, error TEXT, message TEXT,
    UNIQUE (time, board)
);

INSERT OR IGNORE INTO results
SELECT
    json_extract(value, '$.time'),
    coalesce(json_extract(value, '$.serial_number'), json_extract(value, '$.selector')),
    json_extract(value, '$.verdict'),
    json_extract(value, '$.exit_code'),
    json_extract(value, '$.bytes'),
    json_extract(value, '$.duration_seconds'),
    json_extract(value, '$.error.code'),
    json_extract(value, '$.error.message')
-- The lines, made one array. A line break within a text is an escape.
FROM json_each('[' || replace(trim(CAST(readfile('results.jsonl') AS TEXT), char(10)), char(10), ',') || ']')
WHERE json_extract(value, '$.type') = 'device_result';
