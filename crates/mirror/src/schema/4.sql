-- What sync did, for whoever asks why: counts, states and sentences, never contents, ids or names.
CREATE TABLE timeline (
    n        INTEGER PRIMARY KEY,
    -- Unix seconds
    at       INTEGER NOT NULL,
    -- sync::Noted::kind
    kind     TEXT NOT NULL,
    sentence TEXT NOT NULL
) STRICT;
