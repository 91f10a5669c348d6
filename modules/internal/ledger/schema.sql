-- A scope is one list of one account, as one mapping reads it.
CREATE TABLE scopes (
	number    INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: a pull may outlive its scope
	scope     TEXT    UNIQUE,     -- NULL: it is being removed
	platform  TEXT    NOT NULL,
	operation TEXT    NOT NULL,
	-- moments are microseconds since 1970
	covered   INTEGER,            -- every row from it on is there; NULL: nothing is covered
	pulled    INTEGER NOT NULL,   -- when the last pull of changes began
	behind    INTEGER,            -- how far the platform's clock may be behind; NULL: not known
	undated   INTEGER NOT NULL,   -- rows without a moment of change were seen
	whole     INTEGER NOT NULL,   -- when the last pull of everything began
	sweeping  INTEGER NOT NULL,   -- when the one began that is under way; 0: none is
	swept     INTEGER NOT NULL,   -- what it has read up to
	touched   INTEGER NOT NULL,   -- changed through the gateway since it was pulled
	unfit     INTEGER NOT NULL,   -- not to be used before
	asked     INTEGER NOT NULL    -- when it was last wanted, about
) STRICT;

-- Rows lie in the order of their moments, which is the order in which they are read.
CREATE TABLE rows (
	scope    INTEGER NOT NULL,
	occurred INTEGER NOT NULL,    -- the largest number: it has no moment
	id       TEXT    NOT NULL,
	sum      INTEGER NOT NULL,    -- a checksum of the row
	data     BLOB    NOT NULL,
	PRIMARY KEY (scope, occurred, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX rows_id ON rows (scope, id);
