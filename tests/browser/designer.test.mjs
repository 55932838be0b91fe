// The flow side of the browser application, as a person drives it: folders and flows, the designer by mouse and by keyboard
// alone, testing, execution history, connections; in light, dark and at phone width.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { badgeFlow, directoryConnection, mails, N, runEnded } from '../lib/badge.mjs';
import { axe as axeOf, closeBrowser, closePage, openPage, pick, settled, staysInside, toast } from './lib.mjs';

let s, admin, me, files;
before(async () => {
  files = mkdtempSync(join(tmpdir(), 'reeve-designer-'));
  s = await startReeve();
  admin = await firstAdministrator(s);
  me = await admin.get('/api/v1/users/me');
  await directoryConnection(admin);
});
after(async () => {
  await closeBrowser();
  await s?.stop();
  rmSync(files, { recursive: true, force: true });
});

// what the component library says to screen readers comes and goes by itself; behind a dialog the page is hidden on purpose
const axe = async (page) => {
  const behind = await page.getByRole('dialog').count();
  return (await axeOf(page, ['[data-live-announcer]'])).filter((x) => !(behind && /^(landmark-one-main|page-has-heading-one)/.test(x)));
};
const card = (page, name) => page.getByRole('region', { name: new RegExp(`^Card \\d+, ${name.replace('/', '\\/')}$`) });
const input = (page, cardName, label) => card(page, cardName).getByRole('button', { name: new RegExp(`^${label}: `) });
const output = (page, cardName, label) => card(page, cardName).locator('.fr.o').filter({ hasText: new RegExp(`${label}( \\*)?$`) });
const fields = [['requesterEmail', 'Text', true], ['buildingRequested', 'Text', true], ['businessJustification', 'Text', true], ['assigneeEmail', 'Text', false], ['endDate', 'Date & Time', false]];
const flowNamed = async (name) => (await admin.get(`${N}/flows?limit=200`)).data.find((f) => f.name === name);
const wait = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** presses Tab until this has the focus: what cannot be reached so cannot be reached at all */
async function tabTo(page, target, key = 'Tab') {
  const handle = await target.first().elementHandle();
  for (let i = 0; i < 400; i++) {
    if (await handle.evaluate((e) => e === document.activeElement || (e.contains(document.activeElement) && !e.matches('section,main,div')))) return;
    await page.keyboard.press(key);
  }
  assert.fail(`the keyboard does not reach ${target}`);
}
async function pressOn(page, target, key = 'Enter') {
  await target.first().waitFor();
  await tabTo(page, target);
  await page.keyboard.press(key);
}
/** drags from one element to another by its middle, with moves in between as a hand does */
async function drag(page, from, to, { right } = {}) {
  const a = await from.boundingBox();
  const b = await to.boundingBox();
  await page.mouse.move(right ? a.x + a.width - 2 : a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width / 2 - 12, b.y + b.height / 2 + 6, { steps: 6 });
  await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 3 });
  await page.mouse.up();
}
async function addField(page, cardName, key, type, required) {
  await card(page, cardName).getByRole('button', { name: 'Add a field' }).click();
  const box = page.getByRole('dialog', { name: 'New field' });
  await box.getByLabel('Name').fill(key);
  if (type !== 'Text') await pick(page, box, 'Type', type);
  if (required) await box.getByText('Callers must give it').click();
  await box.getByRole('button', { name: 'Add field' }).click();
  await box.waitFor({ state: 'detached' });
}
async function addLast(page, text, name) {
  await page.getByRole('button', { name: 'Add a card', exact: true }).last().click();
  await page.getByRole('combobox', { name: 'Find a card' }).fill(text);
  await page.getByRole('option', { name, exact: true }).first().click();
}
/** starts the test of the open flow with the form that it asks for and gives the run that came of it */
async function testIt(page, answers) {
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const form = page.getByRole('dialog', { name: /^Test / });
  for (const [label, value] of Object.entries(answers)) await form.getByLabel(label).fill(value);
  await form.getByRole('button', { name: /run/i }).last().click();
  await page.waitForURL(/\/runs\/[^/?]+/);
  const run = await runEnded(admin, /\/runs\/([^/?]+)/.exec(page.url())[1]);
  await page.getByRole('status').filter({ hasText: /Finished|Failed/ }).waitFor();
  return run;
}
const answers = () => ({ requesterEmail: me.profile.login, buildingRequested: 'Building 4', businessJustification: 'Moving the lab', assigneeEmail: 'axel@example.com', endDate: '2027-01-31T10:00' });
async function checkBadgeRun(page, run) {
  assert.equal(run.status, 'SUCCEEDED');
  const first = card(page, 'Delegated Flow');
  for (const text of [me.profile.login, 'Building 4', 'Moving the lab', 'axel@example.com', '2027-01-31']) await first.getByText(text).first().waitFor();
  await card(page, 'Read User').getByText('from 1 requesterEmail').waitFor();
  const text = `${me.profile.firstName} needs a badge for Building 4.`;
  await card(page, 'Compose').getByText(text).first().waitFor();
  const mail = await until(async () => (await mails(admin)).find((m) => m.runId === run.id), 'the mail of the run');
  assert.equal(mail.to, 'axel@example.com');
  const whole = await admin.get(`${N}/mails/${mail.id}`);
  assert.match(whole.text, new RegExp(`${text}\\s+Reason: Moving the lab`));
  await page.getByRole('table', { name: 'Cards in order' }).getByText('Send Email').waitFor();
}

