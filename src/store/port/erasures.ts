/** @module The store's port for people who ask to be forgotten. */

export interface ErasureRow {
  id: string;
  /** Nothing of them is left that an erasure takes away. */
  finished: boolean;
  /** Emails and drafts whose content is gone. */
  messages: number;
  drafts: number;
}

export interface ErasureStore {
  /** Emails to them that are not closed, at most `limit`: nobody erases what is under way. */
  openMessagesTo(asked: { org: string; address: string; limit: number }): Promise<string[]>;
  /**
   * Takes away some of what is known of them, at most `limit` emails; again until `finished`. What is under way stays,
   * and with it the erasure.
   */
  eraseSome(asked: { org: string; address: string; by: string; limit: number }): Promise<ErasureRow>;
}
