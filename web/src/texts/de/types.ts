import type { types as english } from '../en/types';
import { plural } from '../index';

export const types: typeof english = {
  list: {
    title: 'Anfragetypen', new: 'Neuer Anfragetyp', search: 'Anfragetypen suchen', name: 'Name', team: 'Team', state: 'Zustand', version: 'Version', changed: 'Zuletzt geändert', steps: 'Schritte', anyTeam: 'Alle Teams',
    empty: 'Noch keine Anfragetypen', emptyText: 'Ein Anfragetyp sagt, was gefragt wird, wer entscheidet und was dann geschieht. Ihr Team veröffentlicht ihn im Katalog.', noMatch: 'Kein Anfragetyp passt', sample: 'Beispiel', changes: 'unveröffentlichte Änderungen', unpublished: 'nie veröffentlicht',
    createTitle: 'Neuer Anfragetyp', create: 'Anlegen', firstName: 'Name', chooseTeam: 'Wählen Sie das zuständige Team',
  },
  general: {
    title: 'Einstellungen', name: 'Name', description: 'Beschreibung', descriptionHint: 'Steht im Katalog. Fassen Sie sich kurz.', icon: 'Symbol', iconHint: 'Seine Farbe ist die des Teams.', team: 'Team', teamFixed: 'Das Team lässt sich nur ändern, solange der Typ ein Entwurf ist.', audience: 'Wer danach fragen darf',
    everyone: 'Alle', group: 'Eine Gruppe', teamOnly: 'Ein Team', autoResolve: 'Automatisch als erledigt markieren', autoResolveText: 'schließt die Anfrage, wenn alle Fragen und Aufgaben erledigt sind', pushed: 'Gruppen, die an Access Requests übertragen wurden',
  },
  editor: {
    inForm: 'Im Formular', atOnce: 'sofort gefragt', afterSent: 'Nach dem Senden', inOrder: 'in der Reihenfolge ihrer Abhängigkeit', add: 'Hinzufügen', question: 'Frage', task: 'Aufgabe', approval: 'Genehmigung', customTask: 'Eigene Aufgabe', action: 'Aktion', timer: 'Zeitgeber',
    newText: { QUESTION: 'Neue Frage', APPROVAL: 'Genehmigung', CUSTOM_TASK: 'Neue Aufgabe', ACTION: 'Flow ausführen', TIMER: 'Warten' },
    onlyIf: 'Nur wenn', details: 'Angaben', logic: 'Logik', stepNo: (n: number, kind: string) => `Schritt ${n} · ${kind}`, general: 'Einstellungen dieses Anfragetyps', steps: 'Schritte',
    moveUp: 'Nach oben', moveDown: 'Nach unten', deleteStep: 'Schritt löschen', moved: (step: string, n: number) => `${step} ist jetzt Schritt ${n}.`,
    blocked: (step: string, on: string) => `„${step}“ hängt von „${on}“ ab und muss darunter bleiben.`,
    deleteTitle: (step: string) => `„${step}“ löschen?`, deleteBody: (n: number) => n ? `${n} ${plural(n, 'Schritt bezieht', 'Schritte beziehen')} sich darauf. Alles andere behalten sie.` : 'Seine Einstellungen verschwinden. Laufende Anfragen behalten ihn.',
    problems: (n: number) => `${n} ${plural(n, 'Problem', 'Probleme')}`, warnings: (n: number) => `${n} ${plural(n, 'Hinweis', 'Hinweise')}`, publish: (n: number) => `Version ${n} veröffentlichen`, published: (n: number) => `Version ${n} ist veröffentlicht.`, upToDate: (n: number) => `Version ${n}`, changes: 'unveröffentlichte Änderungen', neverPublished: 'noch nicht veröffentlicht', off: 'ausgeschaltet',
    preview: 'Vorschau', previewTitle: 'So sieht es die fragende Person', unpublish: 'Aus dem Katalog nehmen …', unpublishTitle: 'Diesen Typ aus dem Katalog nehmen?', unpublishBody: 'Niemand kann neue Anfragen davon senden. Laufende gehen weiter. Veröffentlichen bringt ihn zurück.', unpublishVerb: 'Herausnehmen', unpublished: 'Er ist wieder ein Entwurf.',
    duplicate: 'Duplizieren', duplicated: 'Das ist die Kopie.', delete: 'Löschen …', deleteTypeTitle: (name: string) => `„${name}“ löschen?`, deleteTypeBody: 'Er verschwindet endgültig aus dem Katalog und aus dieser Liste. Laufende Anfragen gehen weiter.', deleteTypeVerb: 'Anfragetyp löschen', deleted: 'Der Anfragetyp wurde gelöscht.', versions: 'Versionen', settings: 'Einstellungen',
    saving: 'Wird gespeichert …', saved: 'Gespeichert', notSaved: 'Nicht gespeichert', conflict: 'Jemand anderes hat diesen Anfragetyp geändert. Jetzt ist dessen Fassung zu sehen.', switchedOff: 'Dieser Anfragetyp ist ausgeschaltet', switchedOffText: 'Niemand kann neue Anfragen davon senden; offene gehen weiter. Berichtigen Sie, was unten genannt ist, und veröffentlichen Sie dann.',
    noSteps: 'Noch keine Schritte', noStepsText: 'Beginnen Sie mit dem, was Sie wissen müssen: Fügen Sie eine Frage hinzu. Sagen Sie dann, wer entscheidet.', choose: 'Wählen Sie einen Schritt, um seine Einstellungen zu sehen.', byItself: 'von selbst', afterDenial: 'Läuft auch nach einer Ablehnung', guard: 'Nur nach Genehmigung',
  },
  step: {
    dueIn: (span: string) => `Frist ${span}`, isRequired: 'nötig', optionCount: (n: number) => `${n} ${plural(n, 'Möglichkeit', 'Möglichkeiten')}`,
    text: 'Text', textHint: 'Was man in der Anfrage liest.', prompt: 'Frage', type: 'Art', required: 'Nötig', help: 'Hilfe unter dem Feld', assignTo: 'Zuständig', person: 'Person', group: 'Gruppe', team: 'Team', due: 'Fällig nach', noDue: 'Ohne Frist', number: 'Anzahl', unit: 'Einheit',
    units: { MINUTES: 'Minuten', HOURS: 'Stunden', DAYS: 'Tagen' },
    types: { TEXT: 'Text', LONG_TEXT: 'Langer Text', NUMBER: 'Zahl', BOOLEAN: 'Wahr oder falsch', DATE: 'Datum', DROPDOWN: 'Auswahl', USER: 'Person' },
    assign: { REQUESTER: 'Fragende Person', MANAGER: 'Führungskraft der fragenden Person', REQUEST_ASSIGNEE: 'Für die Anfrage zuständige Person', USER: 'Eine Person', GROUP: 'Eine Gruppe', GROUP_OWNER: 'Besitzer einer Gruppe', TEAM: 'Ein Team', QUESTION: 'In einer Frage gewählt', NONE: 'Noch niemand' },
    from: 'Auswahl aus', custom: 'Eigene Möglichkeiten', list: 'Einer Auswahlliste', multi: 'Mehrere dürfen gewählt werden', options: 'Möglichkeiten', option: (n: number) => `Möglichkeit ${n}`, addOption: 'Möglichkeit hinzufügen', removeOption: (n: string) => `${n} entfernen`, configList: 'Auswahlliste', noLists: 'Mit diesem Team ist noch keine Liste geteilt.', listItems: (n: number) => `${n} ${plural(n, 'Eintrag', 'Einträge')}`,
    workflow: 'Flow', workflowHint: 'Abgeglichene Flows, die dieses Team ausführen darf', noWorkflows: 'Noch lässt sich kein Flow wählen. „Diese Aktion prüfen“ sagt, warum.', automatic: 'Von selbst ausführen', automaticText: 'sobald die Logik zutrifft und jeder Wert unten bekannt ist',
    asksFor: 'Der Flow fragt nach', inputType: 'Art', send: 'Senden', noInputs: 'Dieser Flow fragt nach nichts.', chooseSource: 'Wert wählen', sendNothing: 'Nichts (leer)', constant: 'Fester Wert', value: 'Wert', notPortable: 'nicht übertragbar', optionalInput: 'freiwillig',
    sources: { REQUESTER_EMAIL: 'E-Mail der fragenden Person', REQUEST_SUBJECT: 'Betreff der Anfrage', ASSIGNEE_EMAIL: 'E-Mail der zuständigen Person', REQUEST_ID: 'Kennung der Anfrage', REQUEST_URL: 'Link zur Anfrage', REQUESTER_LOGIN: 'Anmeldename der fragenden Person', CONSTANT: 'Fester Wert' },
    approverOf: (step: string) => `E-Mail der Person, die ${step} entschied`,
    fits: { same: '', asText: 'als Text', itemName: 'Name des Eintrags', joined: 'Namen, mit Kommas', midnight: '00:00, Zone der fragenden Person', isoDay: 'als JJJJ-MM-TT', mustBeNumber: 'muss eine Zahl sein', mustBeDate: 'muss ein Datum sein', mustBeBoolean: 'true, false, yes, no, 1 oder 0' },
    timerEnds: 'Endet', afterTime: 'Nach einer Zeit', onDate: 'Am Tag einer Antwort', dateQuestion: 'Datumsfrage', noDateQuestion: 'Fügen Sie zuerst über diesem Zeitgeber eine Datumsfrage hinzu.', ninety: 'Endet spätestens nach 90 Tagen.',
  },
  logic: {
    always: 'Immer gezeigt', onlyIf: 'Nur wenn', whenTask: 'Diesen Schritt zeigen', match: 'Bedingungen', all: 'Alle müssen zutreffen', any: 'Eine genügt', step: 'Schritt', op: 'Bedingung', value: 'Wert', from: 'Von', to: 'Bis', add: 'Bedingung hinzufügen', remove: 'Diese Bedingung entfernen', none: 'Über diesem Schritt steht nichts, er kann von nichts abhängen.', lists: 'Listen', explain: 'Ein Schritt, der von einem übersprungenen abhängt, wird auch übersprungen.',
  },
  check: {
    title: 'Diese Aktion prüfen', again: 'Erneut prüfen', run: 'Prüfen', hold: (n: number, of: number) => `${n} von ${of} treffen zu`, open: 'Öffnen', intro: 'Neun Dinge müssen stimmen, bevor diese Aktion laufen kann. Jedes wird jetzt geprüft.', mend: 'Beheben', fine: 'Alles stimmt.',
    places: { 1: 'Funktionen', 2: 'Flow', 3: 'Rollen', 4: 'Ressourcengruppen', 5: 'Zuweisungen', 6: 'Integrationen', 7: 'Ressourcen', 8: 'Auswahllisten', 9: 'Abgleich' }, notYet: 'Wählen Sie zuerst einen Flow.',
  },
  versions: { title: 'Versionen', version: (n: number) => `Version ${n}`, current: 'Aktuell', by: (who: string) => `von ${who}`, none: 'Noch ist nichts veröffentlicht.', steps: (n: number) => `${n} ${plural(n, 'Schritt', 'Schritte')}`, show: 'Ihre Schritte zeigen', hint: 'Eine Anfrage behält die Version, mit der sie gesendet wurde.' },
  problem: {
    noName: 'Geben Sie einen Namen ein', longName: 'Höchstens 50 Zeichen', noText: 'Geben Sie einen Text ein', noOptions: 'Fügen Sie eine Möglichkeit hinzu oder wählen Sie eine Liste', listNotShared: (list: string) => `Das Team hat keinen Zugang zur Liste ${list}`, noFlow: 'Wählen Sie den Flow, der laufen soll', flowGone: (flow: string) => `${flow} kann nicht laufen: aus, gelöscht oder für dieses Team nicht sichtbar`,
    inputUnmapped: (input: string, flow: string) => `Eingabe ${input} von ${flow} braucht einen Wert`, sourceGone: (input: string) => `Der Wert von ${input} wurde gelöscht oder passt nicht zur Art`, noCondition: 'Wählen Sie einen Schritt', noConditionValue: 'Wählen Sie einen Wert', laterStep: (step: string) => `Schritt ${step} kann nur von einem Schritt darüber abhängen`,
    noAssignee: 'Wählen Sie, wer das tut', autoDone: 'Fügen Sie eine Aufgabe oder Frage für jemand anderen als die fragende Person hinzu oder schalten Sie das automatische Schließen aus', noSteps: 'Fügen Sie einen Schritt hinzu', noTeam: 'Wählen Sie das Team, dem dieser Anfragetyp gehört',
  },
};
