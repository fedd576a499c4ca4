-- The key of the certificate that the city's server was last seen with, in the writing of settings:pins. No row: none was
-- seen.
CREATE TABLE server_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key TEXT NOT NULL
) STRICT;
