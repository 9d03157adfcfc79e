-- Purpose: a place for the migrations' own table. Idempotent.
create schema if not exists etl
