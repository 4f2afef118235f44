-- An outcome that nobody knows: the key under which a try may be repeated, and who looks into it, when.
alter table attempts
  -- What a provider that deduplicates was told; a repetition says the same. Null in rows from before: never repeated.
  add column key text,
  -- Until when it deduplicates by it; null where it does not.
  add column key_until timestamptz,
  -- JSON: the recipients whom another provider had been given before, and nobody knows whether it sent.
  add column duplicates text,
  -- When somebody looks again after those of whom it is not known whether they were sent to; null: never.
  add column look_at timestamptz,
  -- How often the provider was asked, and how often people were told that it takes long.
  add column lookups integer not null default 0,
  add column alerts integer not null default 0;

create index attempts_to_look on attempts (look_at) where look_at is not null;

-- Few of all, and listed in the order of their messages. `retry_at` is theirs, too: when they are tried again.
create index recipients_unknown on recipients (org, mode, created_at, message) where status = 'unknown';

update attempts set look_at = now()
where exists (
  select from recipients one
  where one.message = attempts.message and one.attempt = attempts.attempt and one.try = attempts.try
    and one.status = 'unknown'
);
