-- Kill switches, who is in contact with whom, and which email says the same as which.

alter table orgs
  -- In the words of whoever paused it; null while it is active.
  add column paused_why text,
  -- When it was paused or resumed last.
  add column switched_at timestamptz;
alter table keys
  add column paused_why text,
  -- Id of the key with whose pause it was; null while it is active.
  add column paused_with text,
  add column switched_at timestamptz;
-- What goes on when something is resumed.
create index messages_paused on messages (org, id) where wait_reason = 'paused';

alter table messages
  -- What its recipients see, hashed; null where the policy does not ask whether they saw it before.
  add column content_hash text,
  -- When it was denied for something that its sender could know; null where it was not. See src/store/loop.ts.
  add column misjudged_at timestamptz;
create index messages_misjudged on messages (org, mode, principal, misjudged_at) where misjudged_at is not null;
create index messages_same on messages (org, mailbox, mode, content_hash, created_at)
  where content_hash is not null;

-- Who of the org's principals is in contact with somebody, so that no other writes meanwhile.
create table contact_leases (
  org text not null,
  mode text not null check (mode in ('live', 'test')),
  address_key text not null,
  id text not null,
  -- Principal.
  holder text not null,
  created_at timestamptz not null,
  until timestamptz not null,
  primary key (org, mode, address_key)
);
create unique index contact_leases_by_id on contact_leases (org, id);
create index contact_leases_by_holder on contact_leases (org, mode, holder, created_at, id);
