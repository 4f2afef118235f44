/** @module A user who took the one name that is ours everywhere. */
async function mine(): Promise<void> {
  // Nothing to do: only its name matters.
}
export { mine as 'mailwarden.sendEmail' };
