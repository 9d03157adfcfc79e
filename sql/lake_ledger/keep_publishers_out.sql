-- Purpose: let no publication be claimed before this transaction ends: it would read what is about to change, and nobody would know.
lock table etl.lake_deliveries in share row exclusive mode
