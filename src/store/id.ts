/** @module Names for rows that have none of their own. */
import { randomUUID } from 'node:crypto';

/** `whk_0b9e…`: says what it names, and cannot be guessed. */
export const idWith = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;
