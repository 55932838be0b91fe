// The administrator's tasks in Chromium against the real server: give a team everything it needs, find out why a workflow is
// not offered and mend it, people and lists, what the log and the mails show; axe on every screen in light and dark.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { addPerson, firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { badgeFlow, badgeScenario, directoryConnection, N, submitBadge } from '../lib/badge.mjs';
import { axe, closeBrowser, closePage, goByPalette, openPage, press, row, sees, settled, staysInside, tabTo, toast } from './lib.mjs';

after(closeBrowser);
const dialog = (page) => page.getByRole('dialog').or(page.getByRole('alertdialog'));
const choose = async (page, scope, label, option) => {
  await scope.getByRole('button', { name: label }).first().click();
  await page.getByRole('option', { name: option }).first().click();
};

describe('a team gets everything it needs to run a workflow', () => {
  let s, admin, page, flow;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    flow = await badgeFlow(admin, { connectionId: (await directoryConnection(admin)).id });
    page = await openPage(s, { who: admin });
  });
  after(async () => {
    await closePage(page);
    await s.stop();
  });

  test('AR-34: without the assignment no workflow is visible and the screen says why', async () => {
    await page.goto('/settings/features');
    await settled(page);
    await press(page.getByRole('article', { name: 'Okta Workflows actions in Access Requests' }), 'switch', 'Okta Workflows actions in Access Requests');
    await dialog(page).getByText('Assign admin roles to apps').waitFor();
    await dialog(page).getByRole('button', { name: 'Switch both on' }).click();
    await until(async () => (await admin.get('/api/v1/features')).every((f) => f.status === 'ENABLED'), 'both features to be on');
    await page.goto('/settings/resources/workflows');
    await page.getByRole('button', { name: 'Update now' }).click();
    await sees(page, 'the role assignment of the Access Requests app is missing');
  });
  test('AR-37: an early-access feature shows its stage and that it is on', async () => {
    await page.goto('/settings/features');
    const feature = page.getByRole('article', { name: 'Okta Workflows actions in Access Requests' });
    await feature.getByText('Early access').waitFor();
    assert.equal(await feature.getByRole('switch').isChecked(), true);
  });
  test('AR-30: a custom role is made with Run delegated flow', async () => {
    await page.goto('/settings/administrators/roles');
    await page.getByRole('banner').getByRole('button', { name: 'Create new role' }).or(page.locator('.bar').getByRole('button', { name: 'Create new role' })).first().click();
    await dialog(page).getByLabel('Name', { exact: true }).fill('Run badge flows');
    await dialog(page).getByRole('button', { name: 'Create role' }).click();
    await dialog(page).getByText('Choose at least one permission').waitFor();
    await press(dialog(page), 'checkbox', /Run delegated flow/);
    await dialog(page).getByRole('button', { name: 'Create role' }).click();
    await page.getByRole('heading', { name: 'Run badge flows' }).waitFor();
    const { roles } = await admin.get('/api/v1/iam/roles');
    const role = roles.find((r) => r.label === 'Run badge flows');
    const { permissions } = await admin.get(`/api/v1/iam/roles/${role.id}/permissions`);
    assert.ok(permissions.some((p) => p.label === 'okta.workflows.invoke'));
  });
  test('AR-31: a resource set is made with chosen flows', async () => {
    await page.goto('/settings/administrators/resource-sets?new=yes');
    await dialog(page).getByLabel('Name', { exact: true }).fill('Badge flows');
    await press(dialog(page), 'checkbox', new RegExp(flow.name));
    await dialog(page).getByRole('button', { name: 'Create resource set' }).click();
    await page.getByRole('heading', { name: 'Badge flows' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: flow.name }).waitFor();
  });
  test('AR-32: the Access Requests app becomes a member of the role with the set', async () => {
    await page.goto('/settings/administrators/roles');
    await settled(page);
    await page.getByRole('button', { name: 'Edit assignment' }).first().click();
    await choose(page, dialog(page), /Resource set/, /Badge flows/);
    await dialog(page).getByRole('combobox', { name: 'Application' }).fill('Access Requests');
    await page.getByRole('option', { name: /Access Requests/ }).first().click();
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await toast(page, 'The assignment was saved.');
    await page.getByRole('main').getByRole('link', { name: /Access Requests/ }).waitFor();
  });
  test('AR-41: a team is made with an icon and a colour', async () => {
    await page.goto('/settings/teams');
    await page.locator('.bar').getByRole('button', { name: 'Add team' }).click();
    await dialog(page).getByLabel('Name', { exact: true }).fill('Badge desk');
    await dialog(page).getByRole('radio', { name: 'Facilities' }).click();
    await dialog(page).getByRole('radio', { name: 'Cyan' }).click();
    await dialog(page).getByRole('button', { name: 'Create team' }).click();
    await page.waitForURL(/\/settings\/teams\/[^/?]+\?tab=access/);
    const team = (await admin.get(`${N}/teams`)).data.find((t) => t.name === 'Badge desk');
    assert.deepEqual([team.icon, team.colour, team.mine], ['facilities', 'cyan', true]);
  });
  test('AR-43, AR-45, AR-46: the tab Access says what is missing and gives it', async () => {
    await sees(page, 'Badge desk cannot run a workflow yet');
    await sees(page, 'Run a workflow is switched off in the integration.');
    await sees(page, 'The team has no access to Workflows.');
    await page.getByRole('button', { name: 'Give all of it' }).click();
    await sees(page, 'This team has everything it needs to run workflows.');
    const team = (await admin.get(`${N}/teams`)).data.find((t) => t.name === 'Badge desk');
    const access = await admin.get(`${N}/teams/${team.id}/access`);
    assert.equal(access.resourceTypes.find((r) => r.type === 'workflows').allowed, true);
    assert.equal(access.integrations[0].allowed, true);
    assert.equal(access.integrations[0].actions.find((a) => a.action === 'RUN_WORKFLOW').on, true);
  });
  test('AR-44: a list is made, filled and shared with the team', async () => {
    await page.goto('/settings/lists?new=yes');
    await dialog(page).getByLabel('Name', { exact: true }).fill('Buildings');
    await dialog(page).getByRole('button', { name: 'Create list' }).click();
    await page.getByRole('heading', { name: 'Buildings' }).first().waitFor();
    for (const name of ['Building 1', 'Building 4']) {
      await page.getByLabel('New item').fill(name);
      await page.getByRole('button', { name: 'Add item' }).click();
      await page.getByRole('button', { name: `Remove: ${name}` }).waitFor();
    }
    await press(row(page.getByRole('region', { name: 'Shared with' }), 'Badge desk'), 'switch', 'Badge desk');
    await row(page.getByRole('region', { name: 'Shared with' }), 'Badge desk').getByText('May use it').waitFor();
    const list = (await admin.get(`${N}/config-lists`)).data.find((l) => l.name === 'Buildings');
    assert.deepEqual(list.teams.map((t) => t.name), ['Badge desk']);
  });
  test('AR-48: Update now runs in the background; the screen stays usable and shows the end', async () => {
    await page.goto('/settings/resources/workflows');
    await settled(page);
    await page.getByRole('button', { name: 'Update now' }).click();
    await page.getByRole('link', { name: /^Groups/ }).click();
    await page.getByRole('heading', { name: 'Groups' }).first().waitFor();
    await page.getByRole('link', { name: /^Workflows/ }).click();
    await page.getByRole('main').getByRole('link', { name: flow.name }).waitFor();
    const okta = (await admin.get(`${N}/integrations`)).data[0];
    const team = (await admin.get(`${N}/teams`)).data.find((t) => t.name === 'Badge desk');
    const offered = (await admin.get(`${N}/integrations/${okta.id}/workflows?teamId=${team.id}`)).data;
    assert.deepEqual(offered.map((f) => [f.name, f.selectable]), [[flow.name, true]]);
  });
});

