-- Identities are compared byte for byte. Times are microseconds since the epoch, UTC.
-- Permissions are bits: read 1, write 2, delete 4, admin 8.
-- Every key of a tenant's row starts with project_id, and foreign keys are composite, so that no
-- row can point into another project.

-- A storage account. The secret is sealed with AES-256-GCM under the master key `sealed_with`.
-- `probe` is the JSON report of the last probe, `probe_safe` its verdict; NULL when there was none.
CREATE TABLE store (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    endpoints TEXT NOT NULL,
    region TEXT NOT NULL,
    access_key_id TEXT NOT NULL,
    secret_sealed BLOB NOT NULL,
    sealed_with TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    accept_unsafe_storage BOOLEAN NOT NULL DEFAULT false,
    probed_at BIGINT,
    probe_safe BOOLEAN,
    probe TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;

-- A tenant. `settings` is a JSON object: root_extra, tags_are_authority, max_presign_seconds.
CREATE TABLE project (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    store_id TEXT NOT NULL REFERENCES store (id),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    default_perms SMALLINT NOT NULL DEFAULT 0 CHECK (default_perms BETWEEN 0 AND 15),
    settings TEXT NOT NULL,
    etag BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (id, store_id)
) WITHOUT ROWID;

-- The hot row: every writer of a project updates it first, so revisions are dense and appear in
-- the order of the commits.
CREATE TABLE project_head (
    project_id TEXT NOT NULL PRIMARY KEY REFERENCES project (id),
    epoch TEXT NOT NULL,
    revision BIGINT NOT NULL,
    chain_hash BLOB NOT NULL
) WITHOUT ROWID;

-- A bucket registered to a project. Within a store a name belongs to at most one project.
CREATE TABLE bucket (
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    store_id TEXT NOT NULL,
    public_perms SMALLINT NOT NULL DEFAULT 0 CHECK (public_perms BETWEEN 0 AND 15),
    ceiling SMALLINT NOT NULL DEFAULT 15 CHECK (ceiling BETWEEN 0 AND 15),
    settings TEXT NOT NULL,
    created_rev BIGINT NOT NULL,
    PRIMARY KEY (project_id, name),
    UNIQUE (store_id, name),
    FOREIGN KEY (project_id, store_id) REFERENCES project (id, store_id)
) WITHOUT ROWID;

-- Who may do what where. subject_kind: u user, g group, k everybody with a token, * everybody; later
-- also t, token group.
CREATE TABLE grant_ (
    project_id TEXT NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT NOT NULL DEFAULT '',
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('u', 'g', 'k', '*')),
    subject TEXT NOT NULL,
    perms SMALLINT NOT NULL CHECK (perms BETWEEN 1 AND 15),
    not_before BIGINT,
    expires_at BIGINT,
    reason TEXT,
    granted_by TEXT NOT NULL,
    created_rev BIGINT NOT NULL,
    updated_rev BIGINT NOT NULL,
    PRIMARY KEY (project_id, bucket, prefix, subject_kind, subject),
    FOREIGN KEY (project_id, bucket) REFERENCES bucket (project_id, name)
) WITHOUT ROWID;
CREATE INDEX grant_by_subject ON grant_ (project_id, subject_kind, subject, bucket, prefix);
CREATE INDEX grant_expiring ON grant_ (expires_at) WHERE expires_at IS NOT NULL;

-- Groups that Cargo keeps itself, beside those that tokens name.
CREATE TABLE group_member (
    project_id TEXT NOT NULL REFERENCES project (id),
    grp TEXT NOT NULL,
    user_ TEXT NOT NULL,
    expires_at BIGINT,
    updated_rev BIGINT NOT NULL,
    PRIMARY KEY (project_id, grp, user_)
) WITHOUT ROWID;
CREATE INDEX group_by_member ON group_member (project_id, user_, grp);

-- Project API keys. Only SHA-256 of the secret is kept: it has 256 bits of entropy.
CREATE TABLE api_key (
    key_id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    pepper_id SMALLINT NOT NULL DEFAULT 0,
    scopes TEXT NOT NULL,
    cidrs TEXT,
    family TEXT NOT NULL,
    not_before BIGINT,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_rev BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_ip TEXT
) WITHOUT ROWID;
CREATE INDEX api_key_by_project ON api_key (project_id, key_id);

-- One row per mutation: outbox, change feed, history and audit in one. hash = SHA-256(prev_hash
-- || body), over the stored bytes.
CREATE TABLE change (
    project_id TEXT NOT NULL REFERENCES project (id),
    revision BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    via_key TEXT,
    request_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (project_id, revision)
) WITHOUT ROWID;

-- Replies to POSTs that carried an Idempotency-Key.
CREATE TABLE idempotency (
    project_id TEXT NOT NULL REFERENCES project (id),
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status SMALLINT NOT NULL,
    response BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, actor, key)
) WITHOUT ROWID;

-- Every decision, allowed or not, and every mutation. The id is a UUIDv7: ordered by time.
CREATE TABLE audit_event (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
    at BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    via_key TEXT,
    action TEXT NOT NULL,
    bucket TEXT,
    object_key TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('allow', 'deny', 'malformed')),
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    revision BIGINT,
    method TEXT,
    payload TEXT,
    access_key_id TEXT
) WITHOUT ROWID;
CREATE INDEX audit_event_by_project ON audit_event (project_id, id);
