// Writes the descriptions of connectors (src/connectors/described/*.json) as C tables of cards and connectors.
// A description that cannot work ends the build with a sentence: unknown members, unknown names, pins that are not there.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const [out, ...files] = process.argv.slice(2);
if (!out || out === '--help') {
  console.log('usage: node tools/embed-connectors.mjs OUT.c FILE.json...   what may stand in a file: docs/connectors.md');
  process.exit(out ? 0 : 2);
}
const fail = (file, sentence) => { throw new Error(`${basename(file)}: ${sentence}`); };
const only = (file, where, object, allowed) => {
  for (const k of Object.keys(object)) if (!allowed.includes(k)) fail(file, `${where} has no member "${k}"; it may have ${allowed.join(', ')}`);
};
const quote = (s) => typeof s !== "string" ? fail("a description", `a text is missing: ${JSON.stringify(s)}`) : `"${s.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
// Long texts in pieces: a line of the generated file stays readable, and "??" is no trigraph.
const long = (s) => (s.match(/[\s\S]{1,120}/g) ?? ['']).map((p) => quote(p).replaceAll('?', '\\?')).join('\n        ');
const types = { any: 'RV_T_ANY', text: 'RV_T_TEXT', number: 'RV_T_NUM', boolean: 'RV_T_BOOL', date: 'RV_T_DATE', object: 'RV_T_OBJECT', file: 'RV_T_FILE', flow: 'RV_T_FLOW' };
const tables = [];
const choices = new Map();
const choiceTable = (list) => {
  if (!list) return 'NULL';
  const body = list.map((c) => `{ ${quote(c)}, ${quote(c)} }`).join(', ');
  if (!choices.has(body)) choices.set(body, `choices_${choices.size + 1}`);
  return choices.get(body);
};

// "To: text[]*" in group "Email": key, type, list, required; {"key", "label", "type", "help", "choices", "value"} says more.
const pin = (file, group, p) => {
  const m = typeof p === 'string' ? /^(.*?)(?:: ([a-z]+)(\[\])?)?(\*)?$/.exec(p) : null;
  const o = m ? { key: m[1], type: m[2] ?? 'text', list: !!m[3], required: !!m[4] } : { type: 'text', ...p };
  only(file, `the field ${o.key}`, o, ['key', 'label', 'type', 'list', 'required', 'help', 'choices', 'value']);
  if (!types[o.type]) fail(file, `the field ${o.key} has the unknown type ${o.type}`);
  return { group, label: o.key, help: o.label ?? o.key, ...o };
};
const pins = (file, groups) => Object.entries(groups ?? {}).flatMap(([g, list]) => list.map((p) => pin(file, g || null, p)));
const pinC = (p, option) => {
  const flags = [p.required && 'RV_PIN_REQUIRED', p.list && 'RV_PIN_LIST', option && 'RV_PIN_OPTION'].filter(Boolean).join(' | ') || '0';
  return `{ ${p.group === null ? 'NULL' : quote(p.group)}, ${quote(p.key)}, ${quote(p.label)}, ${types[p.type]}, ${flags}, ${p.value === undefined ? 'NULL' : quote(JSON.stringify(p.value))}, ${choiceTable(p.choices)}, ${quote(p.help)} }`;
};

const named = (t) => {
  const found = [];
  const walk = (v) => {
    if (typeof v === 'string') for (const m of v.matchAll(/\{\{(.*?)\}\}/g)) found.push(m[1]);
    else if (v && typeof v === 'object') {
      if (v.$if) found.push(...Object.keys(v.$if));
      Object.values(v).forEach(walk);
    }
  };
  walk(t);
  return found;
};
const paging = ['items', 'limit', 'next'];
const requestMembers = ['method', 'path', 'url', 'query', 'headers', 'json', 'form', 'body', 'raw', 'file', 'accept', 'as', 'when', 'request'];

function checkNames(file, action, spec, inputs, options) {
  const keys = new Set(inputs.map((p) => `${p.group ?? ''}:${p.key}`));
  const optionKeys = new Set(options.map((p) => p.key));
  const fields = new Set(spec.auth.flatMap((a) => (a.fields ?? []).map((f) => f.key)));
  const conditions = (action.cases ?? []).flatMap((c) => Object.keys(c.when ?? {}));
  for (const n of [...named(action.request), ...named(action.cases), ...named(action.steps), ...named(action.each), ...named(action.out), ...named(action.rest), ...conditions]) {
    const rest = n.slice(n.indexOf(':') + 1);
    const known = /^(auth|effectId|items|count|status|text|each)$/.test(n) || /^(item|each|body|headers)(\.|$)/.test(n) || /^\d\./.test(n)
      || (n.startsWith('option:') ? optionKeys.has(rest) : n.startsWith('connection:') ? fields.has(rest) : n.startsWith('constant:') ? spec.constants?.[rest] !== undefined : n.startsWith('group:') || n.startsWith('outputs:') ? true : keys.has(n));
    if (!known) fail(file, `${action.key}: nothing is called {{${n}}}`);
  }
}

function cardOf(file, spec, a) {
  only(file, a.key ?? 'an action', a, ['key', 'label', 'help', 'options', 'in', 'out', 'outputs', 'request', 'cases', 'steps', 'page', 'rest', 'each', 'once', 'userGroup', 'userPins', 'timeout', 'optional']);
  for (const k of ['key', 'label', 'help']) if (!a[k]) fail(file, `an action lacks "${k}": ${JSON.stringify(a).slice(0, 80)}`);
  const requests = [a.request, ...(a.cases ?? []).map((c) => c.request ?? c), ...(a.steps ?? [])].filter(Boolean);
  for (const r of requests) only(file, `${a.key}: a request`, r, requestMembers);
  if (a.page) only(file, `${a.key}: page`, a.page, paging);
  const options = (a.options ?? []).map((o) => pin(file, 'parameters', { value: o.choices?.[0], ...o }));
  const streams = a.options?.find((o) => o.key === 'resultSet')?.choices?.some((c) => c.startsWith('Stream'));
  const inputs = [...pins(file, a.in), ...(streams ? [pin(file, 'Streaming', { key: 'Flow', type: 'flow', help: 'helper flow that is called for each record, with Record and State' })] : [])];
  const outputs = pins(file, Object.fromEntries(Object.entries(a.out ?? {}).map(([g, o]) => [g, Object.keys(o).map((k) => {
    const m = /^(.*?)(?:: ([a-z]+)(\[\])?)?$/.exec(k);
    return { key: m[1], type: m[2] ?? 'text', list: !!m[3] };
  })])));
  const map = Object.fromEntries(Object.entries(a.out ?? {}).flatMap(([g, o]) => Object.entries(o).map(([k, v]) => [`${g}:${k.replace(/: [a-z]+(\[\])?$/, '')}`, v])));
  checkNames(file, { ...a, out: map }, spec, inputs, options);
  const sends = requests.some((r) => /^(POST|PATCH|\{\{)/.test(r.method ?? 'GET'));
  const run = Object.fromEntries(Object.entries({ request: a.request, cases: a.cases, steps: a.steps, page: a.page, rest: a.rest, each: a.each, out: map }).filter(([, v]) => v !== undefined));
  const list = [...inputs.map((p) => pinC(p, false)), ...options.map((p) => pinC(p, true))];
  const userPins = a.userPins ?? (a.userGroup ? 'RV_USER_OUTPUTS' : null);
  return `    {
        .name = ${quote(`${spec.connector}:${a.key}`)}, .label = ${quote(a.label)}, .category = ${quote(spec.name)}, .connector = ${quote(spec.connector)},
        .help = ${quote(a.help)},
        .kind = RV_CARD_EFFECT, .timeout_ms = ${a.timeout ?? 30000}, .run = rv_described_run,${(a.once ?? sends) ? ' .once = true,' : ''}${spec.optional ? ' .connection_optional = true,' : ''}${userPins ? ` .user_pins = ${userPins}, .user_group = ${quote(a.userGroup)},` : ''}
${list.length ? `        .in = RV_PINS(${list.join(',\n                      ')}),\n` : ''}${outputs.length ? `        .out = RV_PINS(${outputs.map((p) => pinC(p, false)).join(',\n                       ')}),\n` : ''}        .spec =
        ${long(JSON.stringify(run))},
    },`;
}

const fieldMembers = ['key', 'label', 'secret', 'required', 'long', 'value', 'choices', 'help'];
function fieldC(file, f) {
  only(file, `the connection's field ${f.key}`, f, fieldMembers);
  for (const k of ['key', 'label', 'help']) if (!f[k]) fail(file, `a connection's field lacks "${k}": ${JSON.stringify(f)}`);
  const flags = [f.required && 'RV_FIELD_REQUIRED', f.secret && 'RV_FIELD_SECRET', f.long && 'RV_FIELD_LONG'].filter(Boolean).join(' | ') || '0';
  return `{ ${quote(f.key)}, ${quote(f.label)}, ${flags}, ${f.value === undefined ? 'NULL' : quote(f.value)}, ${choiceTable(f.choices)}, ${quote(f.help)} }`;
}
const plain = { key: 'plainHttp', label: 'Plain HTTP', value: 'No', choices: ['No', 'Yes'], help: 'Allows addresses that begin with http://; what is sent there can be read on the way.' };
const authMembers = ['kind', 'label', 'help', 'fields', 'headers', 'basic', 'query', 'token', 'base', 'test'];