describe('with the badge scenario', () => {
  let s, admin, b;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s);
  });
  after(() => s.stop());

  test('why a workflow is not offered is found with Check this action, and mended from there', async () => {
    await admin.delete(`${N}/resource-types/workflows/teams/${b.team.id}`);
    const page = await openPage(s, { who: admin });
    await page.goto(`/request-types/${b.type.id}?step=a1`);
    const check = page.getByRole('region', { name: 'Check this action' });
    const line = check.locator('.fail').filter({ hasText: 'no access to the resource Workflows' });
    await line.waitFor();
    await check.getByText('8 of 9 hold').waitFor();
    await line.getByRole('link', { name: 'Mend this' }).click();
    await page.waitForURL('**/settings/resources/workflows');
    const team = row(page.getByRole('region', { name: 'Manage access' }), b.team.name);
    await press(team, 'switch', b.team.name);
    await team.getByText('Full access').waitFor();
    await page.goBack();
    await check.getByText('9 of 9 hold').waitFor();
    await page.getByRole('button', { name: /^Publish version/ }).click();
    await toast(page, 'is published');
    assert.equal((await admin.get(`${N}/request-types/${b.type.id}`)).status, 'ACTIVE');
    await closePage(page);
  });
  test('taking access away asks first and says what will happen; keeping it changes nothing', async () => {
    const page = await openPage(s, { who: admin });
    await page.goto('/settings/resources/workflows');
    const team = row(page.getByRole('region', { name: 'Manage access' }), b.team.name);
    await press(team, 'switch', b.team.name);
    await dialog(page).getByText('switched off at once').waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    assert.equal(await team.getByRole('switch').isChecked(), true);
    assert.equal((await admin.get(`${N}/request-types/${b.type.id}`)).status, 'ACTIVE');
    await closePage(page);
  });
  test('a refusal stands at its field, the field has the focus, and nothing typed is lost', async () => {
    const page = await openPage(s, { who: admin });
    await page.goto('/settings/people?new=yes');
    await dialog(page).getByLabel('First name').fill('Rita');
    await dialog(page).getByLabel('Last name').fill('Twin');
    await dialog(page).getByLabel('E-mail address').fill('rita.twin@example.com');
    await dialog(page).getByLabel('Login').fill('rita@example.com');
    await dialog(page).getByRole('button', { name: 'Add person' }).click();
    const login = dialog(page).getByLabel('Login');
    await dialog(page).getByText('already exists').waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
    assert.equal(await login.getAttribute('aria-invalid'), 'true');
    await page.reload();
    assert.equal(await dialog(page).getByLabel('Last name').inputValue(), 'Twin');
    await dialog(page).getByLabel('Login').fill('');
    await dialog(page).getByRole('button', { name: 'Add person' }).click();
    await page.getByRole('heading', { name: 'Rita Twin' }).waitFor();
    assert.equal((await admin.get('/api/v1/users/rita.twin@example.com')).profile.lastName, 'Twin');
    await closePage(page);
  });
  test('a manager is chosen with the keyboard alone and stored as the address', async () => {
    const nora = await addPerson(admin, 'nora@example.com', { firstName: 'Nora', lastName: 'New' });
    const page = await openPage(s, { who: admin });
    await page.goto('/inbox');
    await settled(page);
    await goByPalette(page, 'People');
    await page.waitForURL('**/settings/people');
    await page.getByRole('textbox', { name: 'Search people' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('Nora');
    const line = page.getByRole('main').getByRole('link', { name: /Nora New/ });
    await tabTo(page, line);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Nora New' }).waitFor();
    await tabTo(page, page.getByRole('combobox', { name: /Manager/ }));
    await page.keyboard.type('Mona');
    await page.getByRole('option', { name: /Mona Manager/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Save' }));
    await page.keyboard.press('Enter');
    await toast(page, 'Saved');
    assert.equal((await admin.get(`/api/v1/users/${nora.id}`)).profile.managerId, 'mona@example.com');
    await closePage(page);
  });
  test('a manager whom nobody matches is shown, not hidden', async () => {
    await addPerson(admin, 'olaf@example.com', { firstName: 'Olaf', lastName: 'Orphan', managerId: 'gone@example.com' });
    const page = await openPage(s, { who: admin });
    await page.goto('/settings/people?q=Olaf');
    await sees(page, 'Nobody has the login or e-mail “gone@example.com”');
    await closePage(page);
  });
  test('a person is suspended after a question, and brought back', async () => {
    const p = await addPerson(admin, 'pia@example.com', { firstName: 'Pia', lastName: 'Paused' });
    const page = await openPage(s, { who: admin });
    await page.goto(`/settings/people/${p.id}`);
    await page.getByRole('main').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Suspend …' }).click();
    await dialog(page).getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('button', { name: 'Take back suspension' }).click();
    await toast(page, 'Pia Paused may sign in again.');
    assert.equal((await admin.get(`/api/v1/users/${p.id}`)).status, 'ACTIVE');
    await closePage(page);
  });
  test('pushing a group makes it a choice of request types', async () => {
    const group = await admin.post('/api/v1/groups', { profile: { name: 'Laboratory', description: 'People of the laboratory' } });
    const page = await openPage(s, { who: admin });
    await page.goto(`/settings/groups/${group.id}`);
    await press(page.getByRole('main'), 'switch', 'Pushed to Access Requests');
    await until(async () => (await admin.get(`${N}/pushed-groups?q=Lab`)).data.some((g) => g.id === group.id), 'the group to be pushed');
    await page.getByRole('combobox', { name: 'Add a person' }).fill('Mona');
    await page.getByRole('option', { name: /Mona Manager/ }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await toast(page, 'Mona Manager was added.');
    await page.getByRole('main').getByRole('link', { name: 'Mona Manager' }).waitFor();
    await closePage(page);
  });
  test('a mail is read as text: its markup is not run and its links are links', async () => {
    await submitBadge(b);
    const page = await openPage(s, { who: admin });
    await page.goto('/mail');
    await page.getByRole('main').getByRole('link').filter({ hasText: 'mona@example.com' }).first().click();
    const letter = page.locator('.letter');
    await letter.waitFor();
    assert.equal(await letter.locator('script, iframe, img, style').count(), 0);
    await letter.getByRole('link').first().waitFor();
    await closePage(page);
  });
  test('removing a list item says which request types use the list', async () => {
    const page = await openPage(s, { who: admin });
    await page.goto(`/settings/lists/${b.list.id}`);
    await page.getByRole('button', { name: 'Remove: Building 1' }).click();
    await dialog(page).getByText('Used by 1 request type').waitFor();
    await dialog(page).getByText('Badge access').waitFor();
    await dialog(page).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Bring back' }).waitFor();
    const items = (await admin.get(`${N}/config-lists/${b.list.id}/items?status=ALL`)).data;
    assert.equal(items.find((i) => i.name === 'Building 1').status, 'ARCHIVED');
    await closePage(page);
  });
  test('the log counts new events while one reads, and its filters are in the address', async () => {
    const page = await openPage(s, { who: admin });
    await page.goto('/settings/log?area=iam');
    await settled(page);
    await page.getByRole('main').getByText(/^iam\./).first().waitFor();
    for (const text of await page.locator('main .tb td .code').allTextContents()) assert.match(text, /^iam\./);
    await admin.post('/api/v1/iam/roles', { label: 'While you look', description: 'x', permissions: ['okta.users.read'] });
    await page.getByRole('button', { name: /new event/ }).click();
    await sees(page, 'While you look');
    await page.reload();
    assert.match(page.url(), /area=iam/);
    await closePage(page);
  });
  test('a token is shown once, works, and is withdrawn', async () => {
    const page = await openPage(s, { who: admin });
    await page.goto('/settings/tokens');
    await page.getByRole('button', { name: 'Make API token' }).first().click();
    await dialog(page).getByLabel('Name', { exact: true }).fill('Nightly');
    await dialog(page).getByRole('button', { name: 'Make token' }).click();
    const token = (await dialog(page).locator('.copy .code').textContent()).trim();
    const call = () => fetch(`${s.url}/api/v1/users/me`, { headers: { authorization: `SSWS ${token}` } }).then((r) => r.status);
    assert.equal(await call(), 200);
    await dialog(page).getByRole('button', { name: 'I have copied it' }).click();
    assert.equal((await page.content()).includes(token), false);
    await page.getByRole('button', { name: 'Withdraw: Nightly' }).click();
    await dialog(page).getByRole('button', { name: 'Withdraw' }).click();
    await toast(page, 'The token was withdrawn.');
    assert.equal(await call(), 401);
    await closePage(page);
  });
  test('the organisation is renamed, and a wrong address is refused at its field', async () => {
    const page = await openPage(s, { who: admin });
    await page.goto('/settings/organisation');
    await page.getByLabel('Name of the organisation').fill('Example Works');
    await page.getByLabel('Address', { exact: true }).fill('nowhere');
    await page.getByRole('button', { name: 'Save' }).click();
    await sees(page, 'Write an address such as https://reeve.example.com');
    await page.getByLabel('Address', { exact: true }).fill(s.url);
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Saved');
    await page.locator('.brand').getByText('Example Works').waitFor();
    await closePage(page);
  });
  test('somebody without any role sees no administration, and its addresses are refused', async () => {
    const page = await openPage(s, { who: b.requester });
    await page.goto('/inbox');
    await settled(page);
    assert.equal(await page.getByRole('navigation').getByText('Directory').count(), 0);
    for (const path of ['/settings/resources', '/settings/health', '/settings/administrators', '/mail']) {
      await page.goto(path);
      await page.getByRole('alert').first().waitFor();
    }
    await page.goto('/settings/people'); // a list shows what one may read: oneself
    await settled(page);
    assert.equal(await page.getByText('Mona Manager').count(), 0);
    await closePage(page);
  });
});

describe('accessibility', () => {
  let s, admin, b, request;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s);
    request = await submitBadge(b);
  });
  after(() => s.stop());
  const paths = () => [
    '/inbox', `/requests/${request.number}`, '/catalogue', `/catalogue/${b.type.id}`, '/board', '/request-types', `/request-types/${b.type.id}?step=a1`, `/request-types/${b.type.id}?step=q2`, `/request-types/${b.type.id}?step=a1&tab=logic`, `/request-types/${b.type.id}?step=general`,
    `/settings/teams/${b.team.id}`, `/settings/teams/${b.team.id}?tab=members`, `/settings/teams/${b.team.id}?tab=access`, '/settings/teams?new=yes', `/settings/lists/${b.list.id}`, '/settings/lists?new=yes', '/settings/resources/workflows', '/settings/integrations', '/settings/features',
    `/settings/people/${b.people.requester.id}`, '/settings/people?new=yes', '/settings/groups', '/settings/applications', '/settings/applications?new=yes', '/settings/administrators', '/settings/administrators?new=yes', `/settings/administrators/roles/${b.role.id}`, '/settings/administrators/roles?new=yes',
    `/settings/administrators/resource-sets/${b.set.id}`, '/settings/administrators/resource-sets?new=yes', '/settings/log', '/settings/organisation', '/settings/tokens', '/settings/trust', '/settings/trust?new=yes', '/settings/health', '/settings/sample', '/mail', '/nowhere',
  ];
  for (const scheme of ['light', 'dark']) {
    test(`axe finds nothing on any screen in ${scheme}`, async () => {
      const page = await openPage(s, { who: admin, scheme });
      const found = [];
      for (const path of paths()) {
        await page.goto(path);
        await settled(page);
        found.push(...(await axe(page)).map((v) => `${path}: ${v}`));
      }
      assert.deepEqual(found, []);
      await closePage(page);
    });
  }
  test('no screen scrolls sideways on a phone, and axe finds nothing there', async () => {
    const page = await openPage(s, { who: admin, size: 'phone' });
    await page.setViewportSize({ width: 320, height: 720 });
    const found = [];
    for (const path of paths()) {
      await page.goto(path);
      await settled(page);
      await staysInside(page);
      found.push(...(await axe(page)).map((v) => `${path}: ${v}`));
    }
    assert.deepEqual(found, []);
    await closePage(page);
  });
  test('buttons, labels and heads come from the message catalogue, as a made-up language shows', async () => {
    const page = await openPage(s, { who: admin });
    await page.addInitScript(() => localStorage.setItem('reeve.language', 'pseudo'));
    const data = /^(\d )?(Business justification|Building|End date|Badge access|Reeve Administrator|Axel Assignee|Rita Requester|Mona Manager|Manager approval|Text$)/;
    const scopes = (x) => x.split('\n').every((l) => /^(okta|reeve)(\.\w+)+$/.test(l)); // names that every language shares
    const found = [];
    for (const path of paths()) {
      await page.goto(path);
      await settled(page);
      const plain = await page.locator('button, label, legend, th, h1, .tabs a, .places a, .world').evaluateAll((all) => all.filter((e) => e.offsetParent).map((e) => e.innerText.trim()).filter((x) => /[A-Za-z]{3}/.test(x) && !x.includes('⟦')));
      found.push(...plain.filter((x) => !data.test(x) && !scopes(x) && !/^\/(settings\/log|nowhere)/.test(path)).map((x) => `${path}: ${x}`));
    }
    assert.deepEqual([...new Set(found)], []);
    await closePage(page);
  });
  test('the plain pages pass axe and carry no script', async () => {
    const page = await openPage(s);
    for (const path of ['/sign-in', '/status']) {
      await page.goto(path);
      assert.equal(await page.locator('script').count(), 0, path);
      assert.deepEqual(await axe(page), [], path);
    }
    await closePage(page);
  });
});
