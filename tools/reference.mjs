// Writes docs/reference.md: every configuration key, every limit and every permission that is asked for, read from the tables of the sources.
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
const source = (path) => sources.find((f) => f.path === path).text;
const words = Object.fromEntries([...source('src/org/permission.c').matchAll(/^#define (\w+) (.+)$/gm)].map((m) => [m[1], m[2]]));
const spelled = (s) => s.replaceAll(/"[^"]*"|\b[A-Z]+\b/g, (w) => (w[0] === '"' ? w : words[w] ? spelled(words[w]) : w)).replaceAll(/"\s*"/g, '');
const asked = new Set([...source('src/org/actions.h').matchAll(/X\(\w+,\s*"([^"]+)"/g)].map((m) => m[1]));
const covers = { USERS: 'people', GROUPS: 'groups', APPS: 'applications', IAM: 'administration', DELEGATED: 'flows', FLOWS: 'flows, folders', CONNECTIONS: 'connections', TABLES: 'tables, folders', ORG: 'the organisation' };
const permissions = [...source('src/org/permission.c').matchAll(/\{ ([^{}]+?),\s*RV_COVER_(\w+), (true|false),[^{}]*\}/g)].map((m) => {
  const [name, label] = [...spelled(m[1]).matchAll(/"([^"]*)"/g)].map((x) => x[1]);
  return { name, label, cover: covers[m[2]], by: m[3] === 'true' ? 'custom and standard roles' : 'standard roles' };
}).filter((p) => asked.has(p.name) || p.name === 'okta.users.manage');
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

## Permissions

An administrator role is a set of these. A custom role gets them for the objects of a resource set, and only together with one; the standard
roles hold theirs for everything; a super administrator holds all. \`manage\` and \`edit\` include the matching \`read\`, \`okta.workflows.invoke\`
includes \`okta.workflows.read\`, \`okta.users.manage\` includes all other permissions on people but those on API tokens.

| Permission | Meaning | Acts on | Held by |
|---|---|---|---|
${permissions.map((p) => `| \`${p.name}\` | ${cell(p.label)} | ${p.cover} | ${p.by} |`).join('\n')}

Further names of the public API are accepted in custom roles and kept; nothing of Reeve asks for them.

A resource set names objects by URL or by resource name: \`orn:okta:workflow:{org}:flows\` is every delegated flow, also those made later,
\`orn:okta:workflow:{org}:flows:{id}\` one flow; \`…:folders:{id}\` all that lies in a folder, for the \`reeve.*\` permissions; \`…:connections[:{id}]\`,
\`…:tables[:{id}]\`; \`orn:okta:directory:{org}:users\`, \`…:groups\`, \`…:groups:{id}\`, \`…:groups:{id}:contained_resources\` (the people in a group);
\`orn:okta:idp:{org}:apps\`, \`…:apps:{name}\`, \`…:apps:{name}:{id}\`; \`orn:okta:iam:{org}:contained_resources\`.

Nobody ends with more rights than before: only super administrators give and take roles; nobody changes an assignment that names themselves or
a group they are in; the last active super administrator stays; whoever is less than a super administrator changes neither other administrators
nor the members of a group that carries a role; in a browser, these commands need a sign-in of the last 15 minutes.
`);
