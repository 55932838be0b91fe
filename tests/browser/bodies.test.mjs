// Bodies inside cards drawn by hand: If Error, If/ElseIf, values that come from outside, members of objects; and the menus of a new flow.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { firstAdministrator, startReeve } from '../lib/reeve.mjs';
import { directoryConnection } from '../lib/badge.mjs';
import { cardsOf, runOver } from '../lib/cards.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { axe, closeBrowser, closePage, openPage, settled, staysInside, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, folder, make, names = 0;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  await directoryConnection(admin);
  make = await cardMaker(admin);
  folder = await admin.post(`${N}/folders`, { name: 'Bodies' });
});
after(async () => {
  await closeBrowser();
  await s?.stop();
});
const shot = (page, name) => (process.env.REEVE_SHOTS ? page.screenshot({ path: join(process.env.REEVE_SHOTS, `${name}.png`) }) : null);
const findings = async (page) => (await axe(page, ['[data-live-announcer]'])).filter((x) => !/^(landmark-one-main|page-has-heading-one)/.test(x));
const card = (page, name) => page.getByRole('region', { name: new RegExp(`^Card \\d+, ${name.replace('/', '\\/')}$`) });
const slot = (page, cardName, label) => card(page, cardName).getByRole('button', { name: new RegExp(`^${label}: `) });
const lane = (page, name) => page.getByRole('region', { name: new RegExp(`^${name},? .*card \\d+$|^${name}.* of card \\d+$|^${name}`) });
const flowOf = (cards) => admin.post(`${N}/flows`, { name: `Drawn ${++names}`, folderId: folder.id, cards: resolve(cards) });
const open = async (flow, options = {}) => {
  const page = await openPage(s, { who: admin, ...options });
  await page.goto(`/flows/${flow.id}`);
  await page.locator('[data-card]').first().waitFor();
  return page;
};
const save = async (page) => {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await toast(page, 'is saved.');
};
/** takes a value of an earlier card by its name */
async function take(page, where, text) {
  await where.click();
  await page.getByRole('combobox', { name: /^Value of / }).fill(`{${text}`);
  await page.getByRole('option').first().click();
}
async function constant(page, where, text) {
  await where.click();
  await page.getByRole('combobox', { name: /^Value of / }).fill(text);
  await page.keyboard.press('Enter');
}
async function addTo(page, button, name) {
  await button.click();
  await page.getByRole('combobox', { name: 'Find a card' }).fill(name);
  await page.getByRole('option', { name, exact: true }).first().click();
}
async function addOutput(page, cardName, key) {
  await card(page, cardName).getByRole('button', { name: 'Add an output' }).click();
  const box = page.getByRole('dialog', { name: 'New field' });
  await box.getByLabel('Name').fill(key);
  await box.getByRole('button', { name: 'Add field' }).click();
  await box.waitFor({ state: 'detached' });
}
const run = async (flow, inputs) => runOver(admin, (await admin.post(`${N}/flows/${flow.id}/test`, { inputs }, [202])).runId);
const outcome = async (r, title) => (await cardsOf(admin, r.id)).find((c) => c.title === title)?.out;
const last = (page) => page.getByRole('button', { name: 'Add a card', exact: true }).last();

test('WF-6: a new flow shows an empty event card and a place that offers an app action and a function', async () => {
  const flow = await admin.post(`${N}/flows`, { name: 'Empty', folderId: folder.id });
  const page = await open(flow);
  await page.getByRole('button', { name: 'Choose how it starts', exact: true }).last().waitFor();
  await page.getByRole('button', { name: 'Add app action' }).click();
  await page.getByRole('option', { name: 'Read User' }).first().waitFor();
  assert.equal(await page.getByRole('option', { name: 'Compose' }).count(), 0);
  await page.keyboard.press('Escape');
  await addTo(page, page.getByRole('button', { name: 'Add function' }), 'Compose');
  await card(page, 'Compose').waitFor();
  assert.deepEqual(await findings(page), []);
  await shot(page, 'bodies-empty');
  await closePage(page);
});

