-- The embedded auth service. An account is a user of one project; its id is the user's everywhere. A password
-- is kept as its Argon2id hash, NULL until the user has set one. `token_epoch` counts what ends the account's
-- tokens. Times are in microseconds since 1970.
CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
    username TEXT NOT NULL,
    email TEXT,
    display_name TEXT,
    password_hash TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'invited', 'disabled')),
    service_account BOOLEAN NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    token_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    reset_at BIGINT,
    reset_by TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX account_by_username ON account (project_id, username);
CREATE UNIQUE INDEX account_by_email ON account (project_id, email);
-- Usernames that no new account gets: what was granted to their owners would be anybody's else.
CREATE TABLE reserved_username (
    project_id TEXT NOT NULL REFERENCES project (id),
    username TEXT NOT NULL,
    account_id TEXT NOT NULL,
    reserved_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, username)
) WITHOUT ROWID;
-- The invitation of an account, or the link of its last reset: one, good once. Its token is not here, only the
-- SHA-256 of it.
CREATE TABLE invitation (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id),
    project_id TEXT NOT NULL REFERENCES project (id),
    token_hash BLOB NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
-- The refresh tokens of one sign-in. They are made of the family and `serial` under the master key; only the
-- SHA-256 of the last one is here. `epoch` is the account's at the sign-in.
CREATE TABLE refresh_token (
    family TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
    account_id TEXT NOT NULL REFERENCES account (id),
    token_hash BLOB NOT NULL,
    serial BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX refresh_token_by_account ON refresh_token (project_id, account_id);
-- What access tokens are signed with, of the whole server: RSA keys as `spki` (X.509 SubjectPublicKeyInfo, DER)
-- and, sealed with AES-256-GCM under the master key `sealed_with` and bound to `kid`, PKCS#8 in base64.
CREATE TABLE signing_key (
    kid TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('next', 'current', 'retiring')),
    modulus TEXT NOT NULL,
    exponent TEXT NOT NULL,
    spki BLOB NOT NULL,
    private_sealed BLOB NOT NULL,
    sealed_with TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retired_at BIGINT
) WITHOUT ROWID;
