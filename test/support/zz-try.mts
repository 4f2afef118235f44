import { startPostgres } from '/work/main/test/support/postgres.js';
const t=Date.now(); const p = await startPostgres(); console.log('up', Date.now()-t, p.port); console.log(await p.database('a')); const s=Date.now(); await p.stop(); console.log('down', Date.now()-s);
