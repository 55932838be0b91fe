// Runs single cards of a connector in real flows on a real server, and reads what came out of the history.
import assert from 'node:assert/strict';
import { until } from './reeve.mjs';
import { cardMaker, resolve } from './flows.mjs';

const N = '/reeve/api/v1';
const ended = ['SUCCEEDED', 'FAILED', 'STOPPED', 'CANCELED'];
export const runOver = (client, id) => until(async () => { const r = await client.get(`${N}/runs/${id}`); return ended.includes(r.status) ? r : null; }, `run ${id} to end`);
/** Outputs by key (also by 'group/key') of the cards of an ended run, with status and error of each. */
export async function cardsOf(client, runId) {
  const { cards, data } = await client.get(`${N}/runs/${runId}/cards`);
  return cards.map((c) => {
    const out = {}, d = data.find((x) => x.cardId === c.id) ?? {};
    for (const p of c.outputs ?? []) {
      const v = d.outputs?.[p.id] ?? null;
      out[p.key] = v;
      out[`${p.group}/${p.key}`] = v;
    }
    return { ...c, out, inputs: d.inputs, error: d.error ?? c.error };
  });
}
/** lab(admin, connectionId): run(name, {set, options, add}) gives {run, out, error} of one card in a flow of its own. */
export async function lab(admin, connectionId) {
  const card = await cardMaker(admin);
  const folder = await admin.post(`${N}/folders`, { name: `Lab ${Math.random()}` });
  let n = 0;
  const flow = (name, cards) => admin.post(`${N}/flows`, { name: `${name} ${++n}`, folderId: folder.id, cards: resolve(cards) });
  const on = async (f) => { await admin.post(`${N}/flows/${f.id}/activate`, {}); return f; };
  const start = async (f, inputs = {}) => (await admin.post(`${N}/flows/${f.id}/test`, { inputs }, [202])).runId;
  const attempt = async (name, options = {}) => {
    const f = await flow(name, [card('http:delegated', 'start'), card(name, 'one', { connectionId, ...options })]);
    const run = await runOver(admin, await start(f));
    const cards = await cardsOf(admin, run.id);
    return { run, flow: f, out: cards[1]?.out, error: run.error, cards };
  };
  const run = async (name, options) => {
    const r = await attempt(name, options);
    assert.equal(r.run.status, 'SUCCEEDED', `${name}: ${JSON.stringify(r.run.error)} ${JSON.stringify(r.cards?.[1]?.error ?? null)}`);
    return r.out;
  };
  /** The card fails: gives its error. */
  const fails = async (name, options) => {
    const r = await attempt(name, options);
    assert.equal(r.run.status, 'FAILED', `${name}: ${JSON.stringify(r.out)}`);
    return { ...r.run.error, card: r.cards[1] };
  };
  return { card, folder, flow, on, start, attempt, run, fails, connectionId };
}
