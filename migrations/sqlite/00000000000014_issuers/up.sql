-- To whom an alias belongs: the `iss` of the issuer whose users are called `alias:id`. It stays when the issuer
-- is gone, because grants may still name its users.
CREATE TABLE issuer_alias (
    alias TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    taken_at BIGINT NOT NULL
) WITHOUT ROWID;

-- An issuer whose tokens are accepted, registered by an operator while servers run. `settings` is JSON.
CREATE TABLE issuer (
    alias TEXT NOT NULL PRIMARY KEY REFERENCES issuer_alias (alias),
    settings TEXT NOT NULL,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;
