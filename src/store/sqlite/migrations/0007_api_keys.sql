-- Keys that open the HTTP service; of a secret only the digest. Lists are one text, parted by \n.
CREATE TABLE api_key (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_digest TEXT NOT NULL,
    token_key TEXT NOT NULL, -- public: verifies tokens, makes none
    scopes TEXT NOT NULL,
    datasets TEXT NOT NULL, -- '': all
    subjects TEXT NOT NULL, -- '': all
    requests_per_minute INTEGER NOT NULL, -- 0: not limited
    created_us INTEGER NOT NULL,
    expires_us INTEGER,
    revoked_us INTEGER
) STRICT;
-- Revoking a key; refuses a second one of the same id.
CREATE UNIQUE INDEX api_key_by_id ON api_key (id);
