-- Keys that open the HTTP service; of a secret only the digest. Lists are one text, parted by \n.
CREATE TABLE api_key (
    position            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                  text COLLATE "C" NOT NULL,
    name                text NOT NULL,
    secret_digest       text NOT NULL,
    token_key           text NOT NULL, -- public: verifies tokens, makes none
    scopes              text NOT NULL,
    datasets            text NOT NULL, -- '': all
    subjects            text NOT NULL, -- '': all
    requests_per_minute bigint NOT NULL, -- 0: not limited
    created_us          bigint NOT NULL,
    expires_us          bigint,
    revoked_us          bigint
);
-- Revoking a key; refuses a second one of the same id.
CREATE UNIQUE INDEX api_key_id ON api_key (id);