test('WF-7: the menu of functions has the groups Logic, Manipulation, Elements and Advanced with their categories', async () => {
  const flow = await admin.post(`${N}/flows`, { name: 'Menus', folderId: folder.id });
  const page = await open(flow);
  await page.getByRole('button', { name: 'Add function' }).click();
  const heads = await page.getByRole('listbox', { name: 'Cards' }).locator('header').allInnerTexts();
  const groups = {};
  for (const h of heads) { const [group, name] = h.split(' · '); (groups[group] ??= []).push(name); }
  assert.deepEqual(groups, {
    Logic: ['Branching', 'Error Handling', 'Flow Control'],
    Manipulation: ['Text', 'Number', 'True/False', 'Date & Time', 'Object', 'File', 'List'],
    Elements: ['Flows', 'Folders', 'Tables'],
    Advanced: ['API Connector', 'JSON', 'XML', 'URL', 'Encryption', 'JWT'],
  });
  await closePage(page);
});

test('If Error is drawn by hand: its bodies take values from outside, the handler gets the error, and what it returns goes on', async () => {
  const flow = await flowOf([make('http:delegated', 'start', { add: [{ key: 'word', label: 'word' }] })]);
  const page = await open(flow);
  await addTo(page, last(page), 'If Error');
  await card(page, 'If Error').waitFor();
  await addOutput(page, 'If Error', 'caught');
  await addTo(page, page.getByRole('button', { name: /^Add .*Try/ }).or(lane(page, 'Try').getByRole('button', { name: 'Add a card' })).first(), 'Return Error');
  await take(page, slot(page, 'Return Error', 'message'), 'word');
  await slot(page, 'Return Error', 'message').getByText('word').waitFor();
  const handler = lane(page, 'If Error').last();
  await handler.getByRole('button', { name: 'Return them here' }).click();
  await take(page, slot(page, 'Return', 'caught'), 'error.message');
  await addTo(page, last(page), 'Concatenate');
  await constant(page, slot(page, 'Concatenate', 'text 1'), 'caught: ');
  await take(page, slot(page, 'Concatenate', 'text 2'), 'caught');
  await page.getByText('No problems').waitFor();
  await shot(page, 'bodies-error');
  await save(page);
  await page.goto(`/flows/${flow.id}?view=list`);
  await slot(page, 'Return Error', 'message').waitFor();
  assert.deepEqual(await findings(page), []);
  const failed = await run(flow, { word: 'kaboom' });
  assert.equal(failed.status, 'SUCCEEDED', JSON.stringify(failed.error));
  assert.equal((await outcome(failed, 'Concatenate')).output, 'caught: kaboom');
  // what was saved opens again as it was drawn, and comes through an export file
  await page.reload();
  await slot(page, 'Return Error', 'message').getByText('word').waitFor();
  await page.getByText('No problems').waitFor();
  await page.goto(`/flows/${flow.id}/runs/${failed.id}`);
  await card(page, 'Return Error').getByText('from 1 word').waitFor();
  await shot(page, 'bodies-error-run');
  const file = (await admin.raw('GET', `${N}/flows/${flow.id}/export`)).text;
  const copy = (await admin.raw('POST', `${N}/flows/import?folderId=${folder.id}`, { body: file })).json;
  assert.deepEqual(copy.errors, []);
  const again = await run({ id: copy.flows[0].id }, { word: 'twice' });
  assert.equal((await outcome(again, 'Concatenate')).output, 'caught: twice');
  await closePage(page);
});

test('If/ElseIf is drawn by hand with a further condition, and each body gives back its own value', async () => {
  const flow = await flowOf([make('http:delegated', 'start', { add: [{ key: 'word', label: 'word' }] })]);
  const page = await open(flow);
  await addTo(page, last(page), 'If/ElseIf');
  await addOutput(page, 'If/ElseIf', 'size');
  await card(page, 'If/ElseIf').getByRole('button', { name: 'Add another condition' }).click();
  await card(page, 'If/ElseIf').getByRole('button', { name: 'Add another condition' }).click();
  await page.getByRole('button', { name: 'Remove Else if 2' }).click();
  const values = card(page, 'If/ElseIf').getByRole('button', { name: /^value a: / });
  assert.equal(await values.count(), 2);
  for (const [i, word] of ['small', 'large'].entries()) {
    await take(page, values.nth(i), 'word');
    await constant(page, card(page, 'If/ElseIf').getByRole('button', { name: /^value b: / }).nth(i), word);
  }
  for (const [i, size] of ['S', 'L'].entries()) {
    await page.getByRole('button', { name: 'Return them here' }).first().click();
    await constant(page, slot(page, 'Return', 'size').nth(i), size);
  }
  await page.getByRole('button', { name: 'Return them here' }).click();
  await take(page, slot(page, 'Return', 'size').nth(2), 'word');
  await page.getByText('No problems').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await shot(page, 'bodies-branch');
  await save(page);
  await page.goto(`/flows/${flow.id}?view=list`);
  await slot(page, 'Return', 'size').first().waitFor();
  assert.deepEqual(await findings(page), []);
  for (const [word, size] of [['small', 'S'], ['large', 'L'], ['other', 'other']]) {
    const r = await run(flow, { word });
    assert.equal(r.status, 'SUCCEEDED', JSON.stringify(r.error));
    assert.equal((await outcome(r, 'If/ElseIf')).size, size);
  }
  await closePage(page);
});

