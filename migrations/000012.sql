-- How often somebody is written to, and to how many people a mailbox writes.

alter table recipients
  -- Of its message.
  add column mailbox text,
  -- When an email went to them last, or was let through to go at once; null where neither, or where it proved unsent.
  -- What went before this migration is not counted.
  add column counted_at timestamptz;
create index recipients_counted on recipients (org, mode, address_key, counted_at) where counted_at is not null;
create index recipients_counted_by_mailbox on recipients (org, mode, mailbox, counted_at) include (address_key)
  where counted_at is not null;

-- What came back that a sender answers for: see negativeSignals in src/store/facts/signals.ts.
create index reports_negative on reports (org, received_at)
  where message is not null and (type = 'complained' or type = 'bounced');