test('WF-8, WF-25, WF-26, WF-37, WF-42, WF-46, WF-47: the badge flow is drawn with the mouse from an empty canvas, tested by its form, and its history shows every value', async () => {
  const page = await openPage(s, { who: admin });
  await page.goto('/flows');
  await settled(page);
  await page.getByRole('button', { name: 'New flow' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New flow' });
  await dialog.getByLabel('Name', { exact: true }).fill('Badge by mouse');
  await dialog.getByLabel('Name of the new folder').fill('Facilities');
  await dialog.getByText('Choose later').click();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/flows\/[^/?]+$/);
  await page.getByRole('button', { name: 'Choose how it starts', exact: true }).last().click();
  await page.getByRole('option', { name: 'Delegated Flow' }).click();
  await card(page, 'Delegated Flow').waitFor();

  await card(page, 'Delegated Flow').getByRole('button', { name: 'Add a field' }).click();
  const box = page.getByRole('dialog', { name: 'New field' });
  await box.getByRole('button', { name: /Type/ }).click();
  assert.deepEqual(await page.getByRole('option').allInnerTexts(), ['Text', 'Number', 'True/False', 'Date & Time']);
  await page.keyboard.press('Escape');
  await page.getByRole('listbox').waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.closest('[role="dialog"]')); // the list gives the focus back when it is gone
  await page.keyboard.press('Escape');
  await box.waitFor({ state: 'detached' });
  for (const f of fields) await addField(page, 'Delegated Flow', ...f);

  // a card from the palette, by dragging it to the end of the row
  await page.getByLabel('Find a card').fill('Read User');
  await page.getByRole('region', { name: 'Cards' }).getByRole('button', { name: 'Read User', exact: true }).first().dragTo(page.getByRole('button', { name: 'Add a card', exact: true }));
  await card(page, 'Read User').waitFor();
  await page.getByLabel('Find a card').fill('');
  // an output onto an input; and the other way round it is refused
  await drag(page, output(page, 'Delegated Flow', 'requesterEmail'), input(page, 'Read User', 'ID or Login'));
  await input(page, 'Read User', 'ID or Login').getByText('requesterEmail').waitFor();
  await addLast(page, 'compose', 'Compose');
  await card(page, 'Compose').waitFor();
  const text = page.getByRole('textbox', { name: 'Text of Compose' });
  await drag(page, output(page, 'Read User', 'First name'), text);
  await text.locator('[data-key]').first().waitFor();
  await text.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' needs a badge for {');
  await page.getByRole('combobox', { name: 'Insert a value' }).fill('building');
  await page.getByRole('option', { name: /buildingRequested/ }).click();
  await wait(page);
  await page.keyboard.type('.');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Reason: {');
  await page.getByRole('combobox', { name: 'Insert a value' }).fill('justification');
  await page.keyboard.press('Enter');
  await wait(page);

  await addLast(page, 'office', 'Send Email');
  // click and pick; type a constant; type { in the field
  await input(page, 'Send Email', 'To').click();
  await page.getByRole('option', { name: /assigneeEmail/ }).click();
  await input(page, 'Send Email', 'Subject').click();
  await page.getByRole('combobox', { name: 'Value of Subject' }).fill('Badge access');
  await page.keyboard.press('Enter');
  await input(page, 'Send Email', 'Body').focus();
  await page.keyboard.press('{');
  await page.keyboard.type('output');
  await page.keyboard.press('Enter');
  await input(page, 'Send Email', 'Body').getByText('output').waitFor();
  assert.deepEqual(await axe(page), []);
  // an earlier card cannot take a later value
  await page.getByRole('button', { name: 'Show all' }).click();
  await wait(page);
  await drag(page, output(page, 'Compose', 'output'), input(page, 'Read User', 'ID or Login'));
  await toast(page, 'A card can only take values of cards before it.');
  await input(page, 'Read User', 'ID or Login').getByText('requesterEmail').waitFor();
  await page.getByText('No problems').waitFor();

  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await toast(page, 'Version 2 is saved.');
  await page.getByRole('switch', { name: 'On', exact: true }).locator('xpath=ancestor-or-self::label').click();
  await toast(page, 'Badge by mouse is on.');
  const stored = await flowNamed('Badge by mouse');
  assert.equal(stored.enabled, true);
  const asked = (await admin.get(`${N}/delegated-flows/${stored.id}`)).inputs;
  assert.deepEqual(asked.map((f) => [f.key, f.type, f.required]), fields.map(([key, type, required]) => [key, type === 'Text' ? 'text' : 'datetime', required]));

  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const form = page.getByRole('dialog', { name: /^Test / });
  await form.waitFor();
  for (const [key] of fields) assert.equal(await form.getByLabel(key).count(), 1, `one control for ${key}`);
  assert.equal(await form.getByLabel('endDate').getAttribute('type'), 'datetime-local');
  await form.getByRole('button', { name: 'Run it' }).click();
  await form.getByText('Fill this in').first().waitFor();
  await form.getByRole('button', { name: 'Cancel' }).click();
  await checkBadgeRun(page, await testIt(page, answers()));
  assert.deepEqual(await axe(page), []);
  await closePage(page);
});

