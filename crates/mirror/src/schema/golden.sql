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
, ward TEXT) STRICT;

CREATE INDEX grievance_by_report ON grievance (status, reported_at);

CREATE INDEX grievance_by_change ON grievance (status, changed_at);

CREATE INDEX grievance_by_cell ON grievance (cell) WHERE cell IS NOT NULL;

CREATE INDEX grievance_to_ask ON grievance (n) WHERE asked = 0;

CREATE TABLE status_count (
    status     TEXT PRIMARY KEY,
    grievances INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE word USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);

CREATE TABLE 'word_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'word_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE 'word_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'word_config'(k PRIMARY KEY, v) WITHOUT ROWID;

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
, entry TEXT CHECK (entry IN ('to_send', 'sent', 'refused')), entry_reason TEXT) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_by_document ON delivery (document);

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

CREATE TABLE set_aside (
    db     INTEGER NOT NULL,
    id     TEXT NOT NULL,
    rev    TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Unix seconds
    at     INTEGER NOT NULL,
    PRIMARY KEY (db, id)
) STRICT, WITHOUT ROWID;

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
, height INTEGER, last_id TEXT, last_rev TEXT, first_until TEXT) STRICT;

CREATE TABLE owner (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    site TEXT NOT NULL,
    user TEXT NOT NULL
) STRICT;

CREATE INDEX delivery_to_tell ON delivery (edit) WHERE entry = 'to_send';

CREATE TABLE turn (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL
) STRICT;

CREATE TABLE timeline (
    n        INTEGER PRIMARY KEY,
    -- Unix seconds
    at       INTEGER NOT NULL,
    -- sync::Noted::kind
    kind     TEXT NOT NULL,
    sentence TEXT NOT NULL
) STRICT;

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

CREATE TABLE mode (
    db   INTEGER PRIMARY KEY,
    mode TEXT NOT NULL CHECK (mode IN ('down_only', 'paused'))
) STRICT;

CREATE TABLE branch (
    document INTEGER NOT NULL REFERENCES document (n) ON DELETE CASCADE,
    rev      TEXT NOT NULL,
    -- NULL: not fetched.
    body     TEXT,
    -- 1: the server was asked for it, and without a body had none to give.
    asked    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (document, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE selection (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    -- JSON: domain::Selection
    chosen TEXT NOT NULL
, begins INTEGER) STRICT;

CREATE TABLE outside (
    document INTEGER PRIMARY KEY REFERENCES document (n) ON DELETE CASCADE
, asked INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX document_without_body ON document (db) WHERE body IS NULL;

CREATE INDEX photo_by_state ON photo (state, retry_at);

CREATE VIEW undecided AS
SELECT g.n AS grievance, d.n AS document, d.db AS db, b.rev AS rev, b.body AS body, b.asked AS asked
FROM branch b
CROSS JOIN document d ON d.n = b.document
CROSS JOIN document g ON g.db = 0 AND g.id = iif(d.db = 0, d.id, substr(d.id, length('case:') + 1))
LEFT JOIN edit e ON e.document = g.n AND e.field = iif(d.db = 0, 'branch:', 'caseBranch:') || b.rev
WHERE e.id IS NULL AND (g.body IS NOT NULL OR g.rev IS NULL);

CREATE TABLE server_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key TEXT NOT NULL
) STRICT;

CREATE INDEX delivery_refused ON delivery (edit) WHERE entry = 'refused';

CREATE TABLE photo_proof (
    key       TEXT PRIMARY KEY,
    -- Lower-case hex
    sha256    TEXT NOT NULL,
    -- Unix seconds
    stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX grievance_by_ward ON grievance (ward) WHERE ward IS NOT NULL;
