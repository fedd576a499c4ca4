-- What the server has, as its own text: what an officer did not touch goes back as it came.
CREATE TABLE document (
    -- Small and growing in order of arrival: every other table and the search index use it.
    n    INTEGER PRIMARY KEY,
    -- 0 grievances, 1 internal
    db   INTEGER NOT NULL,
    id   TEXT NOT NULL,
    -- NULL together with body: a report made here that the server has not got.
    rev  TEXT,
    body TEXT,
    -- 1: deleted on the server. body is the last that was seen.
    gone INTEGER NOT NULL DEFAULT 0,
    UNIQUE (db, id)
) STRICT;

-- The row the list shows: document with its edits written into it, shortened for one line.
CREATE TABLE grievance (
    n           INTEGER PRIMARY KEY REFERENCES document (n) ON DELETE CASCADE,
    status      TEXT NOT NULL,
    -- Unix seconds, 0 when the phone sent no readable time: a page's cursor compares it.
    reported_at INTEGER NOT NULL,
    -- Unix seconds when this row last became different, by a pull or by the officer.
    changed_at  INTEGER NOT NULL,
    description TEXT,
    address     TEXT,
    category    TEXT,
    lng         REAL,
    lat         REAL,
    -- Square of 0.001 degrees (places.rs): a box on the map is a few ranges of it.
    cell        INTEGER,
    -- Object key in the photo store.
    thumbnail   TEXT,
    -- 0: the thumbnail has no row in photo yet. Rows are made when it is about to be fetched,
    -- because a second table with random keys would cost the first pull a fifth of its time.
    asked       INTEGER NOT NULL
) STRICT;

-- The queue is read status by status and merged, so two indexes serve every filter and order.
CREATE INDEX grievance_by_report ON grievance (status, reported_at);
CREATE INDEX grievance_by_change ON grievance (status, changed_at);
CREATE INDEX grievance_by_cell ON grievance (cell) WHERE cell IS NOT NULL;
CREATE INDEX grievance_to_ask ON grievance (n) WHERE asked = 0;

-- Counting 100,000 rows for every screen is too slow, so the counts are kept.
CREATE TABLE status_count (
    status     TEXT PRIMARY KEY,
    grievances INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Description, address, reporter and id; rowid is document.n. Vowel signs and viramas (Mc, Mn)
-- belong to the word in Kannada and Hindi. The words themselves are only in the document.
CREATE VIRTUAL TABLE word USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
-- A pulled page is merged in memory before it is written.
INSERT INTO word (word, rank) VALUES ('hashsize', 33554432);

-- One thing an officer changed on this laptop that the server has not got.
CREATE TABLE edit (
    -- A ULID: among the edits of a document the greatest is the latest.
    id       TEXT PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (n) ON DELETE CASCADE,
    -- domain::Field::name
    field    TEXT NOT NULL,
    -- JSON: what the officer looked at when deciding, and so the merge base.
    seen     TEXT NOT NULL,
    -- JSON
    wanted   TEXT NOT NULL,
    -- JSON array of values that left without an answer: each may have arrived.
    sent     TEXT NOT NULL DEFAULT '[]',
    state    TEXT NOT NULL CHECK (state IN ('saved', 'leaving', 'clash', 'refused')),
    -- The server's words when it refused.
    error    TEXT,
    reason   TEXT,
    by       TEXT NOT NULL,
    -- RFC 3339 with offset
    at       TEXT NOT NULL,
    UNIQUE (document, field)
) STRICT, WITHOUT ROWID;

-- Proof that an edit is on the server, kept for 90 days.
CREATE TABLE delivery (
    edit       TEXT PRIMARY KEY,
    document   INTEGER NOT NULL REFERENCES document (n) ON DELETE CASCADE,
    field      TEXT NOT NULL,
    seen       TEXT NOT NULL,
    wanted     TEXT NOT NULL,
    by         TEXT NOT NULL,
    at         TEXT NOT NULL,
    -- The revision that held it, and when this laptop saw that (unix seconds).
    rev        TEXT NOT NULL,
    settled_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_by_document ON delivery (document);

-- What others did to a grievance, found by comparing the revision held with the one pulled.
CREATE TABLE event (
    n           INTEGER PRIMARY KEY,
    document    INTEGER NOT NULL REFERENCES document (n) ON DELETE CASCADE,
    -- status, category, reply, photo:<id>; report: the citizen's own words; accepted: those are right; gone; returned
    what        TEXT NOT NULL,
    -- JSON
    before      TEXT NOT NULL,
    after       TEXT NOT NULL,
    -- As the revision tells it.
    by          TEXT,
    at          TEXT,
    rev         TEXT NOT NULL,
    observed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX event_by_document ON event (document);

-- One object of the photo store. Its bytes are a sealed file beside the mirror.
CREATE TABLE photo (
    -- Object key
    key       TEXT PRIMARY KEY,
    -- wanted: not fetched; kept: fetched; missing: the store has not got it (yet);
    -- to_upload: ours, only here; stored: ours, and the store proved that it has it.
    state     TEXT NOT NULL CHECK (state IN ('wanted', 'kept', 'missing', 'to_upload', 'stored')),
    -- Name of the sealed file
    file      TEXT,
    bytes     INTEGER,
    -- Lower-case hex. Of ours: the picture's own; of stored: what the store proved.
    sha256    TEXT,
    -- Unix seconds before which it is not tried again.
    retry_at  INTEGER NOT NULL DEFAULT 0,
    -- Why the last try failed.
    why       TEXT,
    stored_at INTEGER,
    CHECK ((file IS NULL) = (state IN ('wanted', 'missing')))
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_to_move ON photo (state, retry_at) WHERE state IN ('wanted', 'missing', 'to_upload');

-- Documents that could not be read. They stop nothing; the officer and the administrator are told.
CREATE TABLE set_aside (
    db     INTEGER NOT NULL,
    id     TEXT NOT NULL,
    rev    TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Unix seconds
    at     INTEGER NOT NULL,
    PRIMARY KEY (db, id)
) STRICT, WITHOUT ROWID;

-- How far each database was pulled. Written with the page it speaks of, in one transaction.
CREATE TABLE checkpoint (
    db                  INTEGER PRIMARY KEY,
    -- Opaque, the server's own.
    since               TEXT NOT NULL,
    -- Which server and which database it was: another one means starting from nothing.
    server_uuid         TEXT,
    instance_start_time TEXT,
    -- 1 once everything the server had was pulled.
    caught_up           INTEGER NOT NULL,
    saved_at            INTEGER NOT NULL
) STRICT;

-- Whose mirror this is: nothing outside the encryption may tell.
CREATE TABLE owner (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    site TEXT NOT NULL,
    user TEXT NOT NULL
) STRICT;
