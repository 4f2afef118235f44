/** @module Addresses of a role and not of a person (RFC 2142 and what is common beside it). Pure. */

const ROLES = new Set([
  ...[
    'abuse',
    'admin',
    'administrator',
    'billing',
    'contact',
    'enquiries',
    'feedback',
    'ftp',
    'hello',
    'help',
  ],
  ...[
    'hostmaster',
    'hr',
    'info',
    'inquiries',
    'jobs',
    'legal',
    'mailer-daemon',
    'marketing',
    'media',
    'news',
  ],
  ...['no-reply', 'noc', 'noreply', 'office', 'orders', 'postmaster', 'press', 'privacy', 'root', 'sales'],
  ...['security', 'service', 'spam', 'support', 'team', 'unsubscribe', 'usenet', 'uucp', 'webmaster', 'www'],
]);

/** Whether nobody in particular reads it, or everybody: such mail is reported as unwanted more often. */
export function isRole(address: string): boolean {
  const [local = ''] = address.slice(0, address.lastIndexOf('@')).toLowerCase().split('+');
  return ROLES.has(local);
}
