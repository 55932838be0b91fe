// The main tasks of requester, approver and assignee in Chromium, by mouse, by keyboard alone and at phone width; and the first
// five minutes of a new administrator with the sample organisation.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { addPerson, firstAdministrator, signIn, startReeve, until } from '../lib/reeve.mjs';
import { badgeScenario, decide, N, requestWhen, step, submitBadge } from '../lib/badge.mjs';
import { closeBrowser, closePage, openPage, sees, settled, setUpBy, startWithSample, staysInside, tabTo, toast } from './lib.mjs';

after(closeBrowser);
const dialog = (page) => page.getByRole('dialog').or(page.getByRole('alertdialog'));
/** the request of this page, by API */
const numberOf = (page) => /\/requests\/(\d+)/.exec(page.url())[1];

describe('the first five minutes', () => {
  let s;
  before(async () => { s = await startWithSample(); });
  after(() => s.stop());

  test('a new administrator approves the sample request, sees run and mail, closes it, publishes version 2 and removes the samples', async () => {
    const page = await openPage(s);
    await setUpBy(page, s);
    await page.waitForURL('**/inbox');
    await sees(page, 'Badge access, Building 4');
    await sees(page, 'This organisation holds sample data.');
    await page.getByRole('main').getByRole('link', { name: 'Open' }).click();
    await page.waitForURL(/\/requests\/\d+/);
    await page.getByRole('button', { name: /^Approve/ }).click();
    await toast(page, 'approved');

    // the page changes under one's eyes, without being loaded again
    await sees(page, 'Workflow started');
    const values = page.locator('.vals');
    await values.getByText('Building 4', { exact: true }).waitFor();
    await page.getByRole('link', { name: /Open run/ }).waitFor();
    const number = numberOf(page);
    await page.getByRole('link', { name: /Open run/ }).click();
    await page.waitForURL(/\/flows\/[^/]+\/runs\/[^/]+/);
    await sees(page, 'Building 4');

    await page.goto('/mail');
    await page.getByRole('main').getByRole('link').filter({ hasText: /Building 4/ }).first().click();
    await page.locator('.letter').getByText('Moving the test lab to Building 4').first().waitFor();

    await page.goto(`/requests/${number}`);
    await page.getByRole('button', { name: 'Complete', exact: true }).click();
    await sees(page, 'Closed by itself');

    await page.goto('/request-types');
    await page.getByRole('main').getByRole('link', { name: /Badge access/ }).click();
    await page.getByRole('main').getByRole('link', { name: /Close when badge is updated/ }).click();
    await page.getByLabel('Text', { exact: true }).fill('Update the badge');
    await page.getByRole('button', { name: 'Publish version 2' }).click();
    await toast(page, 'Version 2 is published.');
    await page.goto(`/requests/${number}`);
    await sees(page, 'version 1');

    await page.getByRole('button', { name: 'Remove all samples' }).click();
    await dialog(page).getByRole('button', { name: 'Remove samples' }).click();
    await toast(page, 'All samples were removed.');
    await page.goto('/inbox');
    await sees(page, 'Nothing needs you');
    assert.equal(await page.getByText('This organisation holds sample data.').count(), 0);
    await closePage(page);
  });
});

