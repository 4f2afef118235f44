-- Policy of the org beside that of each mailbox.

-- An org without a row has no settings of its own.
create table orgs (
  org text primary key,
  status text not null default 'active' check (status in ('active', 'paused')),
  -- A merge patch (RFC 7396) on the policy that comes with Mailwarden; a mailbox's is one on the org's.
  policy text not null default '{}',
  -- Raised by every change.
  version integer not null default 1,
  updated_at timestamptz not null
);

-- What policy looks at of the key that an email came with.
alter table keys
  add column status text not null default 'active' check (status in ('active', 'paused')),
  -- Null is every category.
  add column categories text;
create index recipients_hard_bounced on recipients (org, mode, address_key) where bounce = 'hard';

-- What a mailbox said until now was all of a policy; what in it is as it was by default nobody had set.
update mailboxes set policy = (
  policy::jsonb
    #- case when policy::jsonb -> 'deny' = '[]' then '{deny}' else '{-}' end::text[]
    #- case when policy::jsonb -> 'onSuppressed' = '"deny"' then '{onSuppressed}' else '{-}' end::text[]
    #- case when policy::jsonb -> 'undoSeconds' = '0' then '{undoSeconds}' else '{-}' end::text[]
    #- case when policy::jsonb -> 'approvalMinutes' = '1440' then '{approvalMinutes}' else '{-}' end::text[]
    #- case when policy::jsonb #> '{limits,hourly}' = '100' then '{limits,hourly}' else '{-}' end::text[]
    #- case when policy::jsonb #> '{limits,daily}' = '500' then '{limits,daily}' else '{-}' end::text[]
    #- case when policy::jsonb #> '{limits,onLimit}' = '"deny"' then '{limits,onLimit}' else '{-}' end::text[]
)::text;
