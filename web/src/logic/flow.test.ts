import { describe, expect, test } from 'vitest';
import type { Card, CardType, Folder, Pin } from '../api/types';
import { chooseEvent, duplicateCard, findCard, mayStand, moveCard, newCard, nudge, numbersOf, placeOf, putCard, takeCard, TOP } from './cards';
import { changesOf, diffFlows, sameFlow } from './flowDiff';
import { columnsOf, GAP, shownOutputs, widthOf } from './flowLayout';
import { flowProblems } from './flowProblems';
import { flatTree, folderTree, inputsOf, inputsToSend, subtree } from './flowTree';
import { push, redo, startHistory, undo } from './history';
import { addField, addFieldFrom, addStateFields, changeField, choicesFor, fit, freeKey, isOwnField, link, linkState, parseTemplate, printTemplate, removeField, setTemplate, setValue, sourcesFor, stateType, targetPin, templateField, textOf, toSend, usedOutputs, valueOf } from './mapping';
import { addValue, failureFields, fieldsFor, mayFail, offerFields, type Policy, policyOf, setPolicy } from './policy';

const pin = (key: string, o: Partial<Pin> = {}): Pin => ({ id: key, key, label: key, type: 'text', ...o });
const types: CardType[] = [
  { card: 'http:delegated', category: 'Events', label: 'Delegated Flow', help: 'h', kind: 'EVENT', inputs: [], outputs: [pin('caller', { group: 'context', type: 'object' })], userPins: 'both', userGroup: 'inputs', userPinTypes: ['text', 'number', 'boolean', 'date'] },
  { card: 'control:callable', category: 'Events', label: 'Helper Flow', help: 'h', kind: 'EVENT', inputs: [], outputs: [pin('index', { group: 'context', type: 'number' })], userPins: 'both' },
  { card: 'control:noop', category: 'Events', label: 'Event not chosen', help: 'h', kind: 'EVENT', inputs: [], outputs: [], userPins: 'both' },
  { card: 'okta:readUser', category: 'Okta', label: 'Read User', help: 'h', kind: 'EFFECT', connection: 'okta', inputs: [pin('id', { required: true })], outputs: [pin('firstName'), pin('created', { type: 'date' })], userPins: 'outputs', userGroup: 'Profile' },
  { card: 'string:compose', category: 'Text', label: 'Compose', help: 'h', kind: 'PURE', inputs: [{ ...pin('_text_'), value: '' }], outputs: [pin('output')], userPins: 'inputs' },
  { card: 'control:if', category: 'Branching', label: 'If/Else', help: 'h', kind: 'CONTROL', inputs: [pin('a', { type: 'any' })], outputs: [pin('result', { type: 'boolean' })], lanes: [{ name: 'true', label: 'True' }, { name: 'false', label: 'False' }], userPins: 'outputs' },
  { card: 'mail:send', category: 'Mail', label: 'Send Email', help: 'h', kind: 'EFFECT', inputs: [pin('to', { list: true, required: true }), pin('body')], outputs: [] },
];
const table = new Map(types.map((t) => [t.card, t]));
const type = (name: string): CardType => table.get(name) as CardType;
/** start(email) → readUser → if(true: send, false: send-2) → compose */
function sample(): Card[] {
  let cards: Card[] = [newCard(type('http:delegated'), [])];
  cards = addField(cards, 'delegated', type('http:delegated'), { key: 'email', type: 'text', required: true }).cards;
  cards = putCard(cards, { ...TOP, index: 1 }, newCard(type('okta:readUser'), cards, 'c1'));
  cards = link(cards, { card: 'readUser', input: 'id' }, { card: 'delegated', output: 'email' });
  cards = putCard(cards, { ...TOP, index: 2 }, newCard(type('control:if'), cards));
  cards = putCard(cards, { parent: 'if', lane: 'true', index: 0 }, newCard(type('mail:send'), cards));
  cards = putCard(cards, { parent: 'if', lane: 'false', index: 0 }, newCard(type('mail:send'), cards));
  cards = putCard(cards, { ...TOP, index: 3 }, newCard(type('string:compose'), cards));
  return cards;
}

