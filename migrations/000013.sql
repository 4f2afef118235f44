-- Every policy that held, which of them judged, and what somebody asks to loosen.

create table policy_versions (
  org text not null,
  id text not null,
  -- Null is the org's.
  mailbox text,
  -- Of the mailbox, or of the org: 1, 2, …
  number integer not null,
  -- As it was written: a merge patch (RFC 7396).
  patch text not null,
  -- Of the policy that held from then on: see policy_documents.
  digest text not null,
  by text not null,
  why text,
  created_at timestamptz not null,
  primary key (org, id)
);
create unique index policy_versions_numbered on policy_versions (org, coalesce(mailbox, ''), number);
create index policy_versions_newest on policy_versions (org, created_at, id);

-- What a digest stands for, written when it first judges an email: the org's policy, the mailbox's and the defaults of
-- this version of Mailwarden, put together.
create table policy_documents (
  org text not null,
  -- `org` where it is the org's policy alone.
  mailbox text not null,
  digest text not null,
  document text not null,
  created_at timestamptz not null,
  primary key (org, digest, mailbox)
);

create function policy_is_immutable() returns trigger language plpgsql as $$
begin
  raise exception 'what a policy was does not change' using errcode = 'insufficient_privilege';
end
$$;
create trigger policy_versions_no_change before update or delete on policy_versions
  for each row execute function policy_is_immutable();
create trigger policy_versions_no_truncate before truncate on policy_versions
  for each statement execute function policy_is_immutable();
create trigger policy_documents_no_change before update or delete on policy_documents
  for each row execute function policy_is_immutable();
create trigger policy_documents_no_truncate before truncate on policy_documents
  for each statement execute function policy_is_immutable();

-- A loosening that waits for a person, or what one said of it.
create table policy_changes (
  org text not null,
  id text not null,
  mailbox text not null,
  -- All that the mailbox would say itself.
  patch text not null,
  -- Digest of the policy that it was asked of; any other makes it stale.
  based_on text not null,
  -- What it loosens: ["limits.hourly"].
  fields text not null,
  why text,
  by text not null,
  key text,
  status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'stale')),
  decided_by text,
  comment text,
  decided_at timestamptz,
  created_at timestamptz not null,
  primary key (org, id)
);
create index policy_changes_newest on policy_changes (org, created_at, id);
create index policy_changes_pending on policy_changes (org, mailbox) where status = 'pending';
