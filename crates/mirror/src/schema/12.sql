-- What the store proved of officers' photos that are on this laptop no more, kept as long as deliveries.
CREATE TABLE photo_proof (
    key       TEXT PRIMARY KEY,
    -- Lower-case hex
    sha256    TEXT NOT NULL,
    -- Unix seconds
    stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
