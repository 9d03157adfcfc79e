-- Purpose: as sql/load/copy_unchanged_records.sql, on the shadow; a test holds the two against each other.
copy replay.unchanged_records (delivery_id, request_id, serial_number) from stdin (format binary)
