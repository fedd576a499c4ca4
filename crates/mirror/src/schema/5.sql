-- What was seen of the server when it was last pulled. A server that is less was set back to an
-- older copy. height is the number before the first dash of its update_seq, a hint that orders
-- nothing; last_id and last_rev are the last change that came, which it must know for ever.
ALTER TABLE checkpoint ADD COLUMN height INTEGER;
ALTER TABLE checkpoint ADD COLUMN last_id TEXT;
ALTER TABLE checkpoint ADD COLUMN last_rev TEXT;

-- When everything here was last compared with everything there, id by id.
CREATE TABLE comparison (
    db       INTEGER PRIMARY KEY,
    -- Ids up to this one are compared, those of the comparison under way; '': none is.
    up_to    TEXT NOT NULL DEFAULT '',
    -- Unix seconds
    ended_at INTEGER NOT NULL,
    -- 1: somebody asked for one.
    asked    INTEGER NOT NULL DEFAULT 0,
    -- 1: the server was set back, 2: this mirror was mended and cannot tell whether it was; since then
    -- not everything was compared.
    set_back INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX document_gone ON document (db) WHERE gone;

-- Documents that the server has no more, as long as that is in question. One that is believed is
-- document.gone; its rev is then that of the deletion, or NULL when the server never told of one.
CREATE TABLE vanished (
    document   INTEGER PRIMARY KEY REFERENCES document (n) ON DELETE CASCADE,
    -- Of the deletion; NULL: the server has nothing of it and never said why.
    rev        TEXT,
    -- Unix seconds
    noticed_at INTEGER NOT NULL,
    -- noticed: until the pull or comparison ends; asked: too many at once, the officer decides;
    -- kept: the officer says that the server is wrong; believed: remembered for an hour, so that
    -- many small pulls count like a large one.
    state      TEXT NOT NULL CHECK (state IN ('noticed', 'asked', 'kept', 'believed'))
) STRICT;
