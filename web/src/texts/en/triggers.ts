import { plural } from '../index';

const nth = (n: number): string => `${n}${n === 2 ? 'nd' : n === 3 ? 'rd' : 'th'}`;

export const triggers = {
  say: {
    none: 'No schedule yet', everyMinutes: (n: number) => (n === 1 ? 'Every minute' : `Every ${n} minutes`), everyHours: (n: number, past: number) => `${n === 1 ? 'Every hour' : `Every ${n} hours`}${past ? `, ${past} ${plural(past, 'minute', 'minutes')} past` : ''}`,
    everyDay: 'Every day', on: (days: string) => `on ${days}`, between: (from: string, to: string) => `from ${from} to ${to}`, at: (clock: string) => `at ${clock}`,
    monthly: (day: number, months: number) => `On day ${day} of every ${months === 1 ? 'month' : `${nth(months)} month`}`, custom: (fields: string) => `By calendar: ${fields}`, inZone: (zone: string) => zone,
  },
  schedule: {
    section: 'Schedule', set: 'Set schedule', title: 'When it starts', how: 'How often', every: { minutes: 'Every few minutes', hours: 'Every few hours', day: 'Once a day', week: 'On days of the week', month: 'On a day of the month', custom: 'By calendar fields' } as Record<string, string>,
    eachMinutes: 'Every', minutesN: (n: number) => (n === 1 ? '1 minute' : `${n} minutes`), eachHours: 'Every', hoursN: (n: number) => (n === 1 ? '1 hour' : `${n} hours`), eachMonths: 'Every', monthsN: (n: number) => (n === 1 ? 'month' : `${nth(n)} month`),
    past: 'Minutes past the hour', at: 'At', days: 'Days', daysHint: 'None chosen: every day', noDays: 'Choose at least one day', day: 'Day of the month', dayHint: 'Months without this day are left out.', window: 'Only from', windowTo: 'until', wholeDay: 'All day', noTime: 'Choose a time',
    fields: { minutes: 'Minutes', hours: 'Hours', dayOfTheMonth: 'Days of the month', month: 'Months', dayOfTheWeek: 'Days of the week' } as Record<string, string>, fieldsHint: 'Numbers, * for all, 1-5 for a range, */2 for every second, commas between several. Sunday is 0.',
    zone: 'Time zone', more: 'From when, until when', from: 'No earlier than', until: 'No later than', skip: 'Do not start while the last run goes on', next: 'Next starts', never: 'It never starts: no instant fits.', working: 'Working it out …', done: 'Set schedule', nextRun: 'Next', off: 'Starts once the flow is on.',
    clocks: 'Clocks that change: a time that is left out comes right after, one that comes twice starts it once.',
  },
  endpoint: {
    section: 'Address', open: 'Address and access', title: 'Address of this flow', unsaved: 'Save the flow first; then it has an address.', security: 'What callers must show', levels: { CLIENT_TOKEN: 'Client token', NONE: 'Nothing', OAUTH: 'OAuth access token' } as Record<string, string>,
    levelText: { CLIENT_TOKEN: 'a secret in header x-api-client-token or query clientToken', NONE: 'anyone who knows the address may start the flow', OAUTH: 'of an application with scope okta.workflows.invoke.manage' } as Record<string, string>,
    open_: 'Anyone who knows the address may start this flow. Treat the address as a secret.', atOnce: 'Changes here take effect at once and are not part of a version.', changed: 'What callers must show was changed.', openTitle: 'Let anyone call this flow?', openBody: 'Whoever knows its address can start it then, without showing anything.', openVerb: 'Let anyone call it',
    invoke: 'Invoke URL', invokeHint: 'GET or POST. The flow answers with Return, Return Raw or Close.', resume: 'Resume URL', resumeHint: 'With the execution id that Pause gave back.', token: 'Client token', noToken: 'There is none yet, so nobody can call this flow.', tokenMade: 'Made', make: 'Make a token', renew: 'Make a new token',
    renewTitle: 'Make a new client token?', renewBody: 'Callers with the present token are refused from then on.', renewVerb: 'Make a new token', once: 'Shown this once', onceText: 'Copy it now; it cannot be read again.', hidden: 'The address is shown to those who may change this flow.', off: 'The flow is off: calls are answered 404 until it is on.',
  },
  from: 'Comes from', groups: { body: 'Body', query: 'Query', headers: 'Header' } as Record<string, string>, fieldHint: { body: 'A member of the JSON body or a form field', query: 'A parameter of the address', headers: 'Upper and lower case are the same' } as Record<string, string>,
  via: { SCHEDULE: 'By its schedule', ENDPOINT: 'By a call of its address', EVENT: 'By an event', HELPER: 'By another flow', REPLAY: (who: string) => `Run again by ${who}`, runsAs: (who: string) => `Called by ${who}` },
  start: { SCHEDULED: 'By a schedule', SCHEDULEDText: 'Scheduled Flow: every few minutes, or at times of chosen days', API_ENDPOINT: 'By a call over HTTP', API_ENDPOINTText: 'API Endpoint: an address of its own that answers' },
  next: 'Next',
};
