// Cards that call a helper flow many times, drawn by hand: fields of State on a card that streams, and how many calls a list card
// makes at once.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { addPerson, firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { directoryConnection } from '../lib/badge.mjs';
import { cardsOf, runOver } from '../lib/cards.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { axe, closeBrowser, closePage, openPage, staysInside, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, folder, helper, make;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  for (const n of ['ann', 'ben']) await addPerson(admin, `${n}@example.com`, { department: 'Streams' });
  await directoryConnection(admin);
  make = await cardMaker(admin);
  folder = await admin.post(`${N}/folders`, { name: 'Streams' });
  helper = await admin.post(`${N}/flows`, { name: 'Each person', folderId: folder.id, cards: resolve([make('control:callable', 'start', { add: [{ key: 'Record', type: 'object' }, { key: 'State', type: 'object' }] })]) });
  await admin.post(`${N}/flows/${helper.id}/activate`);
});
after(async () => {
  await closeBrowser();
  await s?.stop();
});
const shot = (page, name) => (process.env.REEVE_SHOTS ? page.screenshot({ path: join(process.env.REEVE_SHOTS, `${name}.png`) }) : null);
const findings = async (page) => (await axe(page, ['[data-live-announcer]'])).filter((x) => !/^(landmark-one-main|page-has-heading-one)/.test(x));
const card = (page, name) => page.getByRole('region', { name: new RegExp(`^Card \\d+, ${name}$`) });
const slot = (page, cardName, label) => card(page, cardName).getByRole('button', { name: new RegExp(`^${label}: `) });
const part = (page, cardName, name) => card(page, cardName).getByRole('group', { name, exact: true });
async function open(flow, options = {}) {
  const page = await openPage(s, { who: admin, ...options });
  await page.goto(`/flows/${flow.id}`);
  await page.locator('[data-card]').first().waitFor();
  return page;
}
async function save(page) {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await toast(page, 'is saved.');
}
async function constant(page, where, text) {
  await where.click();
  await page.getByRole('combobox', { name: /^Value of / }).fill(text);
  await page.keyboard.press('Enter');
}
async function drag(page, from, to) {
  const [a, b] = [await from.boundingBox(), await to.boundingBox()];
  await page.mouse.move(a.x + a.width - 4, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(b.x + 20, b.y + b.height / 2 + 3, { steps: 4 });
  await page.mouse.move(b.x + 20, b.y + b.height / 2, { steps: 4 });
  await page.mouse.up();
}

test('WF-123: fields of State are added, typed and linked on a card that streams, reach the helper flow, and stand in the history', async () => {
  const flow = await admin.post(`${N}/flows`, { name: 'Streams', folderId: folder.id, cards: resolve([make('http:delegated', 'start', { add: [{ key: 'since' }] }), make('okta:listUsersWithSearch', 'list', { connectionId: (await admin.get(`${N}/connections`)).data[0].id, set: { 'Custom Search Criteria': 'profile.department eq "Streams"' } })]) });
  const page = await open(flow);
  const name = 'List Users with Search';
  await card(page, name).locator('.fch-name').click();
  assert.equal(await part(page, name, 'For each record').count(), 0, 'a list has no helper flow');
  await card(page, name).getByRole('button', { name: /Result Set/ }).click();
  await page.getByRole('option', { name: 'Stream Matching Records' }).click();
  await page.getByText('1 hint', { exact: false }).first().waitFor();
  await slot(page, name, 'Flow').click();
  await page.getByRole('option', { name: 'Each person' }).click();
  await part(page, name, 'For each record').getByRole('button', { name: /^Flow: fixed value Each person/ }).waitFor();
  await page.getByRole('dialog', { name: 'Value of Flow' }).waitFor({ state: 'detached' });
  await until(async () => slot(page, name, 'Flow').evaluate((e) => e === document.activeElement), 'the focus to go back');
  await part(page, name, 'For each record').getByRole('button', { name: 'Add a field of State' }).click();
  const form = page.getByRole('dialog', { name: 'New field' });
  await form.getByLabel('Name', { exact: true }).fill('days');
  await form.getByRole('button', { name: /Type/ }).click();
  await page.getByRole('option', { name: 'Number' }).click();
  await form.getByRole('button', { name: 'Add field' }).click();
  await constant(page, slot(page, name, 'days'), '30');
  await drag(page, card(page, 'Delegated Flow').locator('.fr.o').filter({ hasText: 'since' }), part(page, name, 'For each record').getByRole('button', { name: 'Add a field of State' }));
  await slot(page, name, 'since').waitFor();
  assert.match(await slot(page, name, 'since').getAttribute('aria-label'), /from 1 since/);
  assert.deepEqual(await findings(page), []);
  await shot(page, 'stream-card');
  await save(page);
  const stored = (await admin.get(`${N}/flows/${flow.id}`)).cards[1].inputs.filter((p) => p.custom);
  assert.deepEqual(stored.map((p) => [p.group, p.key, p.type, p.from?.card ?? p.value]), [['Streaming', 'days', 'number', 30], ['Streaming', 'since', 'text', 'start']], 'Record and State are no fields of the card');

  // a field can be renamed and taken away like any other
  await card(page, name).getByRole('button', { name: 'days', exact: true }).click();
  await page.getByRole('dialog', { name: 'Field' }).getByLabel('Name', { exact: true }).fill('window');
  await page.getByRole('dialog', { name: 'Field' }).getByRole('button', { name: 'Done' }).click();
  await save(page);

  const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { since: 'May' } }, [202]);
  assert.equal((await runOver(admin, runId)).status, 'SUCCEEDED');
  const calls = (await admin.get(`${N}/runs?flowId=${helper.id}`)).data;
  assert.equal(calls.length, 2);
  for (const r of calls) assert.deepEqual((await cardsOf(admin, r.id))[0].out.State, { window: 30, since: 'May' });
  await page.goto(`/flows/${flow.id}/runs/${runId}`);
  await page.getByText('State › window').waitFor();
  await page.getByText('State › since').waitFor();
  await shot(page, 'stream-history');
  await closePage(page);
});

