-- Purpose: times as they are, whatever the clock of the machines: instants of UTC, in a form that all readers of Parquet know.
set spark.sql.session.timeZone = UTC;
set spark.sql.parquet.outputTimestampType = TIMESTAMP_MICROS;
set spark.sql.parquet.compression.codec = zstd;
