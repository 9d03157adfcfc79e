-- Purpose: the fewest people that a cell on the page may have. Reads only.
select privacy.min_cell from mart.privacy
