CREATE TABLE IF NOT EXISTS chancery_api_keys (
    id        text COLLATE "C" PRIMARY KEY,
    prefix    text NOT NULL,
    hash      text NOT NULL,
    pepper    text,
    name      text NOT NULL,
    scopes    text[] NOT NULL,
    created   timestamptz NOT NULL,
    expires   timestamptz,
    revoked   timestamptz,
    last_used timestamptz,
    successor text
) WITH (fillfactor = 90)
