-- What the swap of a replay has taken out of the live history, until it is dropped. For the schema's owner only.

create schema replaced;

create table replaced.reservation_versions (like warehouse.reservation_versions including all);

create table replaced.deliveries (like replay.deliveries including all);

create table replaced.batches (like etl.batches including all);

create table replaced.delivery_problems (like etl.delivery_problems including all);