test('on a phone a field of State is added in the list of cards', async () => {
  const flow = await admin.post(`${N}/flows`, { name: 'Streams by hand', folderId: folder.id, cards: resolve([make('http:delegated', 'start'), make('okta:listGroupMembers', 'list', { options: { resultSet: 'Stream Records' }, set: { Flow: helper.id } })]) });
  const page = await open(flow, { size: 'phone', scheme: 'dark' });
  await page.getByRole('button', { name: 'Add a field of State' }).click();
  await page.getByRole('dialog', { name: 'New field' }).getByLabel('Name', { exact: true }).fill('reason');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^reason: / }).scrollIntoViewIfNeeded();
  await staysInside(page);
  assert.deepEqual(await findings(page), []);
  await shot(page, 'stream-phone-dark');
  await closePage(page);
});

test('WF-79: how many calls a list card makes at once is seen and set, from 1 to 200', async () => {
  const flow = await admin.post(`${N}/flows`, { name: 'Calls', folderId: folder.id, cards: resolve([make('http:delegated', 'start'), make('list:each', 'each', { set: { flo: helper.id } })]) });
  const page = await open(flow);
  const width = slot(page, 'For Each', 'concurrency');
  assert.match(await width.getAttribute('aria-label'), /fixed value 1$/);
  await width.click();
  const box = page.getByRole('combobox', { name: 'Value of concurrency' });
  await page.getByText('1 to 200; 1 keeps the order').waitFor();
  for (const wrong of ['500', '0', '2.5']) {
    await box.fill(wrong);
    await page.getByText('Write a whole number from 1 to 200').waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await box.inputValue(), wrong, 'the box stays open with what was typed');
  }
  await shot(page, 'concurrency');
  await box.fill('20');
  await page.keyboard.press('Enter');
  await save(page);
  const read = async () => (await admin.get(`${N}/flows/${flow.id}`)).cards[1].inputs.find((p) => p.key === 'concurrency').value;
  assert.equal(await read(), 20);

  // what the server refuses stands at the field: here, as a save of somebody else's program would have it
  await page.route(`**${N}/flows/${flow.id}`, async (route) => {
    if (route.request().method() !== 'PATCH') return route.continue();
    const body = route.request().postDataJSON();
    body.cards[1].inputs.find((p) => p.key === 'concurrency').value = 999;
    return route.continue({ postData: JSON.stringify(body) });
  });
  await constant(page, width, '30');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.locator('section[data-card="each"] .slot.wrong').waitFor();
  assert.match(await width.getAttribute('aria-description'), /The field "concurrency" of card "For Each" must be a whole number from 1 to 200\./);
  assert.equal(await read(), 20);
  await closePage(page);
});

