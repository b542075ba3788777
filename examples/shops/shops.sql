CREATE TABLE shops (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    plan     TEXT NOT NULL DEFAULT 'basic',
    host     TEXT NOT NULL,
    replicas INTEGER NOT NULL DEFAULT 1,
    token    TEXT NOT NULL,  -- base64
    active   INTEGER NOT NULL DEFAULT 1
);

INSERT INTO shops (id, name, plan, host, replicas, token) VALUES
    ('acme',   'Acme Tools',      'pro',   'acme.example.com',   2, 'YWNtZS10b2tlbg=='),
    ('bakery', 'Corner Bakery',   'basic', 'bakery.example.com', 1, 'YmFrZXJ5LXRva2Vu'),
    ('cycles', 'Cycles & Spokes', 'basic', 'cycles.example.com', 1, 'Y3ljbGVzLXRva2Vu');
