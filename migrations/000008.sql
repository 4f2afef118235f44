--! breaking
-- What providers report later, and what follows from it.

-- Tokens of webhooks whose signature does not cover the body: each is good for one body only. No tenant: a provider's
-- webhook is about the mail of all of them.
create table hook_tokens (
  provider text not null,
  -- SHA-256 of the token and of the body that came with it.
  token text not null,
  body text not null,
  expires_at timestamptz not null,
  primary key (provider, token)
);
create index hook_tokens_by_expiry on hook_tokens (expires_at);

-- How many emails in a row bounced softly for good at an address. A delivery deletes the row, and so does the
-- suppression that too many lead to.
create table soft_bounces (
  org text not null,
  mode text not null check (mode in ('live', 'test')),
  address_key text not null,
  finals integer not null,
  updated_at timestamptz not null,
  primary key (org, mode, address_key)
);

-- The class of the bounce that ended it: hard, soft, block.
alter table recipients add column bounce text;

-- An open or a click that is no person's; a complaint that says the opposite.
alter table reports
  add column machine boolean not null default false,
  add column not_spam boolean not null default false;

-- Who unsubscribed may still get transactional email, so that is a row beside any other: neither hides the other.
drop index suppressions_active;
create unique index suppressions_active
  on suppressions (org, mode, address_key, scope, coalesce(mailbox, ''), (reason = 'unsubscribe'))
  where removed_at is null;

-- What a person has to look into.
create table investigations (
  org text not null,
  id text primary key,
  mode text not null check (mode in ('live', 'test')),
  kind text not null check (kind in ('complaint', 'block')),
  status text not null check (status in ('open', 'assigned', 'resolved')),
  mailbox text not null,
  provider text not null,
  -- The email that it began with, and which of its recipients.
  message text not null references messages (id),
  recipient integer not null,
  smtp_status text,
  -- How many reports it stands for, and when the last one came.
  reports integer not null,
  last_report_at timestamptz not null,
  assignee text,
  -- A person's own words.
  finding text,
  resolved_by text,
  resolved_at timestamptz,
  -- Raised by every change that somebody made.
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((status = 'resolved') = (resolved_at is not null))
);
create unique index investigations_of_complaints on investigations (message, recipient) where kind = 'complaint';
create unique index investigations_of_blocks on investigations (org, mode, mailbox, provider)
  where kind = 'block' and status <> 'resolved';
create index investigations_by_age on investigations (org, mode, created_at, id);
create index investigations_by_status on investigations (org, mode, status, created_at, id);

-- The investigation that an event is about.
alter table outbox add column investigation text;
alter table events add column investigation text;
