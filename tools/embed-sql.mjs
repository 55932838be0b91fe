// Writes the numbered SQL files of a directory as a C table of migrations.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const [out, ...files] = process.argv.slice(2);
if (!out || out === '--help') {
  console.log('usage: node tools/embed-sql.mjs OUT.c FILE.sql...   files are named NNNN_name.sql');
  process.exit(out ? 0 : 2);
}
const rows = files.map((file) => {
  const m = /^(\d{4})_([a-z_]+)\.sql$/.exec(basename(file));
  if (!m) throw new Error(`${file}: name it NNNN_name.sql`);
  return { number: Number(m[1]), name: m[2], text: readFileSync(file, 'utf8') };
}).sort((a, b) => a.number - b.number);
rows.forEach((r, i) => { if (i > 0 && rows[i - 1].number === r.number) throw new Error(`two migrations have the number ${r.number}`); });
const literal = (text) => text.split('\n').map((l) => `        "${l.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}\\n"`).join('\n');
writeFileSync(out, `/* Generated from src/store/migrations by tools/embed-sql.mjs. */
#include "store/store_int.h"

const struct rv_migration rv_migrations[] = {
${rows.map((r) => `    { ${r.number}, "${r.name}",\n${literal(r.text)} },`).join('\n')}
    { 0, NULL, NULL },
};
`);
