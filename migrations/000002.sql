-- The event log: what the outside is told. No address and no text stands in it.

-- Written by each transaction that has something to tell, and emptied by the publisher. `seq` is taken under the lock
-- of the message, so it is in order for each message; but of two messages the later may commit first.
create table outbox (
  seq bigserial primary key,
  org text not null,
  id text not null,
  type text not null,
  mode text not null check (mode in ('live', 'test')),
  mailbox text,
  message text,
  recipient integer,
  reason text,
  smtp_status text,
  suppression text,
  created_at timestamptz not null
);

-- The last position that was given. One row, whose lock makes one publisher of many.
create table event_log (
  last bigint not null
);
create unique index event_log_is_one_row on event_log ((true));
insert into event_log (last) values (0);

-- Positions have no gap, and an event of a lower one is never seen later.
create table events (
  position bigint primary key,
  org text not null,
  id text not null unique,
  type text not null,
  mode text not null,
  mailbox text,
  message text,
  recipient integer,
  reason text,
  smtp_status text,
  suppression text,
  created_at timestamptz not null
);
create index events_in_order on events (org, mode, position);
create index events_by_mailbox on events (org, mode, mailbox, position);
create index events_by_type on events (org, mode, type, position);
create index events_by_message on events (message, position) where message is not null;
create index events_by_age on events (org, created_at);
