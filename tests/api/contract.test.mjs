// What the server answers is what the browser application was written for: real answers of every native route that gives
// objects are checked against the types of web/src/api/types.ts, member by member, by the TypeScript compiler.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, firstAdministrator, apiToken, until, root, Client } from '../lib/reeve.mjs';
import { badgeScenario, submitBadge, step, decide, requestWhen, runEnded, N } from '../lib/badge.mjs';

const tsc = join(root, 'web/node_modules/typescript/bin/tsc');
const missing = existsSync(tsc) ? false : 'the packages of web/ are not installed';

/** Every kind of object, out of a request that went through all its steps and one that waits. */
async function collect(s) {
  const lines = [];
  const put = (type, value, what) => lines.push(`export const a${lines.length}: ${type} = ${JSON.stringify(value)}; // ${what}`);
  const admin = await firstAdministrator(s);
  const token = new Client(s.url, { token: await apiToken(admin) });
  const b = await badgeScenario(token, s);
  const one = async (type, path, client = token) => put(`T.${type}`, await client.get(`${N}/${path}`), path);
  const page = async (type, path, client = token) => {
    const p = await client.get(`${N}/${path}`);
    assert.ok(p.data.length > 0, `${path} is empty`);
    put(`T.Page<T.${type}>`, p, path);
  };
  const r = await submitBadge(b);
  put('T.Request', r, 'POST requests');
  put('T.Message', await b.requester.post(`${N}/requests/${r.id}/messages`, { text: 'hello' }), 'POST messages');
  put('T.Task', await decide(b.manager, r, 't1', 'APPROVED', 'fine'), 'POST resolve');
  const now = await requestWhen(token, r.id, (x) => step(x, 'a1').state === 'COMPLETED', 'the action');
  const { runId } = step(now, 'a1');
  await runEnded(token, runId);
  await until(async () => (await token.get(`${N}/requests/${r.id}/activities`)).data.some((a) => a.type === 'WORKFLOW_FINISHED'), 'the line that tells how the run ended');
  const waiting = await submitBadge(b);
  await one('Session', 'session', admin);
  await one('Session', 'session', b.requester);
  await one('Preferences', 'preferences', admin);
  for (const [type, path] of [['Settings', 'settings'], ['Health', 'health'], ['Sample', 'sample'], ['Request', `requests/${r.id}`], ['RequestType', `request-types/${b.type.id}`],
    ['RequestTypeVersion', `request-types/${b.type.id}/versions/1`], ['Team', `teams/${b.team.id}`], ['TeamAccess', `teams/${b.team.id}/access`], ['ConfigList', `config-lists/${b.list.id}`],
    ['ConfigListItem', `config-lists/${b.list.id}/items/${b.items[0].id}`], ['ResourceType', 'resource-types/workflows'], ['Integration', `integrations/${b.okta.id}`], ['Flow', `flows/${b.flow.id}`],
    ['FlowUsage', `flows/${b.flow.id}/usage`], ['FlowVersion', `flows/${b.flow.id}/versions/1`], ['DelegatedFlow', `delegated-flows/${b.flow.id}`], ['Run', `runs/${runId}`], ['Connection', `connections/${b.connection.id}`]]) await one(type, path);
  await one('Request', `requests/${waiting.number}`, b.manager);
  await one('Task', `tasks/${step(waiting, 't1').taskId}`, b.manager);
  await one('CatalogueForm', `catalogue/${b.type.id}`, b.requester);
  for (const [type, path] of [['RequestRow', 'requests?view=all'], ['Activity', `requests/${r.id}/activities`], ['Message', `requests/${r.id}/messages`], ['Task', 'tasks?view=all&status=OPEN,COMPLETED'],
    ['RequestTypeRow', 'request-types'], ['RequestTypeVersion', `request-types/${b.type.id}/versions`], ['Team', 'teams'], ['ConfigList', 'config-lists'], ['ConfigListItem', `config-lists/${b.list.id}/items`],
    ['ResourceType', 'resource-types'], ['ResourceItem', 'resource-types/users/items'], ['ResourceItem', 'resource-types/workflows/items'], ['Integration', 'integrations'],
    ['SyncedWorkflow', `integrations/${b.okta.id}/workflows?teamId=${b.team.id}`], ['Folder', 'folders'], ['FlowRow', 'flows'], ['FlowVersion', `flows/${b.flow.id}/versions`], ['DelegatedFlow', 'delegated-flows'],
    ['RunRow', 'runs'], ['Connection', 'connections'], ['CardType', 'cards'], ['Connector', 'connectors'], ['Mail', 'mails'], ['SearchHit', 'search?q=badge']]) await page(type, path);
  await page('RequestRow', 'requests?view=mine', b.manager);
  await page('Task', 'tasks', b.manager);
  await page('CatalogueRow', 'catalogue', b.requester);
  await page('PersonRef', 'people?q=mo', b.requester);
  put('T.RunCard[]', (await token.get(`${N}/runs/${runId}/cards`)).data, 'cards of a run');
  put('T.CheckLine[]', (await token.post(`${N}/request-types/${b.type.id}/check`, { stepId: 'a1' })).lines, 'check');
  put('T.RequestType', await token.post(`${N}/request-types/${b.type.id}/duplicate`, {}), 'duplicate');
  put('T.MailFull', await token.get(`${N}/mails/${(await token.get(`${N}/mails`)).data[0].id}`), 'a mail');
  const folder = await token.post(`${N}/folders`, { name: 'Imported' });
  put('T.Folder', folder, 'POST folders');
  const dataTable = await token.post(`${N}/tables`, { name: 'Contract', folderId: folder.id, columns: [{ name: 'A', type: 'text' }, { name: 'B', type: 'number', default: 1 }] });
  put('T.DataTable', dataTable, 'POST tables');
  put('T.DataRow', await token.post(`${N}/tables/${dataTable.id}/rows`, { values: { A: 'x' } }), 'POST rows');
  put('T.CsvReport', (await token.raw('POST', `${N}/tables/${dataTable.id}/import`, { body: 'A,C\ny,z\n', type: 'text/csv' })).json, 'POST import');
  put('T.ImportReport', await token.post(`${N}/flows/import?folderId=${folder.id}`, await token.get(`${N}/flows/${b.flow.id}/export`)), 'import');
  put('T.ApiError', (await token.raw('POST', `${N}/folders`, { body: { name: 7 } })).json, 'a refusal');
  return lines;
}

test('every answer has exactly the members that the browser application knows', { skip: missing }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-contract-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const s = await startReeve();
  try {
    const lines = await collect(s);
    assert.ok(lines.length > 50);
    copyFileSync(join(root, 'web/src/api/types.ts'), join(dir, 'types.ts'));
    writeFileSync(join(dir, 'answers.ts'), `import type * as T from './types';\n${lines.join('\n')}\n`);
    const r = spawnSync(process.execPath, [tsc, '--noEmit', '--strict', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--types', '', join(dir, 'answers.ts')], { encoding: 'utf8' });
    const wrong = r.stdout.split('\n').filter((l) => /error TS/.test(l)).map((l) => {
      const [, line, sentence] = /answers\.ts\((\d+),\d+\): error TS\d+: (.*)/.exec(l) ?? [null, 0, l];
      return `${/\/\/ ([^/]*)$/.exec(lines[line - 2] ?? '')?.[1] ?? ''}: ${sentence}`;
    });
    assert.deepEqual(wrong, []);
    assert.equal(r.status, 0, r.stdout);
  } finally {
    await s.stop();
  }
});