describe('cards of a flow', () => {
  test('are numbered in reading order, and a comment has no number', () => {
    const cards = putCard(sample(), { ...TOP, index: 1 }, { id: 'note', card: 'control:comment', inputs: [], outputs: [] });
    expect([...numbersOf(cards)]).toEqual([['delegated', 1], ['readUser', 2], ['if', 3], ['send', 4], ['send-2', 5], ['compose', 6]]);
  });
  test('keep unchanged cards identical when one changes', () => {
    const before = sample();
    const after = setValue(before, { card: 'send', input: 'body' }, 'Hello');
    expect(after[0]).toBe(before[0]);
    expect(after[3]).toBe(before[3]);
    expect(findCard(after, 'send')?.inputs[1]?.value).toBe('Hello');
  });
  test('move into a lane and back, but not before the event and not into themselves', () => {
    const cards = moveCard(sample(), 'compose', { parent: 'if', lane: 'true', index: 1 });
    expect(placeOf(cards, 'compose')).toEqual({ parent: 'if', lane: 'true', index: 1 });
    expect(mayStand(cards, { ...TOP, index: 0 }, findCard(cards, 'compose'))).toBe(false);
    expect(mayStand(cards, { parent: 'if', lane: 'true', index: 0 }, findCard(cards, 'if'))).toBe(false);
    expect(moveCard(cards, 'if', { parent: 'if', lane: 'true', index: 0 })).toEqual(cards);
  });
  test('step left and right within their row only', () => {
    expect(nudge(sample(), 'readUser', -1)).toBeNull();
    expect(nudge(sample(), 'readUser', 1)?.map((c) => c.id)).toEqual(['delegated', 'if', 'readUser', 'compose']);
    expect(nudge(sample(), 'compose', 1)).toBeNull();
  });
  test('are duplicated with everything inside, and links inside point to the copies', () => {
    let cards = putCard(sample(), { parent: 'if', lane: 'true', index: 0 }, newCard(type('string:compose'), sample()));
    cards = link(cards, { card: 'send', input: 'body' }, { card: 'compose-2', output: 'output' });
    const made = duplicateCard(cards, 'if');
    const copy = findCard(made?.cards ?? [], 'if-2');
    expect(copy?.lanes?.[0]?.cards[1]?.inputs[1]?.from?.card).toBe(copy?.lanes?.[0]?.cards[0]?.id);
    expect(new Set([...numbersOf(made?.cards ?? []).keys()]).size).toBe(11);
    expect(duplicateCard(cards, 'delegated')).toBeNull();
  });
  test('take another event and keep the fields that people made', () => {
    const cards = chooseEvent(sample(), type('control:callable'));
    expect(cards[0]).toMatchObject({ id: 'delegated', card: 'control:callable' });
    expect(cards[0]?.outputs.map((p) => p.key)).toEqual(['email', 'index']);
    expect(linkState(cards, { card: 'readUser', input: 'id' }, { card: 'delegated', output: 'email' })).toBe('ok');
  });
});

