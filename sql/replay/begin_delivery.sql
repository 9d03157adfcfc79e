-- Purpose: the point to which a delivery is taken back that has to be read again.
savepoint delivery
