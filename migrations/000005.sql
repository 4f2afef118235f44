-- Drafts: requests that are still being written. Their content is the caller's text and stands nowhere else.
create table drafts (
  org text not null,
  id text primary key,
  mailbox text not null,
  mode text not null check (mode in ('live', 'test')),
  -- `submitting`: frozen, and not known yet whether the email was accepted.
  status text not null check (status in ('open', 'submitting', 'submitted')),
  -- What a list shows: recipients and subject. JSON, as is the rest.
  head text not null,
  rest text not null,
  -- Raised by every write.
  version integer not null,
  -- While frozen: the version that was submitted, which is part of the email's key, and the time that submit gave.
  submitted_version integer,
  send_at timestamptz,
  message text,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((status = 'open') = (submitted_version is null)),
  foreign key (mailbox) references mailboxes (id)
);
create index drafts_by_age on drafts (org, mode, created_at, id);
create index drafts_by_mailbox on drafts (org, mode, mailbox, created_at, id);
create index drafts_unsent on drafts (org, mode, mailbox) where status <> 'submitted';

-- The answers to calls with an Idempotency-Key, for a day. Sealed: one may hold a secret.
create table kept_answers (
  org text not null,
  -- The API key of the caller: what one key was told is not told to another.
  caller text not null,
  operation text not null,
  key text not null,
  request_hash text not null,
  -- The call that is under way, and until when nobody else may try; the answer once there is one.
  holder text not null,
  lease_until timestamptz not null,
  answer text,
  expires_at timestamptz not null,
  primary key (org, caller, operation, key)
);
create index kept_answers_by_expiry on kept_answers (expires_at);
