// Drives Debian's Chromium against the real server, as a person would. Nothing here waits for a fixed time: every helper waits
// for what a person would wait for. Libraries come from web/node_modules (web/package.json).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminPassword, root, startReeve } from '../lib/reeve.mjs';

const require = createRequire(join(root, 'web/package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const screens = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const patience = Number(process.env.REEVE_PATIENCE ?? 30_000);

let browser = null;
export async function openBrowser() {
  browser ??= await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'] });
  return browser;
}
export async function closeBrowser() {
  await browser?.close();
  browser = null;
}
/** The server with the sample organisation (or without), and a clean end. */
export const startWithSample = (options = {}) => startReeve({ sample: true, ...options });

/** A person's browser. Collects what must never happen: errors in the page, refused by the content security policy.
 *  who: a Client of tests/lib/reeve.mjs that is signed in already, or nothing. */
export async function openPage(s, { who, size = 'desk', scheme = 'light', locale = 'en-GB', zone = 'Europe/Berlin' } = {}) {
  const b = await openBrowser();
  const context = await b.newContext({ baseURL: s.url, viewport: screens[size], hasTouch: size === 'phone', colorScheme: scheme, locale, timezoneId: zone, reducedMotion: 'reduce' });
  if (who?.cookie) {
    const [name, value] = who.cookie.split(/=(.*)/s);
    await context.addCookies([{ name, value, url: s.url }]);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.wrong = [];
  page.on('pageerror', (e) => page.wrong.push(`page error: ${e.message}`));
  page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) page.wrong.push(`console: ${m.text()}`); });
  return page;
}
export async function closePage(page) {
  await page.context().close();
  assert.deepEqual(page.wrong, [], 'the page reported errors');
}
/** Signs in by the plain page. */
export async function signInBy(page, login, password = adminPassword) {
  await page.goto('/sign-in');
  await page.locator('input[name="login"]').fill(login);
  await page.locator('input[name="password"]').fill(password);
  await page.locator('button[type="submit"], input[type="submit"]').first().click();
  await page.waitForURL((u) => !u.pathname.startsWith('/sign-in'));
}
/** Uses the set-up link by the plain page, as the first minute of a new administrator. */
export async function setUpBy(page, s, password = adminPassword) {
  await page.goto(s.setupLink);
  for (const field of await page.locator('input[type="password"]').all()) await field.fill(password);
  await page.locator('button[type="submit"], input[type="submit"]').first().click();
  await page.waitForURL((u) => !u.pathname.startsWith('/setup'));
}
/** Is what one reads there. */
export async function sees(page, text, o = {}) {
  await page.getByText(text, { exact: o.exact ?? false }).filter({ visible: true }).first().waitFor();
}
export async function toast(page, text) {
  await page.locator('.toasts').getByText(text).first().waitFor();
}
/** Chooses from a select or combobox by what it is called and what one picks. */
export async function pick(page, scope, label, option) {
  const box = scope.getByRole('combobox', { name: label }).or(scope.getByRole('button', { name: label })).first();
  await box.click();
  if ((await box.evaluate((e) => e.tagName)) === 'INPUT') await box.fill(option);
  await page.getByRole('option', { name: option }).first().click();
}
/** Runs axe on what is shown now; gives sentences, none when all is well. */
export async function axe(page, exclude = []) {
  // the policy of the page refuses inline scripts, so axe goes in by the debugger, which is outside of it
  await page.evaluate(axeSource);
  const found = await page.evaluate(async (out) => {
    // behind a dialog everything else is hidden from assistive technology, as it should be
    const rules = document.querySelector('[role=dialog],[role=alertdialog]') ? { 'landmark-one-main': { enabled: false }, 'page-has-heading-one': { enabled: false } } : {};
    const r = await globalThis.axe.run(out.length ? { exclude: out.map((x) => [x]) } : document, { resultTypes: ['violations'], rules, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return r.violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} — ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`).join(' | ')}`);
  }, exclude);
  return found;
}
/** No sideways scrolling of the page itself, at any width. */
export async function staysInside(page) {
  const [inner, wide] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  assert.ok(wide <= inner, `the page is ${wide} wide in a window of ${inner}`);
}
/** The screen is there: no skeleton, nothing being read. */
export async function settled(page) {
  await page.locator('main').waitFor();
  await page.waitForFunction(() => document.querySelector('main')?.textContent?.trim() && !document.querySelector('main .sks'));
}
/** Moves with the Tab key alone until the thing has the focus. */
export async function tabTo(page, locator, { back = false, most = 120 } = {}) {
  await locator.first().waitFor({ state: 'attached' });
  for (let i = 0; i < most; i++) {
    if (await locator.first().evaluate((e) => e === document.activeElement || e.contains(document.activeElement)).catch(() => false)) return;
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  }
  throw new Error(`the Tab key did not reach ${locator}; the focus is on ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200))}`);
}
/** Goes to a place by its name with the palette, by keyboard alone. */
export async function goByPalette(page, name) {
  await page.keyboard.press('Control+k');
  const box = page.getByRole('combobox');
  await box.waitFor();
  await page.keyboard.type(name);
  await page.getByRole('option').filter({ hasText: name }).first().waitFor();
  await page.keyboard.press('Enter');
  await box.waitFor({ state: 'detached' });
}
/** A switch, checkbox or radio button by its name: the label is what a person presses. */
export const press = (scope, role, name) => scope.locator('label').filter({ has: (scope.page?.() ?? scope).getByRole(role, { name }) }).first().click();
/** The row of a list that carries this name. */
export const row = (scope, name) => scope.locator('li.item, li, tr').filter({ hasText: name }).first();
/** One pair of hands for a task: with the mouse (or a finger), or with the keyboard alone. */
export function hand(page, how) {
  const keys = how === 'keyboard';
  const reach = (l) => tabTo(page, l, { most: 200 });
  const me = {
    keys,
    async press(l) {
      if (!keys) return l.first().click();
      await reach(l);
      await page.keyboard.press('Enter');
    },
    /** switches and checkboxes: a person presses their label, or Space */
    async turn(role, name, scope = page) {
      if (!keys) return press(scope, role, name);
      await reach(scope.getByRole(role, { name }));
      await page.keyboard.press('Space');
    },
    async radio(group, name) {
      const wanted = group.getByRole('radio', { name });
      if (!keys) return press(group, 'radio', name);
      await reach(group.getByRole('radio').first());
      for (let i = 0; i < 20 && !(await wanted.isChecked()); i++) await page.keyboard.press('ArrowRight');
    },
    async fill(l, text) {
      if (!keys) return l.fill(text);
      await reach(l);
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
    },
    /** from a list that opens */
    async choose(l, option) {
      await me.press(l);
      const wanted = page.getByRole('option', { name: option }).first();
      await wanted.waitFor();
      if (!keys) return wanted.click();
      for (let i = 0; i < 60 && (await wanted.getAttribute('data-focused')) === null; i++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    },
    /** from a list that is searched by typing */
    async search(l, text, option) {
      await me.fill(l, text);
      const wanted = page.getByRole('option', { name: option }).first();
      await wanted.waitFor();
      if (!keys) return wanted.click();
      for (let i = 0; i < 60 && (await wanted.getAttribute('data-focused')) === null; i++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    },
    async menu(l, item) {
      await me.press(l);
      const wanted = page.getByRole('menuitem', { name: item }).first();
      await wanted.waitFor();
      if (!keys) return wanted.click();
      for (let i = 0; i < 60 && (await wanted.getAttribute('data-focused')) === null; i++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    },
  };
  return me;
}