test('WF-10, WF-25, WF-46: the same flow is built, tested and its history read with the keyboard alone', async () => {
  const page = await openPage(s, { who: admin });
  const type = (text) => page.keyboard.type(text);
  const key = (name) => page.keyboard.press(name);
  await page.goto('/flows');
  await settled(page);
  await key('n');
  await page.getByRole('dialog', { name: 'New flow' }).waitFor();
  await type('Badge by keyboard');
  await pressOn(page, page.getByRole('button', { name: /Folder/ }));
  await page.getByRole('option', { name: 'Facilities' }).waitFor();
  await type('Facil');
  await key('Enter');
  await pressOn(page, page.getByRole('button', { name: 'Create' }));
  await page.waitForURL(/\/flows\/[^/?]+$/);
  await card(page, 'Delegated Flow').waitFor();
  await key('l');
  await page.getByRole('list', { name: 'Flow, card by card' }).waitFor();

  for (const [name, kind, required] of fields) {
    await pressOn(page, page.getByRole('button', { name: 'Add a field' }));
    const box = page.getByRole('dialog', { name: 'New field' });
    await box.waitFor();
    await type(name);
    if (kind !== 'Text') {
      await pressOn(page, box.getByRole('button', { name: /Type/ }));
      await page.getByRole('option', { name: kind }).waitFor();
      await type('Date');
      await key('Enter');
    }
    if (required) await pressOn(page, box.getByRole('checkbox', { name: 'Callers must give it' }), 'Space');
    await pressOn(page, box.getByRole('button', { name: 'Add field' }));
    await box.waitFor({ state: 'detached' });
  }
  const add = async (text, name) => {
    await pressOn(page, page.getByRole('button', { name: 'Add a card', exact: true }).last());
    await page.getByRole('combobox', { name: 'Find a card' }).waitFor();
    await type(text);
    await key('Enter');
    await card(page, name).waitFor();
  };
  const take = async (cardName, label, text) => {
    await tabTo(page, input(page, cardName, label));
    await key('{');
    await page.getByRole('combobox', { name: `Value of ${label}` }).waitFor();
    await type(text);
    await key('Enter');
    await page.getByRole('combobox', { name: `Value of ${label}` }).waitFor({ state: 'detached' });
  };
  await add('read user', 'Read User');
  await take('Read User', 'ID or Login', 'requesterEmail');
  await add('compose', 'Compose');
  await tabTo(page, page.getByRole('textbox', { name: 'Text of Compose' }));
  const insert = async (text) => {
    await type('{');
    await page.getByRole('combobox', { name: 'Insert a value' }).waitFor();
    await type(text);
    await key('Enter');
    await page.getByRole('combobox', { name: 'Insert a value' }).waitFor({ state: 'detached' });
    await wait(page);
    await until(() => page.evaluate(() => document.activeElement?.getAttribute('role') === 'textbox'), 'the text to have the focus again');
  };
  await insert('first name');
  await type(' needs a badge for ');
  await insert('building');
  await type('.');
  await key('Enter');
  await type('Reason: ');
  await insert('justification');
  await add('office send email', 'Send Email');
  await take('Send Email', 'To', 'assigneeEmail');
  await tabTo(page, input(page, 'Send Email', 'Subject'));
  await type('B');
  await page.getByRole('combobox', { name: 'Value of Subject' }).waitFor();
  await type('adge access');
  await key('Enter');
  await take('Send Email', 'Body', 'output');
  // what was done can be undone and done again
  const body = input(page, 'Send Email', 'Body');
  await key('Control+z');
  await until(async () => !(await body.getByText('output').count()), 'the link to be undone');
  await key('Control+Shift+z');
  await body.getByText('output').waitFor();
  assert.deepEqual(await axe(page), []);
  await key('Control+s');
  await toast(page, 'Version 2 is saved.');
  await tabTo(page, page.getByRole('switch', { name: 'On', exact: true }));
  await key('Space');
  await toast(page, 'Badge by keyboard is on.');
  await pressOn(page, page.getByRole('button', { name: 'Test', exact: true }));
  const form = page.getByRole('dialog', { name: /^Test / });
  await form.waitFor();
  for (const [label, value] of Object.entries(answers())) {
    await tabTo(page, form.getByLabel(label));
    if (label !== 'endDate') {
      await type(value);
      continue;
    }
    // the parts of a date are typed one after the other, in the order of the browser's own language
    for (const [day, time] of [['01312027', '1000AM'], ['31012027', '1000']]) {
      if (await form.getByLabel(label).inputValue()) break;
      for (let i = 0; i < 6; i++) await key('ArrowLeft');
      await type(day);
      await key('ArrowRight');
      await type(time);
    }
  }
  await pressOn(page, form.getByRole('button', { name: 'Run it' }));
  await page.waitForURL(/\/runs\/[^/?]+/);
  await checkBadgeRun(page, await runEnded(admin, /\/runs\/([^/?]+)/.exec(page.url())[1]));
  await closePage(page);
});

