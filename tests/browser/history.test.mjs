// The execution history as a person uses it: search, inspector, replay, clearing, helper runs, and what nobody knows after a crash.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPassword, firstAdministrator, removeDir, restart, signIn, startReeve, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { runOver } from '../lib/cards.mjs';
import { startService } from '../lib/service.mjs';
import { axe, closeBrowser, closePage, openPage, settled, staysInside, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, card, folder, names = 0;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  card = await cardMaker(admin);
  folder = await admin.post(`${N}/folders`, { name: 'History' });
});
after(async () => {
  await closeBrowser();
  await s?.stop();
});
const make = async (name, cards) => admin.post(`${N}/flows`, { name: `${name} ${++names}`, folderId: folder.id, cards: resolve(cards) });
const start = async (flow, inputs = {}) => (await admin.post(`${N}/flows/${flow.id}/test`, { inputs }, [202])).runId;
const run = async (flow, inputs) => runOver(admin, await start(flow, inputs));
const greeting = () => make('Greeting', [
  card('http:delegated', 'start', { add: [{ key: 'word' }] }),
  card('string:concat', 'joined', { set: { string1: 'hello ' }, link: { string2: 'start.word' } }),
]);
const runs = (page) => page.getByRole('region', { name: 'Runs', exact: true });
const noise = (list) => list.filter((x) => !x.includes('data-live-announcer'));

test('WF-96, WF-101, WF-102, WF-103: runs are listed with their times, found by a value, read card by card with a total, and run again', async () => {
  const flow = await greeting();
  const apples = await run(flow, { word: 'apples' });
  for (const word of ['pears', 'plums']) await run(flow, { word });
  const page = await openPage(s, { who: admin });
  await page.goto(`/flows/${flow.id}/runs`);
  await settled(page);
  const rows = runs(page).getByRole('link');
  await until(async () => (await rows.count()) === 3, 'three runs');
  for (const text of await rows.allInnerTexts()) assert.match(text, /\d ms[\s\S]*began after [\d.,]+ m?s/);
  await page.getByLabel('Find in all runs').fill('APPLES');
  await until(async () => (await rows.count()) === 1, 'the run with this value');
  await rows.first().click();
  await page.waitForURL((u) => u.pathname.endsWith(apples.id));
  const inspector = page.getByRole('region', { name: 'Cards in order' });
  await inspector.locator('tbody tr').first().waitFor();
  assert.deepEqual((await inspector.getByRole('columnheader').allInnerTexts()), ['No.', 'Card', 'Started', 'Took', 'Result']);
  const body = await inspector.locator('tbody tr').allInnerTexts();
  assert.deepEqual(body.map((x) => x.split('\t').slice(0, 2)), [['1', 'Delegated Flow'], ['2', 'Concatenate']]);
  for (const line of body) assert.match(line, /\d\d:\d\d:\d\d\.\d{3}\s+[\d.,]+ ms/);
  assert.match(await inspector.locator('tfoot').innerText(), /Total\s+[\d.,]+ ms/);
  await inspector.getByRole('button', { name: /Cards in order/ }).click();
  await inspector.getByRole('table').waitFor({ state: 'detached' });
  await page.reload();
  await inspector.getByRole('button', { name: /Cards in order/, expanded: false }).click();
  await inspector.getByRole('table').waitFor();
  await page.getByLabel('Find in all runs').fill('nobody wrote this');
  await runs(page).getByText('No run matches').waitFor();
  await page.getByLabel('Find in all runs').fill('');
  await page.getByRole('button', { name: 'Run again' }).click();
  await toast(page, 'It runs again.');
  await page.waitForURL((u) => !u.pathname.endsWith(apples.id));
  const again = await runOver(admin, page.url().split('/').pop().split('?')[0]);
  assert.deepEqual([again.startedVia, again.inputs.word], ['REPLAY', 'apples']);
  assert.deepEqual(noise(await axe(page, ['[data-live-announcer]'])), []);
  await closePage(page);
});

