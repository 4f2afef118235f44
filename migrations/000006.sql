-- Keys that end by themselves, that replace each other, and that say when they were last used.
alter table keys
  add column expires_at timestamptz,
  -- At most a minute behind.
  add column last_used_at timestamptz,
  -- The key that it replaced: the two are one credential with two texts until the older one ends.
  add column rotated_from text;
create index keys_by_maker on keys (made_by) where made_by is not null;
-- A key is replaced once.
create unique index keys_by_predecessor on keys (rotated_from) where rotated_from is not null;

-- What may be changed is guarded by the number of its change.
alter table principals add column version integer not null default 1;
create index principals_by_age on principals (org, created_at, id);

alter table mailboxes add column version integer not null default 1;
create index mailboxes_by_age on mailboxes (org, created_at, id);
