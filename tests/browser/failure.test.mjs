// What a card does when it fails, set in the designer (workflows.md 11.1).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { directoryConnection } from '../lib/badge.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { axe, closeBrowser, closePage, openPage, settled } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, flow, helper, page;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  const card = await cardMaker(admin), folder = await admin.post(`${N}/folders`, { name: 'Errors' }), connectionId = (await directoryConnection(admin)).id;
  helper = await admin.post(`${N}/flows`, { name: 'Tells the desk', folderId: folder.id, cards: resolve([card('control:callable', 'start', { add: [{ key: 'who', required: true }, { key: 'times', type: 'number' }] })]) });
  await admin.post(`${N}/flows/${helper.id}/activate`);
  flow = await admin.post(`${N}/flows`, { name: 'Looks up', folderId: folder.id, cards: resolve([card('http:delegated', 'start', { add: [{ key: 'why' }] }), card('json:stringify', 'text', { set: { object: { a: 1 } } }), card('okta:readUser', 'read', { set: { 'User/ID or Login': 'nobody@example.com' }, connectionId })]) });
  page = await openPage(s, { who: admin });
});
after(async () => {
  await closePage(page);
  await closeBrowser();
  await s?.stop();
});
const kept = async () => (await admin.get(`${N}/flows/${flow.id}`)).cards.find((c) => c.id === 'read');
const dialog = () => page.getByRole('dialog');
async function open() {
  await page.locator('section[data-card="read"] .fch-name').click();
  await page.getByRole('button', { name: 'If it fails …' }).click();
  await dialog().waitFor();
}
async function keepAndSave() {
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await dialog().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await until(async () => page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), 'the flow to be saved');
}

const slot = (name) => dialog().getByRole('button', { name: new RegExp(`^${name}:`) });
async function type(name, text, option = text) {
  await slot(name).click();
  await page.getByRole('combobox', { name: `Value of ${name}` }).fill(text);
  await page.getByRole('option', { name: option }).first().click();
}

test('WF-89: tries, their distance and a helper flow with its fields are set by hand, stand on the card, and the run does so', async () => {
  await page.goto(`/flows/${flow.id}`);
  await settled(page);
  await open();
  await dialog().getByRole('button', { name: /Try again/ }).click();
  await page.getByRole('option', { name: 'Once' }).click();
  await dialog().getByLabel('Seconds between tries').fill('soon');
  await dialog().getByText('Stop it and run a helper flow').click();
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await dialog().getByText('Write whole seconds, at most 86400.').waitFor();
  await dialog().getByLabel('Seconds between tries').fill('7');
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await dialog().getByText('Choose a helper flow.').waitFor();
  await dialog().getByRole('button', { name: /Helper flow/ }).click();
  await page.getByRole('option', { name: /Tells the desk/ }).click();
  await dialog().getByRole('group', { name: 'What the helper flow is given' }).waitFor();
  assert.equal(await slot('who').getAttribute('aria-description'), 'who is required. Fill it or link it.');
  await slot('who').click();
  await page.getByRole('option', { name: 'why' }).click();
  await type('times', '3', /Fixed value/);
  assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
  await keepAndSave();
  const card = await kept();
  assert.deepEqual(card.policy, { type: 'flo', flo: helper.id, retry: 1, delay: 7000 });
  assert.deepEqual(card.inputs.slice(-2).map((p) => [p.key, p.type, p.from?.card ?? p.value]), [['who', 'text', 'start'], ['times', 'number', 3]]);
  await page.getByText('If it fails: one more try, then runs Tells the desk').waitFor();
  const part = page.locator('section[data-card="read"]').getByRole('group', { name: 'If it fails' });
  assert.deepEqual(await part.locator('.k').allTextContents(), ['who', 'times']);
  const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { why: 'me' } }, [202]);
  const run = await until(async () => { const r = await admin.get(`${N}/runs/${runId}`); return r.endedAt ? r : null; }, 'the run to end');
  assert.equal(run.status, 'FAILED');
  const [helped] = await until(async () => { const list = (await admin.get(`${N}/runs?flowId=${helper.id}`)).data; return list.length && list[0].endedAt ? list : null; }, 'the helper flow to run');
  const cards = await admin.get(`${N}/runs/${helped.id}/cards`);
  const given = Object.fromEntries(cards.cards[0].outputs.map((p) => [p.key, cards.data[0].outputs[p.id]]));
  assert.deepEqual([given.who, given.times, given.error.method], ['me', 3, 'read']);
});

test('opening the dialog and keeping it changes nothing', async () => {
  await open();
  await slot('who').waitFor();
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await dialog().waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), true);
});

test('WF-89: values to hand back are named fields of the card, and go with the choice', async () => {
  await open();
  await dialog().getByText('Stop it and hand back values').click();
  await dialog().getByRole('group', { name: 'Values handed back' }).waitFor();
  await dialog().getByRole('button', { name: 'Remove times' }).click();
  await dialog().getByRole('button', { name: 'Add a value' }).click();
  const form = page.getByRole('dialog', { name: 'New field' });
  await form.getByLabel('Name', { exact: true }).fill('code');
  await form.getByRole('button', { name: /Type/ }).click();
  await page.getByRole('option', { name: 'Number' }).click();
  await form.getByRole('button', { name: 'Add field' }).click();
  await type('code', '7', /Fixed value/);
  assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
  await keepAndSave();
  let card = await kept();
  assert.deepEqual([card.policy, card.inputs.slice(-2).map((p) => [p.key, p.value ?? p.from.card])], [{ type: 'return', retry: 1, delay: 7000 }, [['who', 'start'], ['code', 7]]]);
  await page.getByText('If it fails: one more try, then hands back who, code').waitFor();
  await open();
  await dialog().getByText('The run fails with the error of the card.').click();
  await dialog().getByRole('button', { name: /Try again/ }).click();
  await page.getByRole('option', { name: 'Not at all' }).click();
  await keepAndSave();
  card = await kept();
  assert.deepEqual([card.policy, card.inputs.map((p) => p.key)], [{ type: 'finish' }, ['ID or Login']]);
  assert.equal(await page.getByText('If it fails:').count(), 0);
});

test('tries are offered where another one may help, and nothing where nothing can fail', async () => {
  await page.locator('section[data-card="text"] .fch-name').click();
  await page.getByRole('button', { name: 'If it fails …' }).click();
  await dialog().getByText('Stop it and hand back values').click();
  await slot('message').waitFor();
  assert.equal(await dialog().getByText('Try again').count(), 0);
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await dialog().waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), true);
  await page.locator('section[data-card="start"] .fch-name').click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Name …' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'If it fails …' }).count(), 0);
});
