-- Purpose: keep what was loaded of the delivery that has begun: it is not taken back any more.
release savepoint delivery