test('the tools of a card that is taller than the window stay above the dock, wherever one looks at it', async () => {
  const many = Array.from({ length: 24 }, (_, i) => ({ key: `field${i}` }));
  const flow = await admin.post(`${N}/flows`, { name: 'Tall', folderId: folder.id, cards: resolve([make('http:delegated', 'start'), make('control:let', 'tall', { add: many }), make('json:parse', 'short')]) });
  const page = await open(flow);
  const tools = page.getByRole('toolbar', { name: 'Card tools' });
  const place = () => page.evaluate(() => {
    const of = (x) => { const r = document.querySelector(x).getBoundingClientRect(); return { top: r.top, bottom: r.bottom, left: r.left }; };
    return { tools: of('.card-tools'), dock: of('.dock'), head: of('section[data-card="tall"] > .fch'), card: of('section[data-card="tall"]') };
  });
  await page.locator('section[data-card="tall"] .fch-name').click();
  await tools.waitFor();
  const at = await place();
  assert.ok(at.card.bottom > at.dock.top, 'the card reaches below the dock');
  await until(async () => { const x = await place(); return x.tools.bottom <= x.dock.top; }, 'the tools above the dock');
  await shot(page, 'tools-tall');
  await tools.getByRole('button', { name: 'Duplicate' }).click({ trial: true }); // nothing lies over it
  // a press on what they rise over is still one on that
  await page.keyboard.press('Escape');
  await page.mouse.click(at.card.left + 700, 500);
  await tools.waitFor({ state: 'detached' });
  const under = await page.evaluate((y) => [...document.querySelectorAll('section[data-card="tall"] .slot')].map((x) => x.getBoundingClientRect()).find((r) => r.top < y && r.bottom > y)?.toJSON(), at.dock.top - 30);
  await page.mouse.move(under.x + 20, at.dock.top - 30);
  await page.mouse.down();
  await until(async () => (await tools.count()) === 1 && (await place()).tools.bottom <= at.dock.top, 'the tools to rise');
  await page.mouse.up();
  await page.getByRole('dialog', { name: /^Value of field/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await tools.waitFor();
  // panned: never over its head; and at the end of the card they are where they always are
  await page.mouse.move(at.card.left + 400, 400);
  await page.mouse.wheel(0, -1500);
  await until(async () => { const x = await place(); return x.card.top > x.dock.top - 60 && x.tools.top >= x.head.bottom - 8; }, 'the tools below the head');
  await page.mouse.wheel(0, 2500);
  await until(async () => { const x = await place(); return x.card.bottom < x.dock.top - 60 && x.tools.top > x.card.bottom; }, 'the tools below the card');
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.locator('section[data-card="short"] .fch-name').click();
  await tools.getByRole('button', { name: 'Duplicate' }).click({ trial: true });
  await closePage(page);
});
