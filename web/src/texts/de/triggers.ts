import type { triggers as english } from '../en/triggers';
import { plural } from '../index';

export const triggers: typeof english = {
  say: {
    none: 'Noch kein Zeitplan', everyMinutes: (n: number) => (n === 1 ? 'Jede Minute' : `Alle ${n} Minuten`), everyHours: (n: number, past: number) => `${n === 1 ? 'Jede Stunde' : `Alle ${n} Stunden`}${past ? `, ${past} ${plural(past, 'Minute', 'Minuten')} nach` : ''}`,
    everyDay: 'Jeden Tag', on: (days: string) => `am ${days}`, between: (from: string, to: string) => `von ${from} bis ${to}`, at: (clock: string) => `um ${clock}`,
    monthly: (day: number, months: number) => (months === 1 ? `Am ${day}. jedes Monats` : `Am ${day}. jedes ${months}. Monats`), custom: (fields: string) => `Nach Kalender: ${fields}`, inZone: (zone: string) => zone,
  },
  schedule: {
    section: 'Zeitplan', set: 'Zeitplan festlegen', title: 'Wann er startet', how: 'Wie oft', every: { minutes: 'Alle paar Minuten', hours: 'Alle paar Stunden', day: 'Einmal am Tag', week: 'An Wochentagen', month: 'An einem Tag des Monats', custom: 'Nach Kalenderfeldern' },
    eachMinutes: 'Alle', minutesN: (n: number) => (n === 1 ? '1 Minute' : `${n} Minuten`), eachHours: 'Alle', hoursN: (n: number) => (n === 1 ? '1 Stunde' : `${n} Stunden`), eachMonths: 'Jeden', monthsN: (n: number) => (n === 1 ? 'Monat' : `${n}. Monat`),
    past: 'Minuten nach der vollen Stunde', at: 'Um', days: 'Tage', daysHint: 'Keiner gewählt: jeden Tag', noDays: 'Wählen Sie mindestens einen Tag', day: 'Tag des Monats', dayHint: 'Monate ohne diesen Tag werden ausgelassen.', window: 'Nur von', windowTo: 'bis', wholeDay: 'Ganztags', noTime: 'Wählen Sie eine Uhrzeit',
    fields: { minutes: 'Minuten', hours: 'Stunden', dayOfTheMonth: 'Tage des Monats', month: 'Monate', dayOfTheWeek: 'Wochentage' }, fieldsHint: 'Zahlen, * für alle, 1-5 für einen Bereich, */2 für jeden zweiten, Kommas zwischen mehreren. Sonntag ist 0.',
    zone: 'Zeitzone', more: 'Ab wann, bis wann', from: 'Nicht vor', until: 'Nicht nach', skip: 'Nicht starten, solange der letzte Lauf andauert', next: 'Nächste Starts', never: 'Er startet nie: kein Zeitpunkt passt.', working: 'Wird berechnet …', done: 'Zeitplan festlegen', nextRun: 'Nächster Start', off: 'Startet, sobald der Flow an ist.',
    clocks: 'Zeitumstellung: Eine Uhrzeit, die ausfällt, kommt gleich danach; eine, die zweimal kommt, startet ihn einmal.',
  },
  endpoint: {
    section: 'Adresse', open: 'Adresse und Zugang', title: 'Adresse dieses Flows', unsaved: 'Speichern Sie den Flow zuerst; dann hat er eine Adresse.', security: 'Was Aufrufer zeigen müssen', levels: { CLIENT_TOKEN: 'Client-Token', NONE: 'Nichts', OAUTH: 'OAuth-Zugriffstoken' },
    levelText: { CLIENT_TOKEN: 'ein Geheimnis im Header x-api-client-token oder im Parameter clientToken', NONE: 'wer die Adresse kennt, darf den Flow starten', OAUTH: 'einer Anwendung mit dem Scope okta.workflows.invoke.manage' },
    open_: 'Wer die Adresse kennt, darf diesen Flow starten. Behandeln Sie die Adresse wie ein Geheimnis.', atOnce: 'Änderungen hier gelten sofort und gehören zu keiner Version.', changed: 'Was Aufrufer zeigen müssen, wurde geändert.', openTitle: 'Darf jeder diesen Flow aufrufen?', openBody: 'Wer seine Adresse kennt, kann ihn dann starten, ohne etwas zu zeigen.', openVerb: 'Jeden aufrufen lassen',
    invoke: 'Aufruf-URL', invokeHint: 'GET oder POST. Der Flow antwortet mit Return, Return Raw oder Close.', resume: 'Fortsetzungs-URL', resumeHint: 'Mit der Ausführungs-ID, die Pause zurückgegeben hat.', token: 'Client-Token', noToken: 'Es gibt noch keines; niemand kann diesen Flow aufrufen.', tokenMade: 'Erstellt', make: 'Token erstellen', renew: 'Neues Token erstellen',
    renewTitle: 'Ein neues Client-Token erstellen?', renewBody: 'Aufrufer mit dem jetzigen Token werden ab dann abgewiesen.', renewVerb: 'Neues Token erstellen', once: 'Nur dieses eine Mal zu sehen', onceText: 'Kopieren Sie es jetzt; es lässt sich nicht mehr lesen.', hidden: 'Die Adresse sehen alle, die diesen Flow ändern dürfen.', off: 'Der Flow ist aus: Aufrufe werden mit 404 beantwortet, bis er an ist.',
  },
  from: 'Kommt aus', groups: { body: 'Inhalt', query: 'Parameter', headers: 'Header' }, fieldHint: { body: 'Ein Element des JSON-Inhalts oder ein Formularfeld', query: 'Ein Parameter der Adresse', headers: 'Groß- und Kleinschreibung sind gleich' },
  via: { SCHEDULE: 'Nach Zeitplan', ENDPOINT: 'Durch einen Aufruf seiner Adresse', EVENT: 'Durch ein Ereignis', HELPER: 'Durch einen anderen Flow', REPLAY: (who: string) => `Wiederholt von ${who}`, runsAs: (who: string) => `Aufgerufen von ${who}` },
  start: { SCHEDULED: 'Nach einem Zeitplan', SCHEDULEDText: 'Scheduled Flow: alle paar Minuten oder zu Zeiten gewählter Tage', API_ENDPOINT: 'Durch einen Aufruf über HTTP', API_ENDPOINTText: 'API Endpoint: eine eigene Adresse, die antwortet' },
  next: 'Nächster Start',
};
