// Tables as a person uses them: made, filled and changed by mouse, by the keyboard alone and on a phone; CSV in and out; a flow that
// looks a row up, built in the designer.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { N, runEnded } from '../lib/badge.mjs';
import { axe as axeOf, closeBrowser, closePage, openPage, pick, staysInside, toast } from './lib.mjs';

let s, admin, folder, files;
before(async () => {
  files = mkdtempSync(join(tmpdir(), 'reeve-tables-'));
  s = await startReeve();
  admin = await firstAdministrator(s);
  folder = await admin.post(`${N}/folders`, { name: 'Facilities' });
});
after(async () => {
  await closeBrowser();
  await s?.stop();
  rmSync(files, { recursive: true, force: true });
});
const axe = async (page) => {
  const behind = await page.getByRole('dialog').count();
  return (await axeOf(page, ['[data-live-announcer]'])).filter((x) => !(behind && /^(landmark-one-main|page-has-heading-one)/.test(x)));
};
const columns = [{ name: 'Name', type: 'text' }, { name: 'Badges', type: 'number', default: 1 }, { name: 'Active', type: 'boolean', default: true }, { name: 'Until', type: 'date' }];
const make = async (name, lines = []) => {
  const t = await admin.post(`${N}/tables`, { name, folderId: folder.id, columns });
  if (lines.length) await admin.raw('POST', `${N}/tables/${t.id}/import`, { type: 'text/csv', body: `Name,Badges,Active,Until\n${lines.join('\n')}\n` });
  return t;
};
const values = async (t, query = '') => (await admin.get(`${N}/tables/${t.id}/rows?limit=200${query}`)).data.map((r) => r.values);
const cell = (page, text) => page.getByRole('gridcell', { name: text, exact: true });

test('WF-107: a table with text, number, true/false and date columns is made by mouse and its rows are edited in the grid', async () => {
  const page = await openPage(s, { who: admin });
  await page.goto('/tables');
  await page.getByText('No tables yet').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'New table' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Badge holders');
  await dialog.getByLabel('Name 1').fill('Name');
  for (const [i, [name, type]] of [['Badges', 'Number'], ['Active', 'True/False'], ['Until', 'Date & Time']].entries()) {
    await dialog.getByRole('button', { name: 'Add column' }).click();
    await dialog.getByLabel(`Name ${i + 2}`).fill(name);
    await dialog.getByRole('button', { name: new RegExp(`Type ${i + 2}`) }).click();
    await page.getByRole('option', { name: type }).click();
  }
  assert.deepEqual(await axe(page), []);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByText('No rows yet').waitFor();
  const t = (await admin.get(`${N}/tables?q=badge`)).data[0];
  assert.deepEqual(t.columns.map((c) => [c.name, c.type]), columns.map((c) => [c.name, c.type]));
  await page.getByRole('button', { name: 'Add row' }).first().click();
  await page.getByRole('dialog').getByLabel('Name').fill('Ann');
  await page.getByRole('dialog').getByLabel('Badges').fill('two');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByText('Write a number').waitFor();
  await page.getByRole('dialog').getByLabel('Badges').fill('2');
  await page.getByRole('dialog').getByLabel('Until').fill('2026-03-01T12:00');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await toast(page, 'The row was added.');
  await cell(page, '2').dblclick();
  await page.getByLabel('Badges, row 1').fill('3.5');
  await page.keyboard.press('Enter');
  await cell(page, '3.5').waitFor();
  await cell(page, '2026-03-01 12:00').waitFor();
  assert.deepEqual(await values(t), [{ Name: 'Ann', Badges: 3.5, Active: null, Until: '2026-03-01T11:00:00.000Z' }]);
  assert.deepEqual(await axe(page), []);
  await closePage(page);
});

