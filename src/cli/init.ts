/**
 * @module `mailwarden init`: writes a mailwarden.yaml that says every setting, with its default.
 */
import type { Command } from 'commander';
import { UsageError, type Io } from './io.js';

/** Every setting of src/config.ts; a test holds the two together. */
export const TEMPLATE = `# Settings of Mailwarden. Point MAILWARDEN_CONFIG to this file.
# Everything here is a default: delete what you don't change.
# Secrets stand here only as \${VARIABLE} or file:/path/to/secret.
# Times are written as 200ms, 30s, 15m, 72h or 7d.

http:
  # The address to bind. A public one needs tls, or insecure: true where something else encrypts.
  host: 127.0.0.1
  port: 8025
  # Host names besides the bound one that requests may name.
  allowedHosts: []
  # Where people reach this server; default: the bound address.
  # publicUrl: https://mail.example.com
  # tls: { cert: /etc/mailwarden/cert.pem, key: /etc/mailwarden/key.pem }
  insecure: false
  # Of each key, at each server process; what goes beyond it is answered 429.
  rateLimit: { perSecond: 50, burst: 100 }
  # Sites whose pages may call the API from a browser, such as https://app.example.com.
  corsOrigins: []
  # A proxy in front puts the client's address last in X-Forwarded-For.
  trustProxy: false
  # At once; further ones are closed.
  maxConnections: 1024

# Which server the commands of the CLI ask, and with which key.
client:
  url: http://127.0.0.1:8025
  # apiKey: \${MAILWARDEN_API_KEY}

# PostgreSQL; \`mailwarden dev\` brings its own database.
# databaseUrl: \${DATABASE_URL}

# Temporal's address, namespace and credentials are set as for every Temporal client:
# TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, or a profile.
taskQueue: mailwarden

# Who carries the mail, in order of preference.
providers: []
# providers:
#   - name: smtp
#     type: smtp
#     url: \${MAILWARDEN_SMTP_URL}   # smtp://user:password@host:587
#     # Share of the first tries; 0 is never first.
#     weight: 100
#     # Only after the others failed.
#     failover: false
#     # Of its webhook, /v1/hooks/smtp; without one its reports are refused.
#     webhookSecret: \${MAILWARDEN_SMTP_WEBHOOK_SECRET}
#     # Tries at this provider before the next one.
#     retry: { maximumAttempts: 3, initialInterval: 1s, backoffCoefficient: 2, maximumInterval: 30s }
#     # Emails per second, over all workers; what has to wait waits 30m before another provider is asked.
#     # rateLimit: { perSecond: 20 }
#     # scheduleToStart: in a queue that nobody polls. startToClose: one try. heartbeat: silence of a worker
#     # that died. scheduleToClose: all tries.
#     timeouts: { scheduleToStart: 1m, startToClose: 2m, heartbeat: 15s, scheduleToClose: 15m }

approval:
  # Which Temporal signals decide: any, signed (they carry a token), or off.
  signals: signed

delivery:
  # Waits between rounds through providers that all refused; the last one repeats.
  roundBackoff: [1m, 5m, 15m, 30m, 1h]
  # After this, what could not be sent has failed.
  giveUpAfter: 24h
  # Whether DNS is asked, before an email is accepted, if its recipients' domains take mail; false where this server's
  # DNS knows only its own network.
  checkDomains: true
  # Which refusals let the next provider try. One more is refused: content that a provider does not want.
  failoverTriggers: [5xx_errors, timeout, rate_limit_exceeded, quota, config]
  # The first that fits an email is its route; without one, every provider. A mailbox's own route wins.
  routes: []
  # routes:
  #   - mailboxes: [agent@example.com]
  #     categories: [transactional, conversational]
  #     recipientDomains: [x.example, "*.y.example"]   # of each recipient
  #     failoverTriggers: [5xx_errors, timeout]
  #     providers:
  #       - { name: primary, provider: resend, weight: 80 }
  #       - { name: secondary, provider: postmark, weight: 20 }
  #       - { name: backup, provider: ses, failover: true }
  # Of each provider and sending domain: so many failures in a row, within that time, and nothing goes there
  # but a probe after openFor, which doubles up to longest while probes fail.
  breaker: { failures: 5, within: 60s, openFor: 30s, longest: 10m }
  # Where nobody knows whether an email was sent: hold (a lookup, a report or a person settles it), retry_same (once
  # more at a provider that deduplicates), or failover (the next provider; it may arrive twice).
  onUnknown: { transactional: hold, conversational: hold, commercial: hold }
  # lookups: how long after the try its provider is asked. retries: of retry_same. People are told after alertAfter,
  # and at the deadline for the last time.
  unknown: { lookups: [1m, 5m, 15m], retries: [1m, 5m, 15m], alertAfter: 15m, deadline: 24h, interval: 5s }

feedback:
  # How long a sent email listens for reports; 0s is not at all.
  window: 72h

bounceHandling:
  # There is no other way: a hard bounce stops the next email to that address.
  hardBounces: suppress_immediately
  # maxRetries: new tries of one email at one recipient, backoffMinutes apart; after that its soft bounce is final.
  # suppressAfter: so many final ones in a row, over all emails, suppress the address; a delivery begins anew.
  softBounces: { maxRetries: 3, backoffMinutes: [15, 60, 240], suppressAfter: 3 }
  # suppress_and_investigate, or suppress: without an investigation for a person to look into.
  complaints: suppress_and_investigate

dedupe:
  # A send without a key is the same email as an equal one within this time.
  window: 10m

events:
  # How often a worker looks for events to publish, and a server for what was published.
  interval: 200ms
  # Events are deleted when they are this old: so far back goes a replay.
  keepFor: 30d

webhooks:
  # Whether endpoints may be http and at private addresses: only where all who can make one are trusted.
  allowPrivate: false
  # How often a worker looks for deliveries.
  interval: 200ms
  # How long an endpoint may take to answer.
  timeout: 15s

sweep:
  # How often lost and stuck emails are looked for, by one worker of all.
  interval: 1m
  # An email is looked at once nothing happened to it for this long, and again ever more seldom.
  quietFor: 2m

# kid:base64url(32 bytes); the first seals, all of them open. \`mailwarden dev\` makes its own.
sealKeys: []
# sealKeys: ["\${MAILWARDEN_SEAL_KEY}"]
`;

export function registerInit(program: Command, io: Io): void {
  program
    .command('init')
    .description('write a mailwarden.yaml with every setting and its default')
    .option('--file <path>', 'where to', 'mailwarden.yaml')
    .action(({ file }: { file: string }) => {
      try {
        io.writeNewFile(file, TEMPLATE);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        throw new UsageError(`${file} is there already and was left alone; give another --file`);
      }
      io.stdout(`Wrote ${file}. Use it with MAILWARDEN_CONFIG=${file}\n`);
    });
}