describe('mapping', () => {
  const fits: [Partial<Pin>, Partial<Pin>, string][] = [
    [{ type: 'text' }, { type: 'text' }, 'same'], [{ type: 'number' }, { type: 'text' }, 'toString'], [{ type: 'date' }, { type: 'text' }, 'isoString'], [{ type: 'boolean' }, { type: 'text' }, 'booleanToString'],
    [{ type: 'object' }, { type: 'text' }, 'stringify'], [{ type: 'text', list: true }, { type: 'text' }, 'stringify'], [{ type: 'text' }, { type: 'date' }, 'dateTime'], [{ type: 'number' }, { type: 'date' }, 'dateTime'],
    [{ type: 'text' }, { type: 'number' }, 'parseFloat'], [{ type: 'text' }, { type: 'object' }, 'parse'], [{ type: 'text' }, { type: 'text', list: true }, 'wrapArray'], [{ type: 'any' }, { type: 'number' }, 'same'],
    [{ type: 'object' }, { type: 'number' }, 'never'], [{ type: 'text', list: true }, { type: 'number' }, 'never'], [{ type: 'boolean' }, { type: 'date' }, 'never'], [{ type: 'text', list: true }, { type: 'number', list: true }, 'never'],
  ];
  test.each(fits)('%o into %o is %s', (a, b, expected) => {
    const f = fit(pin('a', a), pin('b', b));
    expect(f.kind === 'convert' ? f.convert : f.kind).toBe(expected);
  });
  test('offers earlier cards of the row and of the rows around it, nearest first', () => {
    const cards = sample();
    expect(sourcesFor(cards, 'send-2').map((c) => c.id)).toEqual(['readUser', 'delegated']);
    expect(sourcesFor(cards, 'compose').map((c) => c.id)).toEqual(['if', 'readUser', 'delegated']);
    expect(sourcesFor(cards, 'if', 'true').map((c) => c.id)).toEqual(['send', 'readUser', 'delegated']);
    const inline = cards.map((c) => (c.id === 'if' ? { ...c, lanes: c.lanes?.map((l) => ({ ...l, inline: true })) } : c));
    expect(sourcesFor(inline, 'send')).toEqual([]);
  });
  test('a link replaces the constant, carries its conversion, and an impossible one changes nothing', () => {
    let cards = setValue(sample(), { card: 'send', input: 'to' }, ['desk@example.com']);
    cards = link(cards, { card: 'send', input: 'to' }, { card: 'delegated', output: 'email' });
    expect(findCard(cards, 'send')?.inputs[0]).toMatchObject({ from: { card: 'delegated', output: 'email', convert: 'wrapArray' } });
    expect(findCard(cards, 'send')?.inputs[0]).not.toHaveProperty('value');
    expect(link(cards, { card: 'send', input: 'to' }, { card: 'delegated', output: 'caller' })).toEqual(cards);
    expect(link(cards, { card: 'send', input: 'to' }, { card: 'delegated', output: 'caller', path: ['name'] })).not.toEqual(cards);
    expect([...usedOutputs(cards)]).toEqual(['delegated|email']);
  });
  test('a link to a deleted or later card is broken, and is not sent', () => {
    const cards = link(sample(), { card: 'send', input: 'body' }, { card: 'readUser', output: 'firstName' });
    const target = { card: 'send', input: 'body' };
    const from = { card: 'readUser', output: 'firstName' };
    expect(linkState(cards, target, from)).toBe('ok');
    expect(linkState(takeCard(cards, 'readUser'), target, from)).toBe('gone');
    expect(linkState(moveCard(cards, 'readUser', { ...TOP, index: 4 }), target, from)).toBe('later');
    const sent = toSend(takeCard(cards, 'readUser'));
    expect(sent.lost).toBe(1);
    expect(findCard(sent.cards, 'send')?.inputs[1]?.from).toBeUndefined();
  });
  test('a lane hands a value to an output of its container', () => {
    const made = addField(sample(), 'if', type('control:if'), { key: 'who', type: 'text' });
    const target = { card: 'if', lane: 'true', output: made.output as string };
    const cards = link(made.cards, target, { card: 'delegated', output: 'email' });
    expect(targetPin(cards, target)?.from?.card).toBe('delegated');
    expect(choicesFor(cards, target)[0]?.card.id).toBe('readUser');
    expect(findCard(removeField(cards, 'if', findCard(cards, 'if')?.outputs[1] as Pin), 'if')?.lanes?.[0]?.results).toEqual([]);
  });
  test('typed constants take the type of the input', () => {
    expect(valueOf('12.5', pin('n', { type: 'number' }))).toEqual({ ok: true, value: 12.5 });
    expect(valueOf('twelve', pin('n', { type: 'number' }))).toEqual({ ok: false, why: 'number' });
    expect(valueOf('a@x.org, b@x.org', pin('to', { list: true }))).toEqual({ ok: true, value: ['a@x.org', 'b@x.org'] });
    expect(valueOf('{"a":1}', pin('o', { type: 'object' }))).toEqual({ ok: true, value: { a: 1 } });
    expect(valueOf('{', pin('o', { type: 'object' }))).toEqual({ ok: false, why: 'json' });
    expect(valueOf('', pin('t'))).toEqual({ ok: true, value: undefined });
    expect(textOf(['a', 'b'], pin('to', { list: true }))).toBe('a, b');
  });
});

