import { plural } from '../index';

export const types = {
  list: {
    title: 'Request types', new: 'New request type', search: 'Search request types', name: 'Name', team: 'Team', state: 'State', version: 'Version', changed: 'Last changed', steps: 'Steps', anyTeam: 'All teams',
    empty: 'No request types yet', emptyText: 'A request type says what is asked, who decides and what happens then. Your team publishes it to the catalogue.', noMatch: 'No request type matches', sample: 'Sample', changes: 'unpublished changes', unpublished: 'never published',
    createTitle: 'New request type', create: 'Create', firstName: 'Name', chooseTeam: 'Choose the team that owns it',
  },
  general: {
    title: 'Settings', name: 'Name', description: 'Description', descriptionHint: 'Shown in the catalogue. Keep it short.', icon: 'Icon', iconHint: 'Its colour is the colour of the team.', team: 'Team', teamFixed: 'The team can be changed only while the type is a draft.', audience: 'Who may ask for it',
    everyone: 'Everybody', group: 'A group', teamOnly: 'A team', autoResolve: 'Mark as done automatically', autoResolveText: 'closes the request when every question and task is complete', pushed: 'Groups that were pushed to Access Requests',
  },
  editor: {
    inForm: 'In the form', atOnce: 'asked at once', afterSent: 'After it was sent', inOrder: 'in order of what they depend on', add: 'Add', question: 'Question', task: 'Task', approval: 'Approval', customTask: 'Custom task', action: 'Action', timer: 'Timer',
    newText: { QUESTION: 'New question', APPROVAL: 'Approval', CUSTOM_TASK: 'New task', ACTION: 'Run a workflow', TIMER: 'Wait' } as Record<string, string>,
    onlyIf: 'Only if', details: 'Details', logic: 'Logic', stepNo: (n: number, kind: string) => `Step ${n} · ${kind}`, general: 'Settings of this request type', steps: 'Steps',
    moveUp: 'Move up', moveDown: 'Move down', deleteStep: 'Delete step', moved: (step: string, n: number) => `${step} is step ${n} now.`,
    blocked: (step: string, on: string) => `“${step}” depends on “${on}” and must stay below it.`,
    deleteTitle: (step: string) => `Delete “${step}”?`, deleteBody: (n: number) => n ? `${n} ${plural(n, 'step refers', 'steps refer')} to it. ${plural(n, 'That step keeps', 'Those steps keep')} everything else.` : 'Its settings are removed. Requests that already run keep it.',
    problems: (n: number) => `${n} ${plural(n, 'problem', 'problems')}`, warnings: (n: number) => `${n} ${plural(n, 'hint', 'hints')}`, publish: (n: number) => `Publish version ${n}`, published: (n: number) => `Version ${n} is published.`, upToDate: (n: number) => `Version ${n}`, changes: 'unpublished changes', neverPublished: 'not published yet', off: 'switched off',
    preview: 'Preview', previewTitle: 'As a requester sees it', unpublish: 'Take out of the catalogue …', unpublishTitle: 'Take this type out of the catalogue?', unpublishBody: 'Nobody can send new requests of it. Requests that already run go on. Publishing brings it back.', unpublishVerb: 'Take out', unpublished: 'It is a draft again.',
    duplicate: 'Duplicate', duplicated: 'This is the copy.', delete: 'Delete …', deleteTypeTitle: (name: string) => `Delete “${name}”?`, deleteTypeBody: 'It leaves the catalogue and this list for good. Requests that already run go on.', deleteTypeVerb: 'Delete request type', deleted: 'The request type was deleted.', versions: 'Versions', settings: 'Settings',
    saving: 'Saving …', saved: 'Saved', notSaved: 'Not saved', conflict: 'Somebody else changed this request type. Their version is shown now.', switchedOff: 'This request type is switched off', switchedOffText: 'Nobody can send new requests of it; open ones go on. Correct what is named below, then publish.',
    noSteps: 'No steps yet', noStepsText: 'Start with what you need to know: add a question. Then say who decides.', choose: 'Choose a step to see its settings.', byItself: 'by itself', afterDenial: 'Runs even after a denial', guard: 'Only after approval',
  },
  step: {
    dueIn: (span: string) => `due in ${span}`, isRequired: 'required', optionCount: (n: number) => `${n} ${plural(n, 'option', 'options')}`,
    text: 'Text', textHint: 'What people read in the request.', prompt: 'Question', type: 'Type', required: 'Required', help: 'Help below the field', assignTo: 'Assigned to', person: 'Person', group: 'Group', team: 'Team', due: 'Due after', noDue: 'No due date', number: 'Number', unit: 'Unit',
    units: { MINUTES: 'minutes', HOURS: 'hours', DAYS: 'days' } as Record<string, string>,
    types: { TEXT: 'Text', LONG_TEXT: 'Long text', NUMBER: 'Number', BOOLEAN: 'True or false', DATE: 'Date', DROPDOWN: 'Drop-down', USER: 'Person' } as Record<string, string>,
    assign: { REQUESTER: 'Requester', MANAGER: 'Requester’s manager', REQUEST_ASSIGNEE: 'Request assignee', USER: 'A person', GROUP: 'A group', GROUP_OWNER: 'Owners of a group', TEAM: 'A team', QUESTION: 'Chosen in a question', NONE: 'Nobody yet' } as Record<string, string>,
    from: 'Options from', custom: 'Options of this question', list: 'A configuration list', multi: 'Several may be chosen', options: 'Options', option: (n: number) => `Option ${n}`, addOption: 'Add option', removeOption: (n: string) => `Remove ${n}`, configList: 'Configuration list', noLists: 'No list is shared with this team yet.', listItems: (n: number) => `${n} ${plural(n, 'item', 'items')}`,
    workflow: 'Workflow', workflowHint: 'Synchronised workflows that this team may run', noWorkflows: 'No workflow can be chosen yet. “Check this action” says why.', automatic: 'Run automatically', automaticText: 'as soon as its logic holds and every value below is known',
    asksFor: 'The workflow asks for', inputType: 'Type', send: 'Send', noInputs: 'This workflow asks for nothing.', chooseSource: 'Choose a value', sendNothing: 'Nothing (empty)', constant: 'Fixed value', value: 'Value', notPortable: 'not portable', optionalInput: 'optional',
    sources: { REQUESTER_EMAIL: 'Requester email', REQUEST_SUBJECT: 'Request subject', ASSIGNEE_EMAIL: 'Request assignee’s email', REQUEST_ID: 'Request id', REQUEST_URL: 'Link to the request', REQUESTER_LOGIN: 'Requester login', CONSTANT: 'Fixed value' } as Record<string, string>,
    approverOf: (step: string) => `Email of who decided ${step}`,
    fits: { same: '', asText: 'as text', itemName: 'the item’s name', joined: 'names, with commas', midnight: '00:00, requester’s zone', isoDay: 'as YYYY-MM-DD', mustBeNumber: 'must be a number', mustBeDate: 'must be a date', mustBeBoolean: 'true, false, yes, no, 1 or 0' } as Record<string, string>,
    timerEnds: 'Ends', afterTime: 'After a time', onDate: 'On the day of an answer', dateQuestion: 'Date question', noDateQuestion: 'Add a date question above this timer first.', ninety: 'Ends after 90 days at the latest.',
  },
  logic: {
    always: 'Always shown', onlyIf: 'Only if', whenTask: 'Show this step', match: 'Conditions', all: 'All must hold', any: 'One is enough', step: 'Step', op: 'Condition', value: 'Value', from: 'From', to: 'To', add: 'Add a condition', remove: 'Remove this condition', none: 'Nothing stands above this step, so it cannot depend on anything.', lists: 'Lists', explain: 'A step that depends on a step which was skipped is skipped too.',
  },
  check: {
    title: 'Check this action', again: 'Check again', run: 'Check', hold: (n: number, of: number) => `${n} of ${of} hold`, open: 'Open', intro: 'Nine things have to be in place before this action can run. Each is looked at now.', mend: 'Mend this', fine: 'Everything is in place.',
    places: { 1: 'Features', 2: 'Flow', 3: 'Roles', 4: 'Resource sets', 5: 'Assignments', 6: 'Integrations', 7: 'Resources', 8: 'Configuration lists', 9: 'Synchronisation' } as Record<number, string>, notYet: 'Choose a workflow first.',
  },
  versions: { title: 'Versions', version: (n: number) => `Version ${n}`, current: 'Current', by: (who: string) => `by ${who}`, none: 'Nothing is published yet.', steps: (n: number) => `${n} ${plural(n, 'step', 'steps')}`, show: 'Show its steps', hint: 'A request keeps the version it was sent with.' },
  problem: {
    noName: 'Enter a name', longName: 'Use at most 50 characters', noText: 'Enter a text', noOptions: 'Add an option or choose a list', listNotShared: (list: string) => `The team has no access to the list ${list}`, noFlow: 'Choose the workflow to run', flowGone: (flow: string) => `${flow} cannot be run: it is off, gone, or not visible to this team`,
    inputUnmapped: (input: string, flow: string) => `Input ${input} of ${flow} needs a value`, sourceGone: (input: string) => `The value of ${input} was deleted or does not fit its type`, noCondition: 'Choose a step', noConditionValue: 'Choose a value', laterStep: (step: string) => `Step ${step} can only depend on a step above it`,
    noAssignee: 'Choose who does this', autoDone: 'Add a task or question for somebody other than the requester, or switch off automatic closing', noSteps: 'Add a step', noTeam: 'Choose the team that owns this request type',
  },
};
