/** @module The store on PGlite, in memory. */
import { testStore } from '../support/store.js';
import { storeContract } from '../contracts/store.js';

storeContract('PGlite', testStore, 64);
