/** @module The one function of tr46 that we use; the package comes without types. */
declare module 'tr46' {
  /** UTS-46 processing; null where the domain is not valid. */
  export function toASCII(
    domain: string,
    options?: { checkHyphens?: boolean; useSTD3ASCIIRules?: boolean; transitionalProcessing?: boolean },
  ): string | null;
}