test('WF-99: the values of all runs are cleared, and none are kept from then on when that is chosen', async () => {
  const flow = await greeting();
  const old = await run(flow, { word: 'cherries' });
  const page = await openPage(s, { who: admin });
  await page.goto(`/flows/${flow.id}/runs/${old.id}`);
  await page.getByText('cherries').first().waitFor();
  await page.getByRole('button', { name: 'Clear data …' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('Keep no values').click();
  assert.deepEqual(noise(await axe(page, ['[data-live-announcer]'])), []);
  await dialog.getByRole('button', { name: 'Clear values' }).click();
  await toast(page, 'none are kept from now on');
  await page.getByText('cherries').first().waitFor({ state: 'detached' });
  assert.equal(await runs(page).getByRole('link').count(), 1);
  assert.equal((await admin.get(`${N}/flows/${flow.id}`)).saveData, false);
  await closePage(page);
});

test('WF-104: the page of a run leads to the flows it called and from there back', async () => {
  const helper = await make('Helper', [card('control:callable', 'start'), card('string:concat', 'x', { set: { string1: 'a', string2: 'b' } })]);
  await admin.post(`${N}/flows/${helper.id}/activate`);
  const flow = await make('Caller', [card('http:delegated', 'start'), card('control:spawn', 'call', { set: { flo: helper.id } })]);
  const r = await run(flow);
  const page = await openPage(s, { who: admin });
  await page.goto(`/flows/${flow.id}/runs/${r.id}`);
  await page.getByRole('region', { name: 'Flows it called' }).getByRole('link', { name: helper.name }).click();
  await page.waitForURL((u) => u.pathname.startsWith(`/flows/${helper.id}/runs/`));
  await page.getByRole('link', { name: 'Called by another run' }).click();
  await page.waitForURL((u) => u.pathname === `/flows/${flow.id}/runs/${r.id}`);
  await closePage(page);
});

for (const [size, scheme] of [['desk', 'dark'], ['phone', 'light']]) {
  test(`a run with a failed card and helper runs is readable and has no axe findings: ${size}, ${scheme}`, async () => {
    const helper = await make('Helper', [card('control:callable', 'start')]);
    await admin.post(`${N}/flows/${helper.id}/activate`);
    const flow = await make('Fails', [card('http:delegated', 'start', { add: [{ key: 'word' }] }), card('control:spawn', 'call', { set: { flo: helper.id } }), card('control:throw', 'stop', { set: { message: 'Nobody passes today', statusCode: 418 } })]);
    const r = await run(flow, { word: 'x' });
    const page = await openPage(s, { who: admin, size, scheme });
    for (const path of [`/flows/${flow.id}/runs`, `/flows/${flow.id}/runs/${r.id}`]) {
      await page.goto(path);
      await settled(page);
      if (path.endsWith(r.id)) await page.getByText('Nobody passes today').filter({ visible: true }).first().waitFor();
      assert.deepEqual(noise(await axe(page, ['[data-live-announcer]'])), [], path);
      await staysInside(page);
      if (process.env.REEVE_SHOTS) await page.screenshot({ path: join(process.env.REEVE_SHOTS, `history-${size}-${path.endsWith(r.id) ? 'run' : 'list'}.png`) });
    }
    await closePage(page);
  });
}

test('after a crash in the middle of a call a person says what became of it, and the run goes on', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  const service = await startService((q, r) => { r.open = true; }); // never answers
  const config = { 'client.allow': service.allow };
  let other = await startReeve({ dir, config });
  try {
    let boss = await firstAdministrator(other);
    const { profile } = await boss.get('/api/v1/users/me');
    const maker = await cardMaker(boss);
    const place = await boss.post(`${N}/folders`, { name: 'Crash' });
    const connection = await boss.post(`${N}/connections`, { name: 'Payroll', connector: 'httpfunctions', auth: 'NONE', fields: { plainHttp: 'Yes' } });
    const flow = await boss.post(`${N}/flows`, { name: 'Pays', folderId: place.id, cards: resolve([
      maker('http:delegated', 'start'), maker('httpfunctions:post', 'pay', { title: 'Pay the salary', connectionId: connection.id, set: { URL: `${service.url}/pay` } }), maker('string:concat', 'done', { set: { string1: 'paid', string2: '!' } }),
    ]) });
    const ids = [];
    for (let i = 0; i < 2; i++) ids.push((await boss.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202])).runId);
    await until(() => service.calls.length === 2, 'both calls to arrive');
    await other.kill();
    service.handle = (q, r) => r.json(200, { ok: true });
    other = await restart({ dir }, { config });
    boss = await signIn(other, profile.login, adminPassword);
    for (const id of ids) await until(async () => (await boss.get(`${N}/runs/${id}`)).reason === 'uncertain', 'the run to wait for a person');
    assert.equal(service.calls.length, 2, 'nothing is sent twice by itself');
    const page = await openPage(other, { who: boss });
    for (const [id, button] of [[ids[0], 'It happened'], [ids[1], 'Send it again']]) {
      await page.goto(`/flows/${flow.id}/runs/${id}`);
      await page.getByText('Did “Pay the salary” happen?').waitFor();
      if (process.env.REEVE_SHOTS) await page.screenshot({ path: join(process.env.REEVE_SHOTS, 'history-unsure.png') });
      assert.deepEqual(noise(await axe(page, ['[data-live-announcer]'])), []);
      await page.getByRole('button', { name: button }).click();
      await until(async () => (await boss.get(`${N}/runs/${id}`)).status === 'SUCCEEDED', 'the run to go on');
      await page.getByText('Did “Pay the salary” happen?').waitFor({ state: 'detached' });
    }
    assert.equal(service.calls.length, 3, 'sent again only where a person said so');
    await closePage(page);
  } finally {
    await other.stop();
    await service.stop();
    removeDir({ dir });
  }
});
