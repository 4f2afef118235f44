-- Whether a bounce is older than the removal of the suppression that it led to; see src/store/facts/history.ts.

create index suppressions_removed on suppressions (org, mode, address_key, removed_at) where removed_at is not null;

-- Emails that were edited, whose earlier revisions may name whom an edit took out; see src/store/former-recipients.ts.
create index revisions_edited on revisions (org, message) where revision > 1;