test('the grid goes by the keyboard alone: moving, typing, saving, leaving, emptying, and what a cell cannot hold is told', async () => {
  const t = await make('Keys', ['Ann,1,true,', 'Bob,2,false,', 'Cem,3,true,']);
  const page = await openPage(s, { who: admin });
  await page.goto(`/tables/${t.id}`);
  await cell(page, 'Ann').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('27');
  await page.keyboard.press('Enter');
  await cell(page, '27').waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.type('x');
  await page.keyboard.press('Enter');
  await page.getByText('Write a number').waitFor();
  await page.keyboard.press('Escape');
  await until(() => page.evaluate(() => document.activeElement?.textContent === '27'), 'the cell to have the focus again');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await until(async () => (await values(t))[1].Active === true, 'the value to be turned');
  await page.keyboard.press('Home');
  await page.keyboard.press('F2');
  await page.keyboard.type(' the second');
  await page.keyboard.press('Tab');
  await cell(page, 'Bob the second').waitFor();
  await page.keyboard.press('Delete');
  await until(async () => (await values(t))[1].Badges === null, 'the cell to be empty');
  assert.deepEqual((await values(t))[1], { Name: 'Bob the second', Badges: null, Active: true, Until: null });
  await closePage(page);
});

test('a row that somebody else changed meanwhile shows what stands there now, and nothing is overwritten', async () => {
  const t = await make('Shared', ['Ann,1,true,']);
  const page = await openPage(s, { who: admin });
  await page.goto(`/tables/${t.id}`);
  await cell(page, 'Ann').waitFor();
  const [row] = (await admin.get(`${N}/tables/${t.id}/rows`)).data;
  await admin.patch(`${N}/tables/${t.id}/rows/${row.id}`, { version: row.version, values: { Name: 'Anna' } });
  await cell(page, 'Ann').dblclick();
  await page.getByLabel('Name, row 1').fill('Annette');
  await page.keyboard.press('Enter');
  await page.getByText('changed this row meanwhile').waitFor();
  await cell(page, 'Anna').waitFor();
  assert.equal((await values(t))[0].Name, 'Anna');
  await closePage(page);
});

test('rows are sorted, filtered and found, and the address keeps all of it; columns are hidden, renamed and deleted', async () => {
  const t = await make('Many', Array.from({ length: 300 }, (_, i) => `Person ${String(i).padStart(3, '0')},${i % 10},${i % 2 === 0},2026-01-01`));
  const page = await openPage(s, { who: admin });
  await page.goto(`/tables/${t.id}`);
  await cell(page, 'Person 000').waitFor();
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Sort descending' }).click();
  await cell(page, 'Person 299').waitFor();
  await page.getByRole('button', { name: 'Filter' }).click();
  const panel = page.getByRole('region', { name: 'Filter' });
  await pick(page, panel, /Column/, 'Badges');
  await panel.getByLabel('Value').fill('7');
  await cell(page, 'Person 297').waitFor();
  await cell(page, 'Person 299').waitFor({ state: 'detached' });
  await panel.getByRole('button', { name: 'Add a condition' }).click();
  await page.reload();
  await cell(page, 'Person 297').waitFor();
  await page.getByLabel('Any cell').fill('person 007');
  await cell(page, 'Person 007').waitFor();
  await cell(page, 'Person 297').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Until', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Hide' }).click();
  await page.getByRole('button', { name: '3 of 4 columns' }).waitFor();
  await page.getByRole('button', { name: 'Badges', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Name and default' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Count');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Count', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Delete column' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete column' }).click();
  await page.getByRole('button', { name: 'Count', exact: true }).waitFor({ state: 'detached' });
  assert.deepEqual((await admin.get(`${N}/tables/${t.id}`)).columns.map((c) => c.name), ['Name', 'Active', 'Until']);
  await closePage(page);
});

