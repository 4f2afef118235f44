-- What is known of the providers: who fails, and who is given no mail for now.

-- A row comes with a failure and goes with a success, so that email which goes its way writes none.
create table breakers (
  org text not null,
  -- The domain that the email is from.
  domain text not null,
  provider text not null,
  -- When the latest failures in a row happened: JSON, milliseconds.
  recent text not null,
  -- Null while it is closed. From `retry_at` on one probe at a time may go.
  opened_at timestamptz,
  retry_at timestamptz,
  -- How often it has opened in a row: each time for longer.
  opens integer not null,
  -- A probe is under way, until then at most.
  probe_until timestamptz,
  -- A code: of the failure that was the last.
  reason text not null,
  primary key (org, domain, provider)
);

-- By hand, and for everybody.
create table drained_providers (
  provider text primary key,
  reason text,
  by text not null,
  at timestamptz not null
);

-- The provider that an event is about.
alter table outbox add column provider text;
alter table events add column provider text;