test('WF-1, WF-3, WF-4: folders and flows are made, listed by name, renamed, moved with their history and deleted', async () => {
  const page = await openPage(s, { who: admin });
  await page.goto('/flows');
  await settled(page);
  const tree = page.getByRole('navigation', { name: 'Folders' });
  const make = async (name) => {
    const box = page.getByRole('dialog', { name: /New folder/ });
    await box.getByLabel('Name').fill(name);
    await box.getByRole('button', { name: 'Create' }).click();
    await box.waitFor({ state: 'detached' });
  };
  const act = async (of, what) => {
    await tree.getByRole('link', { name: of }).hover();
    await tree.getByRole('button', { name: `Actions for ${of}` }).click();
    await page.getByRole('menuitem', { name: what }).click();
  };
  await tree.getByRole('button', { name: 'New folder' }).click();
  await make('Zoo');
  await tree.getByRole('button', { name: 'New folder' }).click();
  await make('Archive');
  await act('Zoo', 'New folder inside …');
  await make('Ape house');
  await tree.getByRole('link', { name: 'Ape house' }).waitFor();
  assert.deepEqual((await tree.getByRole('link').allInnerTexts()).map((x) => x.split('\n')[0]), ['All flows', 'Archive', 'Facilities', 'Zoo', 'Ape house']);
  await act('Zoo', 'Rename …');
  await page.getByRole('dialog', { name: 'Rename folder' }).getByLabel('Name').fill('Zoological');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await tree.getByRole('link', { name: 'Zoological' }).waitFor();

  await tree.getByRole('link', { name: 'Archive' }).click();
  await page.getByRole('button', { name: 'New flow' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New flow' });
  await dialog.getByLabel('Name', { exact: true }).fill('Wandering');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await card(page, 'Delegated Flow').waitFor();
  await page.getByRole('button', { name: 'More for this flow' }).click();
  await page.getByRole('menuitem', { name: 'Rename …' }).click();
  await page.getByRole('dialog', { name: 'Rename flow' }).getByLabel('Name').fill('Wanderer');
  await page.getByRole('dialog', { name: 'Rename flow' }).getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Wanderer' }).waitFor();
  const made = await flowNamed('Wanderer');
  assert.equal(made.folderPath, 'Archive');
  const { runId } = await admin.post(`${N}/flows/${made.id}/test`, { inputs: {} });
  await runEnded(admin, runId);
  await page.goto('/flows');
  const row = page.getByRole('row', { name: /Wanderer/ });
  await row.getByRole('button', { name: 'Actions for Wanderer' }).click();
  await page.getByRole('menuitem', { name: 'Move …' }).click();
  const move = page.getByRole('dialog', { name: /^Move/ });
  await pick(page, move, 'Folder', 'Ape house');
  await move.getByRole('button', { name: 'Move' }).click();
  await toast(page, 'Wanderer is in Ape house now.');
  const moved = await admin.get(`${N}/flows/${made.id}`);
  assert.equal(moved.folderPath, 'Zoological / Ape house');
  assert.equal(moved.versionNumber, 1);
  assert.equal((await admin.get(`${N}/runs?flowId=${made.id}`)).data[0].id, runId);
  // a folder with something in it stays
  await act('Zoological', 'Delete …');
  await page.getByRole('alertdialog').getByText('Move or delete what is inside first').waitFor();
  await page.keyboard.press('Escape');
  await row.getByRole('button', { name: 'Actions for Wanderer' }).click();
  await page.getByRole('menuitem', { name: 'Delete …' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete flow' }).click();
  await row.waitFor({ state: 'detached' });
  for (const f of ['Ape house', 'Zoological', 'Archive']) {
    await act(f, 'Delete …');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete folder' }).click();
    await tree.getByRole('link', { name: f }).waitFor({ state: 'detached' });
  }
  assert.equal(await flowNamed('Wanderer'), undefined);
  await closePage(page);
});

test('WF-9, WF-14: a value dropped on the empty place makes a field of its name and type; a note is kept and not run', async () => {
  const page = await openPage(s, { who: admin });
  const folder = (await admin.get(`${N}/folders`)).data.find((f) => f.name === 'Facilities');
  const flow = await admin.post(`${N}/flows`, { name: 'Dropping', folderId: folder.id, cards: [
    { id: 'start', card: 'http:delegated', title: 'Delegated Flow', inputs: [{ id: 'n', group: 'inputs', key: 'amount', label: 'Amount', type: 'number' }], outputs: [{ id: 'n', group: 'inputs', key: 'amount', label: 'Amount', type: 'number' }] },
  ] });
  await page.goto(`/flows/${flow.id}`);
  await card(page, 'Delegated Flow').waitFor();
  await addLast(page, 'assign', 'Assign');
  await card(page, 'Assign').waitFor();
  await drag(page, output(page, 'Delegated Flow', 'Amount'), card(page, 'Assign').getByRole('button', { name: 'Click or drop a value here' }));
  await input(page, 'Assign', 'Amount').getByText('Amount').waitFor();
  await card(page, 'Assign').getByRole('button', { name: 'Assign', exact: false }).first().click();
  await page.getByRole('toolbar', { name: 'Card tools' }).getByRole('button', { name: 'Note' }).click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Why so');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await toast(page, 'Version 2 is saved.');
  const stored = await admin.get(`${N}/flows/${flow.id}`);
  const assign = stored.cards.find((c) => c.card === 'control:let');
  assert.equal(assign.inputs[0].type, 'number');
  assert.deepEqual(assign.inputs[0].from, { card: 'start', output: 'n' });
  assert.equal(assign.outputs[0].key, assign.inputs[0].key);
  assert.equal(stored.cards.find((c) => c.card === 'control:comment').title, 'Why so');
  assert.match((await admin.raw('GET', `${N}/flows/${flow.id}/export`)).text, /Why so/);
  const run = await testIt(page, { Amount: '12.5' });
  const ran = await admin.get(`${N}/runs/${run.id}/cards`);
  assert.deepEqual(ran.data.map((e) => e.card), ['http:delegated', 'control:let']);
  assert.equal(Object.values(ran.data[1].outputs)[0], 12.5);
  await closePage(page);
});

test('what was not saved is back after leaving, a save of somebody else is not overwritten unasked, and a version is restored', async () => {
  const page = await openPage(s, { who: admin });
  const flow = await flowNamed('Dropping');
  await page.goto(`/flows/${flow.id}`);
  await card(page, 'Assign').waitFor();
  await addLast(page, 'concatenate', 'Concatenate');
  await card(page, 'Concatenate').waitFor();
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await page.waitForURL(/\/runs/);
  await page.getByRole('link', { name: 'Design', exact: true }).click();
  await card(page, 'Concatenate').waitFor();
  await page.getByText('Not saved', { exact: true }).waitFor();
  const now = await admin.get(`${N}/flows/${flow.id}`);
  await admin.patch(`${N}/flows/${flow.id}`, { version: now.version, cards: now.cards.slice(0, 1) });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Somebody else saved this flow meanwhile').waitFor();
  await card(page, 'Concatenate').waitFor();
  await page.getByRole('button', { name: 'Save mine' }).click();
  await toast(page, 'Version 4 is saved.');
  assert.equal((await admin.get(`${N}/flows/${flow.id}`)).cards.length, 4);
  await page.getByRole('button', { name: 'More for this flow' }).click();
  await page.getByRole('menuitem', { name: 'Versions' }).click();
  const versions = page.getByRole('dialog', { name: 'Versions' });
  assert.deepEqual(await axe(page), []);
  await versions.getByRole('listitem').filter({ hasText: 'Version 2' }).getByRole('button', { name: 'Restore' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Restore version 2' }).click();
  await toast(page, 'Version 2 is back.');
  await card(page, 'Concatenate').waitFor({ state: 'detached' });
  assert.equal((await admin.get(`${N}/flows/${flow.id}`)).cards.length, 3);
  await closePage(page);
});

test('a flow with a problem says so at its card, cannot be switched on, and leads there', async () => {
  const page = await openPage(s, { who: admin });
  const folder = (await admin.get(`${N}/folders`)).data.find((f) => f.name === 'Facilities');
  const flow = await admin.post(`${N}/flows`, { name: 'Unfinished', folderId: folder.id });
  await page.goto(`/flows/${flow.id}`);
  await page.getByRole('button', { name: '1 problem' }).waitFor();
  await page.getByRole('switch', { name: 'On', exact: true }).locator('xpath=ancestor-or-self::label').click();
  const panel = page.getByRole('complementary', { name: 'What stands in the way' });
  await panel.getByText('Choose the event that starts the flow.').first().waitFor();
  assert.equal((await admin.get(`${N}/flows/${flow.id}`)).enabled, false);
  await panel.getByRole('button', { name: 'Go to card' }).click();
  await until(() => page.evaluate(() => document.activeElement?.closest('[data-card]') !== null), 'the card to have the focus');
  await admin.delete(`${N}/flows/${flow.id}`);
  await closePage(page);
});

test('the open history shows a new run without being asked, and a run that fails says where and why', async () => {
  const page = await openPage(s, { who: admin });
  const flow = await flowNamed('Badge by mouse');
  const before = await admin.get(`${N}/runs?flowId=${flow.id}`);
  await page.goto(`/flows/${flow.id}/runs/${before.data[0].id}`);
  const list = page.getByRole('region', { name: 'Runs' });
  await list.getByRole('link').first().waitFor();
  const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { requesterEmail: 'stranger@example.com', buildingRequested: 'B', businessJustification: 'because' } });
  await list.getByRole('button', { name: '1 new run' }).click();
  await list.locator(`a[href*="${runId}"]`).click();
  const run = await runEnded(admin, runId);
  assert.equal(run.status, 'FAILED');
  await page.getByRole('status').filter({ hasText: 'Failed in card 2' }).waitFor();
  await card(page, 'Read User').getByText('Not Found', { exact: true }).waitFor();
  await card(page, 'Send Email').getByText('Not reached').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'Run again' }).click();
  await toast(page, 'It runs again.');
  await page.waitForURL((u) => !u.pathname.includes(runId));
  await closePage(page);
});

test('a flow is exported and imported again in the browser, with a report', async () => {
  const page = await openPage(s, { who: admin });
  await page.goto('/flows');
  await settled(page);
  await page.getByRole('button', { name: 'Actions for Badge by mouse' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export' }).click()]);
  const file = join(files, download.suggestedFilename());
  await download.saveAs(file);
  await page.getByRole('button', { name: 'Import' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Import flows' });
  await dialog.getByLabel('Export file').setInputFiles(file);
  await dialog.getByRole('button', { name: 'Import' }).click();
  const report = page.getByRole('dialog', { name: '1 flow was imported' });
  assert.deepEqual(await axe(page), []);
  await report.getByRole('link', { name: 'Badge by mouse' }).click();
  await card(page, 'Read User').waitFor();
  await card(page, 'Send Email').waitFor();
  await page.getByText('Please', { exact: false }).or(page.getByText('needs a badge for')).first().waitFor();
  await closePage(page);
});

test('a connection is made, tested, renamed and deleted', async () => {
  const page = await openPage(s, { who: admin });
  await page.goto('/connections');
  await settled(page);
  await page.getByRole('button', { name: 'New connection' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  await dialog.getByLabel('Name').fill('Second directory');
  if (await dialog.getByText('Choose a connector').count()) await pick(page, dialog, 'Connector', 'Okta');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const row = page.getByRole('row', { name: /Second directory/ });
  await row.getByRole('button', { name: 'Test' }).click();
  await page.getByText(`The connection works as ${me.profile.login}.`).waitFor();
  await row.getByText('Works').waitFor();
  await row.getByRole('button', { name: 'Actions for Second directory' }).click();
  await page.getByRole('menuitem', { name: 'Rename …' }).click();
  await page.getByRole('dialog', { name: 'Rename connection' }).getByLabel('Name').fill('Third directory');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Actions for Third directory' }).click();
  await page.getByRole('menuitem', { name: 'Delete …' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete connection' }).click();
  await page.getByRole('row', { name: /Third directory/ }).waitFor({ state: 'detached' });
  await closePage(page);
});

for (const [size, scheme] of [['desk', 'light'], ['desk', 'dark'], ['phone', 'light'], ['phone', 'dark']]) {
  test(`axe finds nothing on the flow screens and nothing is wider than the window: ${size}, ${scheme}`, async () => {
    const page = await openPage(s, { who: admin, size, scheme });
    const flow = (await flowNamed('Badge with everything')) ?? await badgeFlow(admin, { name: 'Badge with everything', connectionId: (await admin.get(`${N}/connections`)).data[0].id });
    let run = (await admin.get(`${N}/runs?flowId=${flow.id}`)).data[0];
    if (!run) {
      const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { requesterEmail: me.profile.login, buildingRequested: 'B', businessJustification: 'because', assigneeEmail: 'a@example.com' } });
      run = await runEnded(admin, runId);
    }
    for (const path of ['/flows', `/flows/${flow.id}`, `/flows/${flow.id}?view=list`, `/flows/${flow.id}/runs/${run.id}`, `/flows/${flow.id}/runs`, `/flows/${flow.id}/usage`, '/connections', '/flows?new=yes']) {
      await page.goto(path);
      await settled(page);
      if (/^\/flows\/[^/?]+(\?|$|\/runs\/)/.test(path)) await page.locator('[data-card]').first().waitFor();
      assert.deepEqual(await axe(page), [], path);
      await staysInside(page);
    }
    await closePage(page);
  });
}
