-- Attachments that are uploaded before an email names them; and what the filters of the list of messages need so
-- that a page costs the same however many messages there are.

-- Who may name which bytes: a digest that was uploaded elsewhere is nothing here.
create table uploads (
  org text not null,
  mode text not null check (mode in ('live', 'test')),
  sha256 text not null,
  content_type text not null,
  size integer not null,
  by text not null,
  -- Since when an email names it; null while it counts towards what an org may keep unnamed.
  named_at timestamptz,
  created_at timestamptz not null,
  -- Its blob lives at least as long.
  expires_at timestamptz not null,
  primary key (org, mode, sha256)
);
create index uploads_unnamed on uploads (org) include (mode, sha256, size, expires_at) where named_at is null;
create index uploads_expiring on uploads (expires_at);

-- When their message was made; the default is for a server of before, which does not write it.
alter table recipients add column created_at timestamptz not null default now();
update recipients set created_at = messages.created_at from messages where messages.id = recipients.message;
create index recipients_by_address on recipients (org, mode, lower(address), created_at, message);

create table tags (
  org text not null,
  mode text not null,
  message text not null references messages (id),
  tag text not null,
  -- When the message was made.
  created_at timestamptz not null,
  primary key (message, tag)
);
create index tags_by_age on tags (org, mode, tag, created_at, message);
insert into tags (org, mode, message, tag, created_at)
  select distinct org, mode, id, json_array_elements_text(notes::json -> 'tags'), created_at from messages;

create index messages_by_category on messages (org, mode, category, created_at, id);
