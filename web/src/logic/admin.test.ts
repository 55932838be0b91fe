import { expect, test } from 'vitest';
import { cutLinks, logFilter, ornOf, readOrn, readSpan, searchOf, splitBytes } from './admin';

test('a search of the directory asks every word against names and addresses', () => {
  expect(searchOf('', '')).toEqual({});
  expect(searchOf(' rita ', '')).toEqual({ search: '(profile.firstName sw "rita" or profile.lastName sw "rita" or profile.email sw "rita" or profile.login sw "rita")' });
  expect(searchOf('a b', 'SUSPENDED').search).toMatch(/^\(.+"a"\) and \(.+"b"\) and status eq "SUSPENDED"$/);
});
test('quotes and backslashes of what one types stay inside the string of the filter', () => {
  expect(searchOf('a"or"1\\', '').search).toContain('sw "a\\"or\\"1\\\\"');
});
test('the log is asked only for the filters that are set', () => {
  expect(logFilter({ area: '', outcome: '', actor: '', target: '' })).toBe('');
  expect(logFilter({ area: 'iam', outcome: 'FAILURE', actor: '', target: '00u"' })).toBe('eventType sw "iam" and outcome.result eq "FAILURE" and target.id eq "00u\\""');
});
test('what is written as a resource name is read back as the same thing', () => {
  expect(readOrn(ornOf.workflows('o'))).toEqual({ kind: 'workflows', id: null });
  expect(readOrn(ornOf.workflows('o', 'f1'))).toEqual({ kind: 'workflows', id: 'f1' });
  expect(readOrn(ornOf.users('o'))).toEqual({ kind: 'users', id: null });
  expect(readOrn(ornOf.users('o', 'g1'))).toEqual({ kind: 'users', id: 'g1' });
  expect(readOrn(ornOf.groups('o', 'g1'))).toEqual({ kind: 'groups', id: 'g1' });
  expect(readOrn(ornOf.apps('o'))).toEqual({ kind: 'apps', id: null });
  expect(readOrn(ornOf.apps('o', 'a1', 'oidc_client'))).toEqual({ kind: 'apps', id: 'a1' });
});
test('a resource name of another partition or kind is read or left alone', () => {
  expect(readOrn('orn:oktapreview:workflow:o:flows:f1')).toEqual({ kind: 'workflows', id: 'f1' });
  expect(readOrn('orn:okta:support:o:cases')).toEqual({ kind: 'other', id: null });
  expect(readOrn('orn:okta:idp:o:apps:oidc_client')).toEqual({ kind: 'other', id: null });
  expect(readOrn('')).toEqual({ kind: 'other', id: null });
});
test('addresses in a mail are cut out without the mark that ends the sentence', () => {
  expect(cutLinks('Open http://x/requests/1. Or (https://y/a?b=1&c=2)!')).toEqual(['Open ', 'http://x/requests/1', '. Or (', 'https://y/a?b=1&c=2', ')!']);
  expect(cutLinks('javascript:alert(1) and no address')).toEqual(['javascript:alert(1) and no address']);
  expect(cutLinks('<a href="http://x/">x</a>')[1]).toBe('http://x/');
});
test('spans and sizes are read as people say them', () => {
  expect(readSpan('24h')).toEqual({ n: 24, unit: 'h' });
  expect(readSpan('soon')).toBeNull();
  expect(splitBytes(999)).toEqual({ value: 999, unit: 'B' });
  expect(splitBytes(4_200_000)).toEqual({ value: 4.2, unit: 'MB' });
});
