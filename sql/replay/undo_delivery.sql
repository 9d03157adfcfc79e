-- Purpose: take back what was loaded of the delivery that has begun.
rollback to savepoint delivery
