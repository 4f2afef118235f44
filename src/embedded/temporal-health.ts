/**
 * @module Whether a Temporal server is ready: it answers for its namespace and knows our search attribute.
 */
import { Connection } from '@temporalio/client';

/** The namespace that the embedded server makes by itself. */
export const NAMESPACE = 'default';
/** Registered at the start of the server, so that its UI can filter by it. */
export const SEARCH_ATTRIBUTE = 'MailwardenStatus';

/** One question may take this long; a dead port would otherwise hold us for 20 s. */
const ASK_TIMEOUT = 1_000;

/** The namespace's id when the server is ready; null when it isn't (yet). */
export async function askHealth(address: string): Promise<string | null> {
  const connection = Connection.lazy({ address, connectTimeout: ASK_TIMEOUT });
  try {
    return await connection.withDeadline(Date.now() + ASK_TIMEOUT, async () => {
      const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: NAMESPACE,
      });
      return SEARCH_ATTRIBUTE in customAttributes ? (namespaceInfo?.id ?? null) : null;
    });
  } catch {
    return null;
  } finally {
    await connection.close();
  }
}
