/** @module The run's Temporal server is what the tests take it for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectTemporal, type TemporalAccess } from '../support/temporal.js';

let temporal: TemporalAccess;
beforeAll(async () => {
  temporal = await connectTemporal();
});
afterAll(() => temporal.close());

test('the server of the run knows the search attribute MailwardenStatus', async () => {
  const { customAttributes } = await temporal.client.connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  expect(Object.keys(customAttributes)).toContain('MailwardenStatus');
});
