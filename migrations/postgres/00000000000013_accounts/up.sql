-- The embedded auth service. An account is a user of one project; its id is the user's everywhere. A password
-- is kept as its Argon2id hash, NULL until the user has set one. `token_epoch` counts what ends the account's
-- tokens. Times are in microseconds since 1970.
CREATE TABLE account (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    project_id TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    username TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    display_name TEXT,
    password_hash TEXT,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'invited', 'disabled')),
    service_account BOOLEAN NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    token_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    reset_at BIGINT,
    reset_by TEXT COLLATE "C"
);
CREATE UNIQUE INDEX account_by_username ON account (project_id, username);
CREATE UNIQUE INDEX account_by_email ON account (project_id, email);
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON account USING (project_id = current_setting('sail.project', true));
-- Usernames that no new account gets: what was granted to their owners would be anybody's else.
CREATE TABLE reserved_username (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    username TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    reserved_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, username)
);
ALTER TABLE reserved_username ENABLE ROW LEVEL SECURITY;
ALTER TABLE reserved_username FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON reserved_username USING (project_id = current_setting('sail.project', true));
-- The invitation of an account, or the link of its last reset: one, good once. Its token is not here, only the
-- SHA-256 of it.
CREATE TABLE invitation (
    account_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES account (id),
    project_id TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    token_hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON invitation USING (project_id = current_setting('sail.project', true));
-- The refresh tokens of one sign-in. They are made of the family and `serial` under the master key; only the
-- SHA-256 of the last one is here. `epoch` is the account's at the sign-in.
CREATE TABLE refresh_token (
    family TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    project_id TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    token_hash BYTEA NOT NULL,
    serial BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX refresh_token_by_account ON refresh_token (project_id, account_id);
ALTER TABLE refresh_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_token FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON refresh_token USING (project_id = current_setting('sail.project', true));
-- What access tokens are signed with, of the whole server: RSA keys as `spki` (X.509 SubjectPublicKeyInfo, DER)
-- and, sealed with AES-256-GCM under the master key `sealed_with` and bound to `kid`, PKCS#8 in base64.
CREATE TABLE signing_key (
    kid TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('next', 'current', 'retiring')),
    modulus TEXT COLLATE "C" NOT NULL,
    exponent TEXT COLLATE "C" NOT NULL,
    spki BYTEA NOT NULL,
    private_sealed BYTEA NOT NULL,
    sealed_with TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retired_at BIGINT
);
