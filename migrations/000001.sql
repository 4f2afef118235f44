-- The schema of the store. PostgreSQL 15 and PGlite. JSON is kept as text: the canonical bytes are what was
-- hashed, and text may hold an escaped NUL where jsonb refuses it.

create table principals (
  org text not null,
  id text not null,
  kind text not null,
  name text not null,
  created_at timestamptz not null,
  primary key (org, id)
);

create table keys (
  org text not null,
  id text primary key,
  principal text not null,
  name text not null,
  hash text not null unique,
  mode text not null check (mode in ('live', 'test')),
  scopes text not null,
  mailboxes text,
  made_by text,
  created_at timestamptz not null,
  revoked_at timestamptz,
  foreign key (org, principal) references principals (org, id)
);
create index keys_by_principal on keys (org, principal);
create index keys_by_age on keys (org, created_at, id);

create table mailboxes (
  org text not null,
  id text primary key,
  address text not null,
  display_name text,
  status text not null check (status in ('active', 'paused')),
  autonomy text not null,
  policy text not null,
  route text,
  direct_start boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index mailboxes_by_address on mailboxes (org, lower(address));

create table messages (
  org text not null,
  -- The workflow's id.
  id text primary key,
  mailbox text not null,
  mode text not null check (mode in ('live', 'test')),
  dedupe_key text not null,
  request_hash text not null,
  -- First execution run of the workflow that owns the message; no other run may move it.
  owner_run text not null,
  principal text not null,
  key text,
  category text not null,
  -- Of the current revision.
  subject text not null,
  revision integer not null,
  digest text not null,
  status text not null,
  -- Raised by every write.
  version integer not null,
  verdict text not null,
  -- Recipient indexes that the verdict counted as contacted before.
  contacted text not null,
  wait_reason text,
  wait_until timestamptz,
  undo_until timestamptz,
  send_at timestamptz,
  expires_at timestamptz,
  -- reason, context, tags, metadata
  notes text not null,
  -- The lowest attempt that may still claim, and the highest that did.
  attempt_floor integer not null,
  attempt_last integer not null,
  -- Providers given up on in this round of the route, and how many rounds are over.
  tried text not null,
  round integer not null,
  first_claim_at timestamptz,
  -- Since when it may be sent, or from when on: giving up counts from here.
  due_since timestamptz not null,
  -- When something last was claimed, sent or became unknown: the feedback window counts from here.
  last_wire_at timestamptz,
  -- False while it is certain that no provider took anything.
  maybe_sent boolean not null,
  closed_at timestamptz,
  -- When the sweep looks whether its workflow still goes on; null where nobody has to.
  sweep_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (org, mailbox, mode, dedupe_key),
  foreign key (mailbox) references mailboxes (id)
);
create index messages_by_age on messages (org, mode, created_at, id);
create index messages_by_mailbox on messages (org, mode, mailbox, created_at, id);
create index messages_by_status on messages (org, mode, status, created_at, id);
create index messages_to_sweep on messages (sweep_at, id) where sweep_at is not null;

create table revisions (
  org text not null,
  message text not null references messages (id),
  revision integer not null,
  digest text not null,
  -- The Message-ID header, by which a report may name the message.
  header_id text not null,
  -- Canonical JSON: the bytes under the digest.
  content text not null,
  by text not null,
  at timestamptz not null,
  primary key (message, revision)
);
create index revisions_by_header on revisions (header_id);

create table recipients (
  org text not null,
  mode text not null,
  message text not null references messages (id),
  index integer not null,
  kind text not null,
  address text not null,
  address_key text not null,
  status text not null,
  reason text,
  smtp_status text,
  soft_bounces integer not null,
  -- When a soft bounce is tried again.
  retry_at timestamptz,
  -- The claim that holds it, or held it last.
  attempt integer,
  try integer,
  delivered_at timestamptz,
  primary key (message, index)
);
create index recipients_reached on recipients (org, mode, address_key) where delivered_at is not null;

create table attempts (
  org text not null,
  message text not null references messages (id),
  attempt integer not null,
  try integer not null,
  provider text not null,
  -- Temporal's run and try: an older try than one seen here may not claim.
  execution_run text not null,
  execution_try integer not null,
  recipients text not null,
  at timestamptz not null,
  lease_until timestamptz not null,
  finished_at timestamptz,
  outcome text,
  provider_message_id text,
  receipt text,
  primary key (message, attempt, try)
);
create index attempts_by_provider_id on attempts (provider, provider_message_id) where provider_message_id is not null;

create table reports (
  org text,
  provider text not null,
  report_id text not null,
  -- Null where nothing is known by that name (yet).
  message text,
  named text not null,
  recipient integer,
  address text,
  type text not null,
  bounce text,
  reason text,
  smtp_status text,
  at timestamptz not null,
  received_at timestamptz not null,
  primary key (provider, report_id)
);
create index reports_by_message on reports (message, received_at) where message is not null;
create index reports_unmatched on reports (provider, named) where message is null;

create table decisions (
  org text not null,
  message text not null references messages (id),
  number integer not null,
  revision integer not null,
  action text not null,
  by text not null,
  via text not null,
  digest text not null,
  comment text,
  -- The findings that it settles.
  accepted text not null,
  at timestamptz not null,
  primary key (message, number)
);

create table suppressions (
  org text not null,
  id text primary key,
  mode text not null,
  -- As given, and the form under which spellings of one person meet; a domain for scope domain.
  address text not null,
  address_key text not null,
  scope text not null check (scope in ('org', 'domain', 'mailbox')),
  mailbox text,
  reason text not null,
  source text not null,
  message text,
  created_at timestamptz not null,
  expires_at timestamptz,
  removed_at timestamptz,
  removed_by text
);
create unique index suppressions_active on suppressions (org, mode, address_key, scope, coalesce(mailbox, ''))
  where removed_at is null;
create index suppressions_by_age on suppressions (org, mode, created_at, id) where removed_at is null;

-- How full each bucket of each limit is; `reservations` says by which messages.
create table quotas (
  org text not null,
  mode text not null,
  limit_key text not null,
  bucket timestamptz not null,
  used integer not null check (used >= 0),
  primary key (org, mode, limit_key, bucket)
);
create table reservations (
  org text not null,
  mode text not null,
  message text not null,
  limit_key text not null,
  bucket timestamptz not null,
  state text not null check (state in ('reserved', 'used', 'returned')),
  primary key (message, limit_key, bucket)
);

-- Content by its own digest, so it has no tenant: whoever can name the bytes has them already.
create table blobs (
  sha256 text primary key,
  bytes bytea not null,
  created_at timestamptz not null,
  -- Null where a revision names it; sealed input, which only a workflow names, goes with time.
  expires_at timestamptz
);
create index blobs_expiring on blobs (expires_at) where expires_at is not null;

create table fingerprints (
  org text not null,
  mailbox text not null,
  mode text not null,
  hash text not null,
  key text not null,
  at timestamptz not null,
  primary key (org, mailbox, mode, hash)
);
create index fingerprints_by_age on fingerprints (at);

-- Work that one process at a time does; whoever dies holding one loses it with time.
create table leases (
  name text primary key,
  holder text not null,
  until timestamptz not null
);

create table audit (
  seq bigserial primary key,
  org text not null,
  message text,
  at timestamptz not null,
  type text not null,
  by text not null,
  -- Canonical JSON of the whole entry, and its SHA-256.
  body text not null,
  digest text not null
);
create index audit_by_message on audit (org, message, seq);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit rows are append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_no_change before update or delete on audit
  for each row execute function audit_is_append_only();
create trigger audit_no_truncate before truncate on audit
  for each statement execute function audit_is_append_only();
