-- The one provider by which this email may go: whoever tries a provider out means that one.
alter table messages add column via text;
