import { describe, expect, test } from 'vitest';
import type { FlowInput, InputType, QuestionType, Step } from '../api/types';
import { dependents, fitOf, formLength, guessSources, move, newStep, newStepId, opsFor, problemsOf, removeStep, sourcesFor, stepsToSend, unguarded } from './steps';

const badge: Step[] = [
  { id: 'q1', kind: 'QUESTION', text: 'Business justification', inputType: 'TEXT', required: true, assignTo: { type: 'REQUESTER' } },
  { id: 'q2', kind: 'QUESTION', text: 'Building', inputType: 'DROPDOWN', configListId: 'L', required: true, assignTo: { type: 'REQUESTER' } },
  { id: 'q3', kind: 'QUESTION', text: 'End date', inputType: 'DATE', required: true, assignTo: { type: 'REQUESTER' } },
  { id: 't1', kind: 'APPROVAL', text: 'Manager approval', assignTo: { type: 'MANAGER' } },
  { id: 'a1', kind: 'ACTION', text: 'Provision', action: 'RUN_WORKFLOW', automatic: true, flowId: 'f', inputs: { end: { source: 'QUESTION', stepId: 'q3' } }, logic: { match: 'ALL', conditions: [{ stepId: 't1', op: 'IS_APPROVED' }] } },
  { id: 't2', kind: 'CUSTOM_TASK', text: 'Close', assignTo: { type: 'REQUEST_ASSIGNEE' }, logic: { match: 'ALL', conditions: [{ stepId: 'a1', op: 'IS_COMPLETED' }] } },
];
const around = { lists: new Map([['L', 'Buildings']]), flows: new Map([['f', { name: 'Mail', selectable: true, inputs: [{ key: 'end', label: 'end', type: 'datetime', required: true }] as FlowInput[] }]]) };

