-- Databases that are not synced both ways.
CREATE TABLE mode (
    db   INTEGER PRIMARY KEY,
    mode TEXT NOT NULL CHECK (mode IN ('down_only', 'paused'))
) STRICT;
