import { describe, expect, test } from 'vitest';
import type { Condition, QuestionStep } from '../api/types';
import { answersToSend, holds, visibleQuestions, wrongAnswer } from './logic';

const q = (id: string, o: Partial<QuestionStep> = {}): QuestionStep => ({ id, kind: 'QUESTION', text: id, inputType: 'TEXT', required: true, assignTo: { type: 'REQUESTER' }, ...o });
const only = (stepId: string, op: Condition['op'], o: Partial<Condition> = {}): Pick<QuestionStep, 'logic'> => ({ logic: { match: 'ALL', conditions: [{ stepId, op, ...o }] } });

describe('visible questions', () => {
  const form = [q('building', { inputType: 'DROPDOWN', configListId: 'L1' }), q('areas', { multi: true, inputType: 'DROPDOWN', ...only('building', 'IS', { value: 'b4' }) }), q('why', only('areas', 'INCLUDES', { values: ['lab'] }))];
  test('one answer reveals the next question', () => {
    expect(visibleQuestions(form, {}).map((x) => x.id)).toEqual(['building']);
    expect(visibleQuestions(form, { building: 'b4' }).map((x) => x.id)).toEqual(['building', 'areas']);
    expect(visibleQuestions(form, { building: 'b4', areas: ['lab', 'office'] }).map((x) => x.id)).toEqual(['building', 'areas', 'why']);
  });
  test('a question that depends on a hidden one is hidden although its old answer would fit', () => {
    expect(visibleQuestions(form, { building: 'b2', areas: ['lab'] }).map((x) => x.id)).toEqual(['building']);
  });
  test('any of several conditions is enough when they match ANY', () => {
    const f = [q('a'), q('b'), q('c', { logic: { match: 'ANY', conditions: [{ stepId: 'a', op: 'IS', value: 'x' }, { stepId: 'b', op: 'NOT_EMPTY' }] } })];
    expect(visibleQuestions(f, { b: '1' }).map((x) => x.id)).toContain('c');
    expect(visibleQuestions(f, { a: 'y' }).map((x) => x.id)).not.toContain('c');
  });
  test('a list the browser does not know shows the question', () => {
    const f = [q('a', { configListId: 'L1', inputType: 'DROPDOWN' }), q('b', only('a', 'IN_LIST', { value: 'L2' }))];
    expect(visibleQuestions(f, { a: 'i1' })).toHaveLength(2);
    expect(visibleQuestions(f, { a: 'i1' }, { L2: ['i2'] })).toHaveLength(1);
  });
});

test.each<[Condition['op'], Partial<Condition>, unknown, boolean]>([
  ['IS', { value: 'Berlin' }, 'berlin', true],
  ['IS_NOT', { value: 'Berlin' }, '', false],
  ['IS_NOT', { value: 'Berlin' }, 'Rome', true],
  ['CONTAINS', { value: 'LAB' }, 'a laboratory', true],
  ['NOT_CONTAINS', { value: 'lab' }, 'office', true],
  ['IS_AFTER', { value: '2026-01-31' }, '2026-02-01', true],
  ['IS_AFTER', { value: '2026-01-31' }, '2026-01-31', false],
  ['IS_BEFORE', { value: '2026-01-31' }, '2026-01-30', true],
  ['IS_BETWEEN', { values: ['2026-01-01', '2026-01-31'] }, '2026-01-31', true],
  ['IS_BETWEEN', { values: ['2026-01-01', '2026-01-31'] }, '2026-02-01', false],
  ['INCLUDES', { values: ['a', 'b'] }, ['b', 'c', 'a'], true],
  ['INCLUDES', { values: ['a', 'b'] }, ['a'], false],
  ['NOT_EMPTY', {}, ' x', true],
  ['NOT_EMPTY', {}, [], false],
  ['IS', { value: true }, true, true],
  ['IS', { value: 10 }, '10.0', true],
])('%s %j of %j is %s', (op, c, answer, expected) => {
  expect(holds({ stepId: 'a', op, ...c }, q('a'), answer as string)).toBe(expected);
});

test('an answer is judged before it is sent', () => {
  expect(wrongAnswer(q('a'), '  ')).toBe('required');
  expect(wrongAnswer(q('a', { required: false }), '')).toBeNull();
  expect(wrongAnswer(q('a', { inputType: 'NUMBER' }), '12,5')).toBe('notANumber');
  expect(wrongAnswer(q('a', { inputType: 'NUMBER' }), '-12.5')).toBeNull();
  expect(wrongAnswer(q('a', { inputType: 'DATE' }), '31.1.2026')).toBe('notADate');
  expect(wrongAnswer(q('a'), 'ä'.repeat(1001))).toBe('tooLong');
  expect(wrongAnswer(q('a', { inputType: 'BOOLEAN' }), false)).toBeNull();
});
test('only shown and answered questions are sent, numbers as numbers', () => {
  const shown = [q('n', { inputType: 'NUMBER' }), q('t'), q('b', { inputType: 'BOOLEAN' })];
  expect(answersToSend(shown, { n: '12.50', t: '', b: false, hidden: 'x' })).toEqual({ n: 12.5, b: false });
});