describe('fields that authors make', () => {
  test('stand on both sides, before the context of the event', () => {
    const head = sample()[0] as Card;
    expect(head.outputs.map((p) => p.key)).toEqual(['email', 'caller']);
    expect(head.outputs[0]).toMatchObject({ group: 'inputs', required: true });
    expect(head.inputs.map((p) => p.key)).toEqual(['email']);
    expect(isOwnField(type('http:delegated'), 'outputs', head.outputs[0] as Pin)).toBe(true);
    expect(isOwnField(type('http:delegated'), 'outputs', head.outputs[1] as Pin)).toBe(false);
  });
  test('change together with what mirrors them', () => {
    const cards = sample();
    const email = cards[0]?.outputs[0] as Pin;
    const changed = changeField(cards, 'delegated', email, { key: 'mail', type: 'date', required: false });
    expect(changed[0]?.inputs[0]).toMatchObject({ key: 'mail', type: 'date' });
    expect(changed[0]?.outputs[0]).not.toHaveProperty('required');
    expect(linkState(changed, { card: 'readUser', input: 'id' }, { card: 'delegated', output: 'email' })).toBe('ok');
  });
  test('get free keys', () => {
    expect(freeKey(sample()[0] as Card, 'first name')).toBe('firstName');
    expect(freeKey(sample()[0] as Card, 'email')).toBe('email2');
    expect(freeKey(sample()[0] as Card, '  ')).toBe('field');
  });
});