describe('the badge journey', () => {
  let s, admin, b;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s);
  });
  after(() => s.stop());
  const stepOf = async (id, key) => step(await admin.get(`${N}/requests/${id}`), key);

  describe('ask for badge access', () => {
    const fill = async (page) => {
      await page.getByLabel('Business justification').fill('The lab moves');
      await page.getByRole('button', { name: /Building/ }).click();
      await page.getByRole('option', { name: 'Building 4' }).click();
      await page.getByLabel('End date').fill('2027-01-31');
    };
    const ends = async (page) => {
      await page.waitForURL(/\/requests\/\d+/);
      await sees(page, 'Waits for Mona Manager');
      const r = await b.requester.get(`${N}/requests/${numberOf(page)}`);
      assert.deepEqual([r.status, r.requester.name, step(r, 'q2').answerText, step(r, 'q3').answer], ['OPEN', 'Rita Requester', 'Building 4', '2027-01-31']);
    };
    for (const size of ['desk', 'phone']) {
      test(`AR-60: by mouse, ${size === 'phone' ? 'on a phone' : 'on a wide screen'}: search, fill in, see who decides, send`, async () => {
        const page = await openPage(s, { who: b.requester, size });
        await page.goto('/catalogue');
        await page.getByLabel('Search the catalogue').fill('badge');
        await page.getByRole('main').getByRole('link', { name: /Badge access/ }).click();
        await sees(page, 'Mona Manager');
        await page.getByRole('button', { name: 'Send request' }).click();
        await sees(page, '3 answers need your attention');
        await page.waitForFunction(() => document.activeElement?.closest('[data-wrong]'));
        await fill(page);
        await staysInside(page);
        await page.getByRole('button', { name: 'Send request' }).click();
        await ends(page);
        await closePage(page);
      });
    }
    test('with the keyboard alone', async () => {
      const page = await openPage(s, { who: b.requester });
      await page.goto('/inbox');
      await settled(page);
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await page.waitForURL('**/catalogue');
      await page.getByLabel('Search the catalogue').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('badge');
      await tabTo(page, page.getByRole('main').getByRole('link', { name: /Badge access/ }));
      await page.keyboard.press('Enter');
      await tabTo(page, page.getByLabel('Business justification'));
      await page.keyboard.type('The lab moves');
      await tabTo(page, page.getByRole('button', { name: /Building/ }));
      await page.keyboard.press('Enter');
      await page.getByRole('option', { name: 'Building 4' }).waitFor();
      await page.keyboard.type('Building 4');
      await page.keyboard.press('Enter');
      await tabTo(page, page.getByLabel('End date'));
      await page.keyboard.type('01312027'); // month first: Chromium itself speaks American here
      assert.equal(await page.getByLabel('End date').inputValue(), '2027-01-31');
      await tabTo(page, page.getByRole('button', { name: 'Send request' }));
      await page.keyboard.press('Enter');
      await ends(page);
      await closePage(page);
    });
    test('a draft is kept when one leaves, and discarded after a question', async () => {
      const page = await openPage(s, { who: b.requester });
      await page.goto(`/catalogue/${b.type.id}`);
      await page.getByLabel('Business justification').fill('Half a sentence');
      await sees(page, 'Draft kept');
      await page.goto('/inbox');
      await page.goto(`/catalogue/${b.type.id}`);
      assert.equal(await page.getByLabel('Business justification').inputValue(), 'Half a sentence');
      await page.getByRole('button', { name: 'Discard' }).click();
      await dialog(page).getByRole('button', { name: 'Discard' }).click();
      await page.waitForURL('**/catalogue');
      await page.goto(`/catalogue/${b.type.id}`);
      assert.equal(await page.getByLabel('Business justification').inputValue(), '');
      await closePage(page);
    });
  });

  describe('approve and deny', () => {
    test('approving by mouse shows the server\'s answer, and the request goes on under one\'s eyes', async () => {
      const r = await submitBadge(b);
      const page = await openPage(s, { who: b.manager });
      await page.goto(`/requests/${r.number}`);
      await page.getByLabel('Reason').fill('Until the pilot ends');
      await page.getByRole('button', { name: /^Approve/ }).click();
      await toast(page, 'Manager approval: approved.');
      await sees(page, 'Until the pilot ends');
      await sees(page, 'Workflow started');
      assert.equal((await stepOf(r.id, 't1')).note, 'Until the pilot ends');
      await closePage(page);
    });
    test('with the keyboard alone: j, k and Enter move, a asks for a reason and approves', async () => {
      const [first, second] = [await submitBadge(b), await submitBadge(b)];
      const page = await openPage(s, { who: b.manager });
      await page.goto('/inbox');
      await page.getByRole('list', { name: 'Inbox' }).getByText(`#${second.number}`).waitFor();
      const here = () => page.locator('.lr[aria-current]').textContent();
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      for (let i = 0; i < 20 && !(await here()).includes(`#${first.number}`); i++) await page.keyboard.press('j');
      assert.ok((await here()).includes(`#${first.number}`));
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/requests/${first.number}`);
      await page.getByRole('button', { name: /^Approve/ }).waitFor();
      await page.keyboard.press('a');
      await dialog(page).waitFor();
      await page.keyboard.type('Fine');
      await page.keyboard.press('Control+Enter');
      await toast(page, 'approved');
      assert.deepEqual([(await stepOf(first.id, 't1')).decision, (await stepOf(first.id, 't1')).note], ['APPROVED', 'Fine']);
      await closePage(page);
    });
    test('denying needs a reason, which stands with the request; d does it by keyboard', async () => {
      const r = await submitBadge(b);
      const page = await openPage(s, { who: b.manager });
      await page.goto(`/requests/${r.number}`);
      await page.getByRole('button', { name: /^Deny/ }).click();
      await sees(page, 'Write the reason for denying');
      assert.equal((await stepOf(r.id, 't1')).state, 'OPEN');
      await page.keyboard.press('Escape');
      await page.locator('h1').click();
      await page.keyboard.press('d');
      await dialog(page).waitFor();
      await page.keyboard.type('The building closes');
      await tabTo(page, dialog(page).getByRole('button', { name: 'Deny' }));
      await page.keyboard.press('Enter');
      await toast(page, 'denied');
      const t1 = await stepOf(r.id, 't1');
      assert.deepEqual([t1.decision, t1.note], ['DENIED', 'The building closes']);
      const asker = await openPage(s, { who: b.requester });
      await asker.goto(`/requests/${r.number}`);
      await sees(asker, 'The building closes');
      await closePage(asker);
      await closePage(page);
    });
    test('on a phone the decision sits at the bottom edge', async () => {
      const r = await submitBadge(b);
      const page = await openPage(s, { who: b.manager, size: 'phone' });
      await page.goto('/inbox');
      await page.getByRole('main').getByRole('link').filter({ hasText: `#${r.number}` }).click();
      await page.waitForURL(`**/requests/${r.number}`);
      await staysInside(page);
      const approve = page.locator('.actbar').getByRole('button', { name: /Approve/ });
      const box = await approve.boundingBox();
      assert.ok(box.y + box.height > 700 && box.height >= 44, `the button is at ${JSON.stringify(box)}`);
      await approve.click();
      await toast(page, 'approved');
      assert.equal((await stepOf(r.id, 't1')).decision, 'APPROVED');
      await closePage(page);
    });
    test('single letters can be switched off', async () => {
      const r = await submitBadge(b);
      const page = await openPage(s, { who: b.manager });
      await page.goto(`/requests/${r.number}`);
      await page.getByRole('button', { name: /You and this device/ }).click();
      await page.getByRole('menuitem', { name: 'Single-letter keys' }).click();
      await until(async () => (await b.manager.get(`${N}/preferences`)).singleKeys === false, 'the preference to be stored');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      await page.locator('h1').click();
      await page.keyboard.press('a');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').waitFor();
      assert.equal(await page.getByRole('dialog').filter({ hasText: 'Reason' }).count(), 0);
      const now = await b.manager.get(`${N}/preferences`);
      await b.manager.patch(`${N}/preferences`, { version: now.version, singleKeys: true });
      await closePage(page);
    });
  });

  describe('complete the task', () => {
    const ready = async () => {
      const r = await submitBadge(b);
      await decide(b.manager, await b.manager.get(`${N}/requests/${r.id}`), 't1', 'APPROVED');
      return requestWhen(admin, r.id, (x) => step(x, 't2').state === 'OPEN', 'the task to open');
    };
    const closes = async (page, r) => {
      await sees(page, 'Closed by itself');
      assert.equal((await admin.get(`${N}/requests/${r.id}`)).status, 'RESOLVED');
    };
    for (const size of ['desk', 'phone']) {
      test(`by mouse, ${size === 'phone' ? 'on a phone' : 'on a wide screen'}: the request closes by itself`, async () => {
        const r = await ready();
        const page = await openPage(s, { who: b.assignee, size });
        await page.goto(`/requests/${r.number}`);
        await page.getByRole('button', { name: 'Complete', exact: true }).filter({ visible: true }).click();
        await closes(page, r);
        await closePage(page);
      });
    }
    test('with the keyboard alone', async () => {
      const r = await ready();
      const page = await openPage(s, { who: b.assignee });
      await page.goto(`/requests/${r.number}`);
      await tabTo(page, page.getByRole('button', { name: 'Complete', exact: true }));
      await page.keyboard.press('Enter');
      await closes(page, r);
      await closePage(page);
    });
  });

  test('AR-26: a failed workflow step offers Run again and Mark as complete to the request assignee', async () => {
    const fails = async () => {
      const r = await submitBadge(b);
      await admin.post(`${N}/flows/${b.flow.id}/deactivate`, {});
      await decide(b.manager, await b.manager.get(`${N}/requests/${r.id}`), 't1', 'APPROVED');
      await requestWhen(admin, r.id, (x) => step(x, 'a1').state === 'FAILED', 'the action to fail');
      await admin.post(`${N}/flows/${b.flow.id}/activate`, {});
      return r;
    };
    const page = await openPage(s, { who: b.assignee });
    const again = await fails();
    await page.goto(`/requests/${again.number}`);
    await page.locator('.failure').getByText('The workflow is off').waitFor();
    await page.getByRole('button', { name: 'Mark as complete' }).waitFor();
    await page.getByRole('button', { name: 'Run again' }).click();
    await sees(page, 'Workflow started');
    const marked = await fails();
    await page.goto(`/requests/${marked.number}`);
    await page.getByRole('button', { name: 'Mark as complete' }).click();
    await dialog(page).getByRole('button', { name: 'Mark as complete' }).click();
    await page.getByRole('button', { name: 'Complete', exact: true }).waitFor();
    assert.deepEqual([(await stepOf(marked.id, 'a1')).state, (await stepOf(marked.id, 'a1')).runId], ['COMPLETED', null]);
    await closePage(page);
  });
  test('the request shows what was sent to its workflow, under the name of each input', async () => {
    const r = await submitBadge(b, { q1: 'A reason to be found' });
    await decide(b.manager, await b.manager.get(`${N}/requests/${r.id}`), 't1', 'APPROVED');
    await requestWhen(admin, r.id, (x) => step(x, 't2').state === 'OPEN', 'the task to open');
    const page = await openPage(s, { who: admin });
    await page.goto('/inbox');
    await settled(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type(String(r.number));
    await page.getByRole('option').filter({ hasText: `#${r.number}` }).first().click();
    await page.waitForURL(`**/requests/${r.number}`);
    const sent = Object.fromEntries(await page.locator('.vals').first().evaluate((dl) => [...dl.querySelectorAll('dt')].map((dt) => [dt.textContent, dt.nextElementSibling.textContent])));
    assert.equal(sent.requesterEmail, 'rita@example.com');
    assert.equal(sent.buildingRequested, 'Building 4');
    assert.equal(sent.businessJustification, 'A reason to be found');
    assert.equal(sent.assigneeEmail, 'axel@example.com');
    await closePage(page);
  });
  test('new rows come as a count and move nothing under the pointer', async () => {
    const page = await openPage(s, { who: b.requester });
    await page.goto('/inbox?view=asked');
    await page.locator('.lr').first().hover();
    const before = await page.locator('.lr .ti').count();
    const r = await submitBadge(b);
    await page.getByRole('button', { name: /new request/ }).waitFor();
    assert.equal(await page.locator('.lr .ti').count(), before);
    await page.getByRole('button', { name: /new request/ }).click();
    await page.getByText(`#${r.number}`).first().waitFor();
    await closePage(page);
  });
  test('the conversation reaches everybody on the request without loading again', async () => {
    const r = await submitBadge(b);
    const [asker, decider] = [await openPage(s, { who: b.requester }), await openPage(s, { who: b.manager })];
    await asker.goto(`/requests/${r.number}`);
    await decider.goto(`/requests/${r.number}`);
    await decider.getByLabel('Write to everyone on this request').fill('Is one floor enough?');
    await decider.getByRole('button', { name: 'Send', exact: true }).click();
    await sees(asker, 'Is one floor enough?');
    await closePage(asker);
    await closePage(decider);
  });
  test('the assignee is changed, and a task is given to somebody else', async () => {
    const r = await submitBadge(b);
    const page = await openPage(s, { who: admin });
    await page.goto(`/requests/${r.number}`);
    await page.getByRole('button', { name: 'Change assignee …' }).click();
    await dialog(page).getByRole('combobox').fill('Reeve');
    await page.getByRole('option', { name: /Reeve Administrator/ }).click();
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await until(async () => (await admin.get(`${N}/requests/${r.id}`)).assignee.name === 'Reeve Administrator', 'the assignee to change');
    await page.getByRole('button', { name: 'Reassign' }).click();
    await dialog(page).getByRole('combobox').fill('Axel');
    await page.getByRole('option', { name: /Axel Assignee/ }).click();
    await dialog(page).getByRole('button', { name: 'Reassign' }).click();
    await toast(page, 'Now waits for Axel Assignee.');
    assert.deepEqual((await stepOf(r.id, 't1')).assignees.map((p) => p.name), ['Axel Assignee']);
    await closePage(page);
  });
  test('AR-18: publishing with an unmapped required input names step and input at their place', async () => {
    const made = await admin.post(`${N}/request-types/${b.type.id}/duplicate`, {});
    const page = await openPage(s, { who: admin });
    await page.goto(`/request-types/${made.id}?step=a1`);
    await page.getByRole('button', { name: /Requester email: Send/ }).waitFor();
    const full = await admin.get(`${N}/request-types/${made.id}`);
    const { requesterEmail: _gone, ...inputs } = full.steps.find((x) => x.id === 'a1').inputs;
    await admin.patch(`${N}/request-types/${made.id}`, { version: full.version, steps: full.steps.map((x) => (x.id === 'a1' ? { id: x.id, kind: x.kind, text: x.text, action: x.action, automatic: x.automatic, flowId: x.flowId, logic: x.logic, inputs } : x)) });
    await page.reload();
    await page.getByRole('button', { name: /problem/ }).first().waitFor();
    assert.equal(await page.getByRole('button', { name: /^Publish version/ }).isDisabled(), true);
    await page.getByRole('button', { name: /problem/ }).first().click();
    await page.getByRole('menuitem', { name: /Requester email|requesterEmail/ }).click();
    await page.locator('.map .wrong').first().waitFor();
    await closePage(page);
  });
  test('a request that is not there and one that is hidden look the same', async () => {
    const r = await submitBadge(b);
    await addPerson(admin, 'zoe@example.com', { firstName: 'Zoe', lastName: 'Stranger' });
    const page = await openPage(s, { who: await signIn(s, 'zoe@example.com') });
    const said = [];
    for (const number of [r.number, 999999]) {
      await page.goto(`/requests/${number}`);
      await sees(page, 'This request is not here');
      said.push(await page.locator('main').innerText());
    }
    assert.equal(said[0], said[1]);
    await closePage(page);
  });
  test('the form speaks German to a German browser', async () => {
    const page = await openPage(s, { who: b.requester, locale: 'de-DE' });
    await page.goto(`/catalogue/${b.type.id}`);
    await page.getByRole('button', { name: 'Anfrage senden' }).waitFor();
    const text = await page.locator('main').innerText();
    for (const word of ['Send request', 'Who will decide', 'Request for', 'Search']) assert.equal(text.includes(word), false, word);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    await closePage(page);
  });
});
