-- id grows with every put. size is the length of value. sum is over key and value.
CREATE TABLE records (
	id        INTEGER PRIMARY KEY,
	key       BLOB    NOT NULL UNIQUE,
	platform  TEXT    NOT NULL,
	operation TEXT    NOT NULL,
	first     INTEGER NOT NULL,
	last      INTEGER NOT NULL,
	expires   INTEGER NOT NULL,
	size      INTEGER NOT NULL,
	sum       INTEGER NOT NULL,
	value     BLOB    NOT NULL
) STRICT;

CREATE INDEX records_about ON records (platform, operation, first, last);
CREATE INDEX records_expires ON records (expires);

-- Kept by the triggers, so that nobody has to read all records to know how much there is.
CREATE TABLE usage (
	platform  TEXT    NOT NULL,
	operation TEXT    NOT NULL,
	entries   INTEGER NOT NULL,
	bytes     INTEGER NOT NULL,
	PRIMARY KEY (platform, operation)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER records_put AFTER INSERT ON records BEGIN
	INSERT INTO usage VALUES (new.platform, new.operation, 1, new.size)
	ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER records_removed AFTER DELETE ON records BEGIN
	UPDATE usage SET entries = entries - 1, bytes = bytes - old.size
	WHERE platform = old.platform AND operation = old.operation;
END;
