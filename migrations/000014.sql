-- Who agreed to be written to, and what is left of a person who asked to be forgotten.

-- What is recorded stays as it is; the state of an address is its latest row (by `at`).
create table consents (
  org text not null,
  id text primary key,
  mode text not null check (mode in ('live', 'test')),
  -- As of suppressions. Of a person who was erased, a keyed hash in both.
  address text not null,
  address_key text not null,
  kind text not null check (kind in ('granted', 'revoked')),
  basis text,
  jurisdiction text,
  -- Where it was given or taken back, in the words of whoever recorded it; and what proves it.
  source text not null,
  evidence text,
  -- When it was given or taken back, and when a consent ends by itself.
  at timestamptz not null,
  expires_at timestamptz,
  by text not null,
  created_at timestamptz not null,
  check ((kind = 'granted') = (basis is not null and jurisdiction is not null))
);
-- The same thing recorded twice is one row.
create unique index consents_once
  on consents (org, mode, address_key, at, kind, coalesce(basis, ''), coalesce(jurisdiction, ''), source);
create index consents_by_age on consents (org, mode, created_at, id);

create function consents_are_append_only() returns trigger language plpgsql as $$
declare
  erased constant text[] := array['address', 'address_key', 'source', 'evidence'];
begin
  -- An erasure takes away whose it was, and in which words, and nothing else.
  if tg_op = 'UPDATE' and new.address_key like 'hmac:%' and new.address = new.address_key and new.evidence is null
    and to_jsonb(new) - erased = to_jsonb(old) - erased
  then
    return new;
  end if;
  raise exception 'consents are append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger consents_no_change before update or delete on consents
  for each row execute function consents_are_append_only();

-- People who were erased, without who they were.
create table erasures (
  org text not null,
  id text primary key,
  -- A keyed hash of the address: the same person twice is one erasure that goes on.
  person text not null,
  by text not null,
  created_at timestamptz not null,
  finished_at timestamptz,
  -- How many emails and drafts lost their content.
  messages integer not null default 0,
  drafts integer not null default 0
);
create unique index erasures_under_way on erasures (org, person) where finished_at is null;
create index erasures_by_age on erasures (org, created_at, id);

-- Every email to a person, of those that never went; the others are in recipients_counted.
create index recipients_uncounted on recipients (org, mode, address_key) where counted_at is null;