test('WF-113: a CSV goes in by a file and comes out again; a wrong line is told and nothing comes in', async () => {
  const t = await make('File');
  const page = await openPage(s, { who: admin });
  await page.goto(`/tables/${t.id}`);
  const bad = join(files, 'bad.csv'), good = join(files, 'good.csv');
  writeFileSync(bad, 'Name,Badges\nAnn,1\nBob,many\n');
  writeFileSync(good, 'Name;Badges;Shoe\n"Zoë, ""Z""\n=1";1;44\n');
  await page.getByRole('button', { name: 'Import CSV …' }).click();
  await page.getByLabel('CSV file').setInputFiles(bad);
  await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
  await page.getByText(/line 3 .*"many"/).waitFor();
  await page.getByLabel('CSV file').setInputFiles(good);
  await page.getByRole('dialog').getByRole('button', { name: /Between the values/ }).click();
  await page.getByRole('option', { name: 'Semicolon' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
  await page.getByText('1 row was imported').waitFor();
  await page.getByText(/Passed over.*Shoe/).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual((await values(t)).map((v) => v.Name), ['Zoë, "Z"\n=1']);
  await page.getByRole('button', { name: 'Actions for File' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export as CSV' }).click()]);
  assert.equal(download.suggestedFilename(), 'File.csv');
  assert.match(readFileSync(await download.path(), 'utf8'), /"Zoë, ""Z""\n=1",1,true,/);
  await closePage(page);
});

test('rows are chosen and deleted, all at once too, and a table with its rows', async () => {
  const t = await make('Going', Array.from({ length: 5 }, (_, i) => `P${i},${i},true,`));
  const page = await openPage(s, { who: admin });
  await page.goto(`/tables/${t.id}`);
  await page.getByLabel('Select row 2').check({ force: true });
  await page.getByLabel('Select row 4').check({ force: true });
  await page.getByRole('button', { name: 'Delete 2 rows' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await cell(page, 'P1').waitFor({ state: 'detached' });
  assert.deepEqual((await values(t)).map((v) => v.Name), ['P0', 'P2', 'P4']);
  await page.getByRole('button', { name: 'Actions for Going' }).click();
  await page.getByRole('menuitem', { name: 'Delete all rows' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete all rows' }).click();
  await page.getByText('No rows yet').waitFor();
  await page.getByRole('button', { name: 'Actions for Going' }).click();
  await page.getByRole('menuitem', { name: 'Delete …' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete table' }).click();
  await page.waitForURL((u) => u.pathname === '/tables');
  await admin.get(`${N}/tables/${t.id}`, [404]);
  await closePage(page);
});

for (const scheme of ['light', 'dark'])
  test(`on a phone in ${scheme} nothing runs over the edge, a row opens as a form, and axe finds nothing`, async () => {
    const t = await make(`Phone ${scheme}`, Array.from({ length: 40 }, (_, i) => `Person ${i},${i},true,2026-01-01`));
    const page = await openPage(s, { who: admin, size: 'phone', scheme });
    await page.goto('/tables');
    await page.getByText(`Phone ${scheme}`).waitFor();
    assert.deepEqual(await axe(page), []);
    await staysInside(page);
    await page.getByText(`Phone ${scheme}`).click();
    await cell(page, 'Person 3').waitFor();
    await staysInside(page);
    assert.deepEqual(await axe(page), []);
    await page.getByRole('button', { name: /^Open row/ }).nth(3).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Changed');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await cell(page, 'Changed').waitFor();
    assert.equal((await values(t))[3].Name, 'Changed');
    await closePage(page);
  });

test('WF-111: a flow that looks a row up is built in the designer: the table gives the fields, a condition takes a value', async () => {
  const t = await make('Directory', ['Ann,3,true,', 'Bob,5,true,']);
  const head = { id: 'start', card: 'http:delegated', title: 'Delegated Flow', inputs: [], outputs: [{ id: 'who', group: 'inputs', key: 'who', label: 'Who', type: 'text' }] };
  const flow = await admin.post(`${N}/flows`, { name: 'Look up', folderId: folder.id, cards: [head] });
  const page = await openPage(s, { who: admin });
  await page.goto(`/flows/${flow.id}`);
  await page.getByRole('button', { name: /Add a card/ }).last().click();
  await page.keyboard.type('Search Rows');
  await page.keyboard.press('Enter');
  const card = page.getByRole('region', { name: 'Card 2, Search Rows' });
  await card.getByRole('button', { name: /Choose a table/ }).click();
  await page.getByRole('option', { name: /Directory/ }).click();
  await card.getByText('Badges').waitFor();
  await card.getByRole('button', { name: 'Add a condition' }).click();
  await card.getByRole('button', { name: /^Name: / }).click();
  await page.keyboard.type('{');
  await page.getByRole('option', { name: /Who/ }).first().click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await until(async () => (await admin.get(`${N}/flows/${flow.id}`)).cards.length === 2, 'the flow to be saved');
  const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { who: 'Bob' } }, [202]);
  await runEnded(admin, runId);
  const { cards, data } = await admin.get(`${N}/runs/${runId}/cards`);
  assert.equal(data[1].outputs[cards[1].outputs.find((o) => o.key === 'Badges').id], 5, JSON.stringify(data[1]));
  assert.ok((await admin.get(`${N}/flows/${flow.id}`)).cards[1].options.stash === t.id);
  await closePage(page);
});
