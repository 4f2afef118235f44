-- Webhook endpoints of the tenants, and what is delivered to each.

create table webhooks (
  org text not null,
  id text primary key,
  mode text not null check (mode in ('live', 'test')),
  url text not null,
  description text,
  -- Event types; the empty list is all of them.
  types text not null,
  -- Null is every mailbox of the org.
  mailboxes text,
  status text not null check (status in ('active', 'paused', 'disabled')),
  -- Why it was disabled: gone, failing.
  reason text,
  -- Sealed: with the key ring of the doors and workers, never with the database alone, can anything be signed.
  secret text not null,
  -- Signs beside the other one until its time is over.
  previous_secret text,
  previous_until timestamptz,
  -- Raised by every change that somebody made.
  version integer not null,
  -- The first failure after the last success.
  failing_since timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- It is gone for everybody; the row stays until its deliveries are deleted, some at a time.
  deleted_at timestamptz
);
create index webhooks_by_age on webhooks (org, mode, created_at, id) where deleted_at is null;
create index webhooks_deleted on webhooks (deleted_at) where deleted_at is not null;

create table webhook_deliveries (
  org text not null,
  id text primary key,
  webhook text not null references webhooks (id),
  -- Of the event log; of type webhook.ping, in no log.
  event text not null,
  type text not null,
  -- Deliveries about one message to one endpoint go in the order of the log.
  message text,
  position bigint not null,
  status text not null check (status in ('pending', 'delivered', 'dead')),
  tries integer not null,
  -- When it is looked at next: its next try, the end of its lease, or when the one before it may be done.
  next_at timestamptz not null,
  -- Null where nobody is at it.
  lease_until timestamptz,
  -- What the last try came to: the HTTP status that was answered, or a code where none was.
  last_status integer,
  last_error text,
  created_at timestamptz not null,
  finished_at timestamptz,
  unique (webhook, event)
);
create index webhook_deliveries_due on webhook_deliveries (webhook, next_at, position) where status = 'pending';
create index webhook_deliveries_in_order on webhook_deliveries (webhook, message, position)
  where status = 'pending' and message is not null;
create index webhook_deliveries_leased on webhook_deliveries (webhook, lease_until) where lease_until is not null;
create index webhook_deliveries_by_age on webhook_deliveries (webhook, created_at, id);
create index webhook_deliveries_by_status on webhook_deliveries (webhook, status, created_at, id);
create index webhook_deliveries_old on webhook_deliveries (created_at);