describe('the coercion table of access-requests.md 3.3', () => {
  const types: InputType[] = ['text', 'number', 'datetime', 'boolean'];
  test.each<[QuestionType, boolean, (string | null)[]]>([
    ['TEXT', false, ['same', 'mustBeNumber', 'mustBeDate', 'mustBeBoolean']],
    ['DATE', false, ['isoDay', null, 'midnight', null]],
    ['DROPDOWN', false, ['itemName', 'mustBeNumber', 'mustBeDate', 'mustBeBoolean']],
    ['DROPDOWN', true, ['joined', null, null, null]],
    ['NUMBER', false, ['asText', 'same', null, null]],
    ['BOOLEAN', false, ['asText', null, null, 'same']],
  ])('%s, several %s', (inputType, multi, fits) => expect(types.map((to) => fitOf({ inputType, multi }, to))).toEqual(fits));
  test('e-mail and subject sources feed text only', () => {
    expect(sourcesFor('text', badge, 4).map((c) => c.id)).toEqual(['REQUESTER_EMAIL', 'REQUEST_SUBJECT', 'ASSIGNEE_EMAIL', 'QUESTION:q1', 'QUESTION:q2', 'QUESTION:q3', 'CONSTANT', 'REQUEST_ID', 'REQUEST_URL', 'REQUESTER_LOGIN', 'APPROVER_EMAIL:t1']);
    expect(sourcesFor('boolean', badge, 4).map((c) => c.id)).toEqual(['QUESTION:q1', 'QUESTION:q2', 'CONSTANT']);
  });
  test('a question below the action is no source', () => expect(sourcesFor('text', badge, 1).some((c) => c.id === 'QUESTION:q2')).toBe(false));
});
test('the names of inputs propose their sources', () => {
  const input = (key: string, type: InputType = 'text'): FlowInput => ({ key, label: key, type, required: true });
  expect(guessSources([input('requesterEmail'), input('buildingRequested'), input('businessJustification'), input('assigneeEmail'), input('endDate', 'datetime'), input('colour')], badge, 4)).toEqual({
    requesterEmail: { source: 'REQUESTER_EMAIL' }, buildingRequested: { source: 'QUESTION', stepId: 'q2' }, businessJustification: { source: 'QUESTION', stepId: 'q1' }, assigneeEmail: { source: 'ASSIGNEE_EMAIL' }, endDate: { source: 'QUESTION', stepId: 'q3' },
  });
});
test('a step moves unless another one that depends on it would come first', () => {
  expect(move(badge, 0, 1)).toHaveProperty('steps');
  expect(move(badge, 3, 4)).toMatchObject({ blockedBy: { id: 'a1' }, on: { id: 't1' } });
  expect(move(badge, 4, 2)).toMatchObject({ blockedBy: { id: 'a1' } });
});
test('removing a step removes what others said about it', () => {
  expect(dependents(badge, 'q3').map((s) => s.id)).toEqual(['a1']);
  const left = removeStep(badge, 'q3');
  expect(left.find((s) => s.id === 'a1')).toMatchObject({ inputs: {} });
  expect(removeStep(badge, 't1').find((s) => s.id === 'a1')).not.toHaveProperty('logic');
});
test('the form holds the requester’s questions before any other step', () => expect(formLength(badge)).toBe(3));
test('a new step gets a free id and follows what stands above it', () => {
  expect(newStepId('QUESTION', badge)).toBe('q4');
  expect(newStepId('CUSTOM_TASK', badge)).toBe('t3');
  expect(newStep('CUSTOM_TASK', 'x', badge.slice(0, 4)).logic?.conditions).toEqual([{ stepId: 't1', op: 'IS_APPROVED' }]);
});
test('operators depend on the step', () => {
  expect(opsFor(badge[3] as Step)).toContain('IS_DENIED');
  expect(opsFor(badge[1] as Step)).toContain('IN_LIST');
  expect(opsFor(badge[4] as Step)).toEqual(['IS_COMPLETED']);
});
describe('problems', () => {
  const of = (steps: Step[], autoResolve = true) => problemsOf({ name: 'Badge access', steps, autoResolve }, around).map((p) => `${p.stepId ?? ''}/${p.field}:${p.kind}`);
  test('the badge scenario has none', () => expect(of(badge)).toEqual([]));
  test('a drop-down needs options or a shared list', () => {
    expect(of([{ ...(badge[1] as Step), configListId: undefined } as Step, ...badge.slice(3, 4)])).toEqual(['q2/options:noOptions']);
    expect(of([{ ...(badge[1] as Step), configListId: 'other' } as Step, ...badge.slice(3, 4)])).toEqual(['q2/options:listNotShared']);
  });
  test('a required input needs a source that still exists and fits', () => {
    expect(of(badge.map((s) => (s.kind === 'ACTION' ? { ...s, inputs: {} } : s)))).toEqual(['a1/inputs/end:inputUnmapped']);
    expect(of(badge.filter((s) => s.id !== 'q3'))).toEqual(['a1/inputs/end:sourceGone']);
    expect(of(badge.map((s) => (s.kind === 'ACTION' ? { ...s, inputs: { end: { source: 'REQUESTER_EMAIL' as const } } } : s)))).toEqual(['a1/inputs/end:sourceGone']);
  });
  test('closing by itself needs a step for somebody else', () => {
    expect(of(badge.slice(0, 1))).toEqual(['/autoResolve:autoDone']);
    expect(of(badge.slice(0, 1), false)).toEqual([]);
  });
  test('logic may only look up', () => {
    const [a, ...rest] = badge;
    expect(of([{ ...(a as Step), logic: { match: 'ALL', conditions: [{ stepId: 't1', op: 'IS_APPROVED' }] } }, ...rest])).toEqual(['q1/logic/0:laterStep']);
  });
});
test('a step after an approval without logic is named', () => {
  expect(unguarded(badge)).toEqual([]);
  expect(unguarded(badge.map((s) => ({ ...s, logic: undefined }))).map((s) => s.id)).toEqual(['a1', 't2']);
});
test('what only the server says is not sent back', () => {
  const sent = stepsToSend([{ ...(badge[4] as Step), flowName: 'x', flowInputs: [] } as Step, { ...(badge[3] as Step), assignTo: { type: 'USER', id: 'u', name: 'N' } } as Step]);
  expect(sent[0]).not.toHaveProperty('flowName');
  expect(sent[1]).toMatchObject({ assignTo: { type: 'USER', id: 'u' } });
  expect(JSON.stringify(sent)).not.toContain('"N"');
});