const connectors = [];
const cards = [];
for (const file of files.toSorted()) {
  const spec = JSON.parse(readFileSync(file, 'utf8'));
  only(file, 'a description', spec, ['connector', 'name', 'help', 'base', 'hosts', 'headers', 'optional', 'fail', 'test', 'constants', 'auth', 'fields', 'actions']);
  if (`${spec.connector}.json` !== basename(file)) fail(file, `the file of the connector ${spec.connector} is called ${spec.connector}.json`);
  const own = spec.base && !spec.base.includes('{{') ? [{ key: 'base', label: 'Base address', help: `Only when the service is reached elsewhere; empty: ${spec.base}` }] : [];
  for (const a of spec.auth) {
    only(file, `the authentication ${a.kind}`, a, authMembers);
    a.fields = [...(a.fields ?? []), ...(spec.fields ?? []), ...(a.base ? [] : own), plain];
    const known = new Set(a.fields.map((f) => f.key));
    for (const n of [...named(a.headers), ...named(a.basic), ...named(a.query), ...named(a.token), ...named(a.base), ...named(a.base ? null : spec.base)]) if (!known.has(n)) fail(file, `${a.kind}: the connection has no field {{${n}}}`);
  }
  const id = `c${connectors.length + 1}`;
  tables.push(...spec.auth.map((a, i) => `static const struct rv_auth_field ${id}_fields_${i + 1}[] = {\n${a.fields.map((f) => `    ${fieldC(file, f)},`).join('\n')}\n    { .key = NULL },\n};`));
  tables.push(`static const struct rv_auth ${id}_auths[] = {\n${spec.auth.map((a, i) => `    { ${quote(a.kind)}, ${quote(a.label)}, ${quote(a.help)}, ${id}_fields_${i + 1} },`).join('\n')}\n    { .kind = NULL },\n};`);
  const seen = { base: spec.base, hosts: spec.hosts, headers: spec.headers, fail: spec.fail, test: spec.test, constants: spec.constants,
    auths: Object.fromEntries(spec.auth.map((a) => [a.kind, Object.fromEntries(['headers', 'basic', 'query', 'token', 'base', 'test'].filter((k) => a[k] !== undefined).map((k) => [k, a[k]]))])) };
  connectors.push(`    {
        .name = ${quote(spec.connector)}, .label = ${quote(spec.name)}, .help = ${quote(spec.help)}, .auths = ${id}_auths,
        .check = rv_described_check, .test = rv_described_test, .spec =
        ${long(JSON.stringify(seen))},
    },`);
  cards.push(...(spec.actions ?? []).map((a) => cardOf(file, spec, a)));
}
writeFileSync(out, `/* Generated from src/connectors/described by tools/embed-connectors.mjs. */
#include "connectors/connectors_int.h"

${[...choices].map(([body, name]) => `static const struct rv_choice ${name}[] = { ${body}, { NULL, NULL } };`).join('\n')}
${tables.join('\n')}
const struct rv_card rv_cards_described[] = {
${cards.join('\n')}
    { .name = NULL },
};
const struct rv_connector rv_connectors_described[] = {
${connectors.join('\n')}
    { .name = NULL },
};
`);