test('WF-11: a member of an object output is dragged like an output, is stored as a hidden expand step, and has the right value at run time', async () => {
  const flow = await flowOf([
    make('http:delegated', 'start', { add: [{ key: 'text', label: 'text' }] }),
    make('json:parse', 'parsed', { link: { string: 'start.text' } }),
    make('string:concat', 'joined', { set: { string1: 'in ' } }),
  ]);
  const page = await open(flow);
  await card(page, 'Parse').getByRole('button', { name: 'output', exact: true }).click();
  const box = page.getByRole('dialog', { name: 'Output' });
  await box.getByLabel('Member').fill('address.city');
  await box.getByRole('button', { name: 'Show as a row' }).click();
  const member = card(page, 'Parse').locator('.fr.o.member').filter({ hasText: 'address › city' });
  await member.waitFor();
  const from = await member.boundingBox();
  const to = await slot(page, 'Concatenate', 'text 2').boundingBox();
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width / 2 - 12, to.y + to.height / 2 + 4, { steps: 6 });
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 3 });
  await page.mouse.up();
  await slot(page, 'Concatenate', 'text 2').getByText('address › city').waitFor();
  await shot(page, 'bodies-member');
  await save(page);
  const r = await run(flow, { text: '{"address":{"city":"Lisbon"}}' });
  assert.equal((await outcome(r, 'Concatenate')).output, 'in Lisbon');
  const methods = JSON.parse((await admin.raw('GET', `${N}/flows/${flow.id}/export`)).text);
  assert.match(JSON.stringify(methods), /object:expand|"expand"/);
  await closePage(page);
});

test('Call Flow is drawn by hand: the helper flow is chosen by its name and gives the card its fields', async () => {
  const helper = await admin.post(`${N}/flows`, { name: 'Greet somebody', folderId: folder.id, cards: resolve([
    make('control:callable', 'start', { add: [{ key: 'who', label: 'who' }] }), make('string:concat', 'joined', { set: { string1: 'hello ' }, link: { string2: 'start.who' } }), make('control:return', 'back', { add: [{ key: 'greeting' }], link: { greeting: 'joined.output' } }),
  ]) });
  await admin.post(`${N}/flows/${helper.id}/activate`);
  const flow = await flowOf([make('http:delegated', 'start', { add: [{ key: 'word', label: 'word' }] })]);
  const page = await open(flow);
  await addTo(page, last(page), 'Call Flow');
  await slot(page, 'Call Flow', 'Helper Flow').click();
  await page.getByRole('option', { name: 'Greet somebody' }).click();
  await slot(page, 'Call Flow', 'Helper Flow').getByText('Greet somebody').waitFor();
  await take(page, slot(page, 'Call Flow', 'who'), 'word');
  await page.getByText('No problems').waitFor();
  await shot(page, 'bodies-call');
  await save(page);
  const r = await run(flow, { word: 'Ada' });
  assert.equal(r.status, 'SUCCEEDED', JSON.stringify(r.error));
  const [child] = (await admin.get(`${N}/runs?parentRunId=${r.id}`)).data;
  assert.equal((await admin.get(`${N}/runs/${child.id}`)).inputs.who, 'Ada');
  await closePage(page);
});

for (const [size, scheme] of [['desk', 'dark'], ['phone', 'light']]) {
  test(`flows with bodies have no axe findings and stay inside the window: ${size}, ${scheme}`, async () => {
    const flow = (await admin.get(`${N}/flows?limit=200`)).data.find((f) => f.name === 'Drawn 2');
    const page = await open(flow, { size, scheme });
    await settled(page);
    assert.deepEqual(await findings(page), []);
    await staysInside(page);
    await shot(page, `bodies-${size}`);
    await closePage(page);
  });
}
