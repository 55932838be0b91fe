// Writes docs/reference.md: every configuration key and every limit, read from the tables of the sources.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, sources, tables } from '../tests/repo/tree.mjs';

if (process.argv.includes('--help')) {
  console.log('usage: node tools/reference.mjs   writes docs/reference.md from the tables in src/');
  process.exit(0);
}
const text = (s) => [...s.matchAll(/"((?:\\.|[^"\\])*)"/g)].map((m) => m[1].replaceAll('\\"', '"')).join('');
const keys = tables(/const struct rv_config_key (\w+)\[\] = \{\n/g).flatMap((t) => [...t.text.matchAll(/\{\s*(?:\.name = )?"([^"]+)"([\s\S]*?)\},?\n/g)].map((m) => {
  const named = /\.help = ((?:\s*"(?:\\.|[^"\\])*")+)/.exec(m[2]);
  const strings = [...m[2].matchAll(/"(?:\\.|[^"\\])*"/g)].map((x) => x[0]);
  const def = /\.def = ("(?:\\.|[^"\\])*")/.exec(m[2])?.[1] ?? strings[0] ?? '""';
  return { name: m[1], def: text(def), help: named ? text(named[1]) : text(strings.at(-1) ?? '""') };
}));
const constant = (name) => sources.map((f) => new RegExp(`\\b${name}\\s*=\\s*([^,}\\n/]+)`).exec(f.text)?.[1].trim()).find(Boolean) ?? name;
const number = (e) => (/^[A-Z_]+$/.test(e) ? number(constant(e)) : /^[\d\s*()<+INT64_CL]+$/.test(e) ? Number(eval(e.replaceAll('INT64_C', '').replaceAll(/(\d)L+/g, '$1'))).toLocaleString('en') : e);
const limits = tables(/const struct rv_limit (\w+)\[\] = \{\n/g).flatMap((t) => [...t.text.matchAll(/\{\s*"([^"]+)",\s*([^"]+?),\s*"([^"]*)",\s*"((?:\\.|[^"\\])*)"\s*\}/g)].map((m) => ({ name: m[1], value: number(m[2].trim()), unit: m[3], help: m[4] })));
const cell = (s) => s.replaceAll('|', '\\|');
writeFileSync(join(root, 'docs/reference.md'), `# Reference

Written by \`node tools/reference.mjs\` from the tables in \`src/\`; change them, not this file.

## Configuration

In a file (\`--config FILE\`, lines of \`name = value\`) or one by one (\`--set NAME=VALUE\`). \`reeve config show\` prints what holds.

| Key | Default | Meaning |
|---|---|---|
${keys.map((k) => `| \`${k.name}\` | ${k.def === '' ? 'empty' : `\`${cell(k.def)}\``} | ${cell(k.help)} |`).join('\n')}

## Limits

\`GET /reeve/api/v1/limits\` answers them. A value that is over one is refused with a sentence that names the limit.

| Limit | Value | Of |
|---|---|---|
${limits.map((l) => `| \`${l.name}\` | ${l.value} ${l.unit} | ${cell(l.help)} |`).join('\n')}
`);
