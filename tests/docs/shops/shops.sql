CREATE TABLE shops (id TEXT PRIMARY KEY, name TEXT, plan TEXT, active INTEGER);
INSERT INTO shops VALUES
  ('acme',    'Acme Tools',    'pro',      1),
  ('bakery',  'Corner Bakery', 'basic',    1),
  ('candles', 'Candle Light',  'basic',    1),
  ('testing', 'Test Shop',     'internal', 1);