describe('streams', () => {
  const list: CardType = { ...type('mail:send'), card: 'okta:list', inputs: [pin('status', { group: 'Inputs' }), pin('Flow', { group: 'Streaming', type: 'flow' })], userPins: 'inputs', userGroup: 'Inputs', stateGroup: 'Streaming' };
  const cards = [...sample(), { id: 'list', card: list.card, inputs: list.inputs, outputs: [], options: { resultSet: 'Stream Matching Records' } } as Card];
  const kinds = (o: Card[]) => flowProblems(o, new Map([...table, [list.card, list]]), null).filter((p) => p.cardId === 'list').map((p) => p.kind);
  test('take fields of State in the group of their helper flow, beside the fields of the card', () => {
    const made = addField(cards, 'list', stateType(list), { key: 'status', type: 'number' }).cards;
    const own = findCard(made, 'list')?.inputs.at(-1) as Pin;
    expect([own.group, own.key, own.type, isOwnField(list, 'inputs', own)]).toEqual(['Streaming', 'status', 'number', true]);
    expect(list.inputs.map((p) => isOwnField(list, 'inputs', p))).toEqual([false, false]);
    const bare = { ...list, userPins: undefined, userGroup: undefined };
    expect([isOwnField(bare, 'inputs', own), isOwnField(bare, 'outputs', own), isOwnField(bare, 'inputs', pin('x'))]).toEqual([true, false, false]);
  });
  test('get the members of State that a helper flow names, once, and neither Record nor State', () => {
    const head = { ...(sample()[0] as Card), outputs: [pin('Record', { type: 'object' }), pin('State', { type: 'object', shape: { days: { type: 'number', collection: false }, since: { type: 'Date', collection: true }, deep: { type: { a: { type: 'string' } } } } })] };
    const made = addStateFields(addStateFields(cards, 'list', list, head), 'list', list, head);
    expect(findCard(made, 'list')?.inputs.slice(2).map((p) => [p.group, p.key, p.type, p.list ?? false])).toEqual([['Streaming', 'days', 'number', false], ['Streaming', 'since', 'date', true], ['Streaming', 'deep', 'object', false]]);
    expect(addStateFields(cards, 'list', list, undefined)).toEqual(cards);
  });
  test('say when they have no helper flow, and only while they stream', () => {
    expect(kinds(cards)).toEqual(['noStreamFlow']);
    expect(kinds(setValue(cards, { card: 'list', input: 'Flow' }, 'f'))).toEqual([]);
    expect(kinds(cards.map((c) => (c.id === 'list' ? { ...c, options: { resultSet: 'First Matching Record' } } : c)))).toEqual([]);
  });
  test('numbers with bounds are told when they are beyond them', () => {
    const wide: CardType = { ...list, stateGroup: undefined, inputs: [pin('concurrency', { type: 'number', min: 1, max: 200 })] };
    const at = (value: unknown) => flowProblems([...sample(), { id: 'list', card: list.card, inputs: [{ ...pin('concurrency', { type: 'number' }), value }], outputs: [] }], new Map([...table, [list.card, wide]]), null).filter((p) => p.cardId === 'list').map((p) => p.kind);
    expect([1, 200, '20', '', undefined, 0, 201, 1.5].map((v) => at(v).length)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });
});

describe('texts with values', () => {
  test('are read into pieces and written back unchanged', () => {
    const text = 'Dear {{{first}}},\n{{ not }} {{{last}}}';
    expect(parseTemplate(text)).toEqual([{ text: 'Dear ' }, { key: 'first' }, { text: ',\n{{ not }} ' }, { key: 'last' }]);
    expect(printTemplate(parseTemplate(text))).toBe(text);
  });
  test('one source has one field, and a field whose last mark was deleted goes', () => {
    const compose = type('string:compose');
    const one = templateField(sample(), 'compose', compose, { card: 'readUser', output: 'firstName' });
    const two = templateField(one.cards, 'compose', compose, { card: 'readUser', output: 'firstName' });
    expect([one.key, two.key]).toEqual(['firstName', 'firstName']);
    const written = setTemplate(two.cards, 'compose', 'Dear {{{firstName}}}');
    expect(findCard(written, 'compose')?.inputs).toHaveLength(2);
    expect(findCard(setTemplate(written, 'compose', 'Dear'), 'compose')?.inputs).toHaveLength(1);
  });
  test('a renamed field is renamed in the text', () => {
    const one = templateField(sample(), 'compose', type('string:compose'), { card: 'readUser', output: 'firstName' });
    const cards = setTemplate(one.cards, 'compose', '{{{firstName}}}!');
    const field = findCard(cards, 'compose')?.inputs[1] as Pin;
    expect(findCard(changeField(cards, 'compose', field, { key: 'first' }), 'compose')?.inputs[0]?.value).toBe('{{{first}}}!');
  });
  test('a field made of an output takes a type the card allows', () => {
    const only = { ...type('string:compose'), userPinTypes: ['text' as const] };
    const made = addFieldFrom(sample(), 'compose', only, { card: 'readUser', output: 'created' });
    expect(findCard(made.cards, 'compose')?.inputs[1]).toMatchObject({ key: 'created', type: 'text', from: { convert: 'isoString' } });
  });
});

describe('problems of a flow', () => {
  const kinds = (cards: Card[]) => flowProblems(cards, table, new Set(['c1'])).map((p) => `${p.cardId}:${p.kind}:${p.inputId ?? ''}`);
  test('name card and field', () => {
    expect(kinds(sample())).toEqual(['send:required:to', 'send-2:required:to']);
    expect(kinds(takeCard(sample(), 'delegated'))).toContain('readUser:headNotEvent:');
    expect(kinds(takeCard(sample(), 'delegated'))).toContain('readUser:gone:id');
    expect(kinds([])).toEqual(['null:noEvent:']);
  });
  test('see connections, second events, unknown cards and fields of a delegated flow', () => {
    const cards = sample().map((c) => (c.id === 'readUser' ? { ...c, connectionId: 'gone' } : c.id === 'compose' ? { ...c, card: 'x:y' } : c));
    expect(kinds(cards)).toContain('readUser:lostConnection:');
    expect(kinds(cards)).toContain('compose:unsupported:');
    expect(kinds(putCard(sample(), { ...TOP, index: 4 }, newCard(type('control:callable'), sample())))).toContain('callable:eventNotFirst:');
    expect(kinds(changeField(sample(), 'delegated', sample()[0]?.outputs[0] as Pin, { type: 'object' }))).toContain('delegated:fieldType:email');
    expect(kinds(changeField(sample(), 'delegated', sample()[0]?.outputs[0] as Pin, { key: '' }))).toContain('delegated:emptyKey:email');
  });
});

describe('what a card does when it fails', () => {
  const read = type('okta:readUser');
  const values = (c: Card, t: CardType = read) => Object.fromEntries(fieldsFor(c, t, 'return', null).map((r) => [r.pin.key, r.pin.value]));
  /** as an export brings it: arguments of the helper flow are fields that the card does not know */
  const imported = (policy: object): Card[] => sample().map((c) => (c.id === 'readUser' ? { ...c, policy: { ...policy }, inputs: [...c.inputs, { ...pin('message'), custom: true, value: 'Look at it' }] } : c));
  const card = (cards: Card[]): Card => findCard(cards, 'readUser') as Card;
  /** what the dialog does: it opens, offers fields for the choice, and is kept */
  const keep = (cards: Card[], part: Partial<Policy>, takes: Pin[] | null = null, fill: Record<string, unknown> = {}): Card[] => {
    const p = { ...policyOf(card(cards)), ...part };
    let drawn = offerFields(cards, cards, 'readUser', read, p.then, takes);
    for (const [key, value] of Object.entries(fill)) drawn = setValue(drawn, { card: 'readUser', input: card(drawn).inputs.find((x) => x.key === key)?.id ?? '' }, value);
    return setPolicy(cards, drawn, 'readUser', read, p, takes);
  };
  test('nothing changes when nothing is changed, whatever an export brought', () => {
    for (const policy of [{ type: 'flo', flo: 'f1', retry: 0, delay: [60000, 180000], retryCondition: 'ratelimits', own: 1 }, { type: 'return' }, { type: 'finish', flo: 7, retry: 9 }]) {
      for (const takes of [null, [], [pin('message')], [pin('who')]]) {
        const cards = imported(policy);
        expect(keep(cards, {}, takes)).toBe(cards);
      }
    }
  });
  test('an argument of the helper flow stays when only the tries change, and what the screen does not know stays', () => {
    const c = card(keep(imported({ type: 'flo', flo: 'f1', delay: [60000, 180000], retry: 0, own: 1 }), { retry: 2 }, [pin('other')]));
    expect([values(c), c.policy]).toEqual([{ message: 'Look at it' }, { type: 'flo', flo: 'f1', delay: [60000, 180000], retry: 2, own: 1 }]);
    expect(values(card(keep(imported({ type: 'finish' }), { then: 'flo', flo: 'f2' })))).toEqual({ message: 'Look at it' });
  });
  test('a helper flow that is chosen brings its fields, and takes them away again', () => {
    const takes = [pin('who'), pin('count', { type: 'number' }), pin('id')];
    const chosen = keep(sample(), { then: 'flo', flo: 'f1' }, takes, { who: 'me' });
    expect(values(card(chosen))).toEqual({ who: 'me', count: undefined }); // id is an input of the card itself
    expect(failureFields(card(chosen), read).map((p) => [p.key, p.type, p.custom])).toEqual([['who', 'text', true], ['count', 'number', true]]);
    expect(values(card(keep(chosen, { flo: 'f2' }, [pin('count', { type: 'number' })])))).toEqual({ count: undefined });
    expect(card(keep(chosen, { then: 'finish' })).inputs.map((p) => p.key)).toEqual(['id']);
  });
  test('values that are handed back have names, and go with this choice', () => {
    const back = keep(sample(), { then: 'return' }, null, { message: 'No' });
    expect(values(card(back))).toEqual({ message: 'No' });
    const two = setPolicy(back, addValue(back, 'readUser', { key: 'code', label: 'code', type: 'number' }), 'readUser', read, policyOf(card(back)), null);
    expect(values(card(two))).toEqual({ message: 'No', code: undefined });
    const c = card(keep(imported({ type: 'return', retry: 1, delay: 7000 }), { then: 'finish', retry: 0 }));
    expect([values(c), c.policy]).toEqual([{}, { type: 'finish' }]);
  });
  test('on a card with fields of the author, those stay whatever is chosen', () => {
    const compose = type('string:compose');
    const cards = addField(sample(), 'compose', compose, { key: 'mine', type: 'text' }).cards;
    const there = findCard(cards, 'compose') as Card;
    const drawn = offerFields(cards, cards, 'compose', compose, 'return', null);
    const back = setPolicy(cards, drawn, 'compose', compose, { ...policyOf(there), then: 'return' }, null);
    expect(fieldsFor(findCard(back, 'compose') as Card, compose, 'return', null).map((r) => [r.pin.key, r.own])).toEqual([['mine', false], ['message', true]]);
    const none = setPolicy(back, back, 'compose', compose, { ...policyOf(there), then: 'finish' }, null);
    expect(findCard(none, 'compose')?.inputs.map((p) => p.key)).toEqual(['_text_', 'mine']);
  });
  test('is asked for where something can fail', () => {
    const cards = sample();
    expect(['delegated', 'readUser', 'if', 'compose'].map((id) => { const c = findCard(cards, id) as Card; return mayFail(c, type(c.card)); })).toEqual([false, true, true, true]);
    expect(mayFail({ id: 'n', card: 'date:now', inputs: [], outputs: [] }, { ...type('string:compose'), userPins: undefined })).toBe(false);
    expect(mayFail({ id: 't', card: 'control:tryCatch', inputs: [], outputs: [], lanes: [{ name: 'handler', cards: [] }] }, undefined)).toBe(false);
  });
});

describe('history, difference, layout, folders', () => {
  test('undo goes back step by step, typing into one field is one step, and a new change forgets what was undone', () => {
    let h = startHistory('');
    h = push(h, 'a', 1000, 'x');
    h = push(h, 'ab', 1200, 'x');
    h = push(h, 'abc', 9000, 'x');
    expect(undo(h).now).toBe('ab');
    expect(undo(undo(h)).now).toBe('');
    expect(redo(undo(h)).now).toBe('abc');
    expect(push(undo(h), 'z', 9100).future).toEqual([]);
  });
  test('a difference names added, removed, changed and moved cards', () => {
    const before = sample();
    let after = setValue(takeCard(before, 'send-2'), { card: 'send', input: 'body' }, 'x');
    after = putCard(after, { ...TOP, index: 4 }, { ...newCard(type('mail:send'), before), id: 'new' });
    const d = diffFlows(before, after);
    expect([d.added, d.removed, d.changed, d.moved].map((l) => l.map((c) => c.id))).toEqual([['new'], ['send-2'], ['send'], []]);
    expect(diffFlows(before, nudge(before, 'readUser', 1) as Card[]).moved.length).toBeGreaterThan(0);
    expect(sameFlow(before, structuredClone(before))).toBe(true);
    expect(sameFlow(before, after)).toBe(false);
  });
  test('a changed card says which fields and which parts of it differ', () => {
    const before = sample();
    let after = setValue(before, { card: 'send', input: 'body' }, 'Hello');
    after = addField(after, 'compose', type('string:compose'), { key: 'who', type: 'text' }).cards;
    after = after.map((c) => (c.id === 'readUser' ? { ...c, connectionId: 'other', policy: { type: 'return' }, inputs: c.inputs.map(({ from: _f, ...p }) => ({ ...p, value: 'me' })) } : c));
    const of = (id: string) => { const d = changesOf(findCard(before, id) as Card, findCard(after, id) as Card); return [d.fields.map((f) => [f.label, f.was?.value ?? f.was?.from?.output, f.is?.value ?? f.is?.from?.output]), d.parts]; };
    expect(of('send')).toEqual([[['body', undefined, 'Hello']], []]);
    expect(of('compose')).toEqual([[['who', undefined, undefined]], []]);
    expect(of('readUser')).toEqual([[['id', 'email', 'me']], ['connection', 'failure']]);
    expect(of('if')).toEqual([[], []]);
  });
  test('columns stand side by side, comments below the card before them, and a container is as wide as its widest lane', () => {
    const cards = putCard(sample(), { ...TOP, index: 1 }, { id: 'note', card: 'control:comment', inputs: [], outputs: [] });
    const columns = columnsOf(cards);
    expect(columns.map((c) => [c.card.id, c.notes.length, c.after])).toEqual([['delegated', 1, 2], ['readUser', 0, 3], ['if', 0, 4], ['compose', 0, 5]]);
    expect(columns[1]?.x).toBe((columns[0]?.width ?? 0) + GAP);
    const two = putCard(cards, { parent: 'if', lane: 'true', index: 1 }, newCard(type('mail:send'), cards));
    expect(widthOf(findCard(two, 'if') as Card)).toBeGreaterThan(widthOf(findCard(cards, 'if') as Card));
  });
  test('long lists of outputs show what is used and the first of every group', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ id: `o${i}`, group: i < 10 ? 'a' : 'b' }));
    expect(shownOutputs(many, (id) => id === 'o29').map((o) => o.id)).toEqual(['o0', 'o1', 'o2', 'o3', 'o4', 'o10', 'o11', 'o12', 'o13', 'o14', 'o29']);
  });
  test('folders become a tree by name, and orphans stand at the top', () => {
    const f = (id: string, name: string, parentId: string | null): Folder => ({ id, name, parentId, description: '', path: name, flowCount: 0, sample: false, version: 1, created: '', createdBy: null, lastUpdated: '', lastUpdatedBy: null });
    const folders = [f('2', 'B', null), f('1', 'A', null), f('3', 'C', '2'), f('4', 'D', 'unseen')];
    expect(flatTree(folderTree(folders)).map((n) => `${n.folder.name}${n.depth}`)).toEqual(['A0', 'B0', 'C1', 'D0']);
    expect([...subtree(folders, '2')]).toEqual(['2', '3']);
  });
  test('the form that tests a flow asks for its fields and sends typed values', () => {
    const fields = inputsOf(addField(sample(), 'delegated', type('http:delegated'), { key: 'end', type: 'date' }).cards);
    expect(fields).toEqual([{ key: 'email', label: 'email', type: 'text', required: true }, { key: 'end', label: 'end', type: 'datetime', required: false }]);
    expect(inputsToSend(fields, { end: '2026-01-31T10:00:00Z' })).toEqual({ inputs: { end: '2026-01-31T10:00:00.000Z' }, wrong: { email: 'required' } });
  });
});
