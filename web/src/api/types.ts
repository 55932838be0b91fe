/* The native API's objects as the server writes them (below /reeve/api/v1). Compatible endpoints (people, groups,
   applications, roles, features, log) are in compatible.ts. Instants are ISO 8601 UTC; enumerations upper case. */

export type Id = string;
export type Instant = string;

export interface Page<T> {
  data: T[];
  _links: { self: { href: string }; next?: { href: string } };
}
export interface Stamped {
  id: Id;
  version: number;
  created: Instant;
  createdBy: Id | null;
  lastUpdated: Instant;
  lastUpdatedBy: Id | null;
}
export interface ApiError {
  errorCode: string;
  errorSummary: string;
  errorLink: string;
  errorId: string;
  errorCauses: { errorSummary: string; location?: string; locationType?: string; reason?: string; domain?: string }[];
}
/** A person as other objects show one. */
export interface PersonRef {
  id: Id;
  name: string;
  email: string | null;
}
export interface NamedRef {
  id: Id;
  name: string;
}

/* ---- session, settings, health ------------------------------------------------------------------- */

export interface Session {
  principal: { id: Id; kind: 'USER' | 'APP'; name: string; login: string; email: string };
  superAdmin: boolean;
  administrator: boolean;
  /** action names of the server's table that the caller may perform somewhere, for navigation */
  permissions: string[];
  /** ids of the teams the caller belongs to */
  teams: NamedRef[];
  features: string[];
  csrf: string;
  zone: string;
  organisation: { id: Id; name: string; baseUrl: string };
  sample: boolean;
  mailConfigured: boolean;
}
export interface Preferences {
  version: number;
  language: 'en' | 'de' | null;
  singleKeys: boolean;
  theme: 'system' | 'light' | 'dark';
  notices: Record<string, boolean>;
}
export interface Settings {
  version: number;
  organisationName: string;
  baseUrl: string;
  zone: string;
  syncInterval: string; // "24h"
  mailHost: string | null;
  mailPort: number;
  mailSecurity: 'PLAIN' | 'STARTTLS' | 'TLS';
  mailUser: string | null;
  mailPassword?: string; // write only
  mailPasswordSet: boolean;
  mailFrom: string;
  mailFromName: string;
  runRetention: string; // "30d"
  requestersMayEscalate: boolean;
}
export interface Mail {
  id: Id;
  status: 'CAPTURED' | 'QUEUED' | 'SENT' | 'FAILED';
  from: string;
  to: string;
  cc: string | null;
  subject: string;
  created: Instant;
  sentAt: Instant | null;
  attempts: number;
  error: string | null;
  runId: Id | null;
  requestId: Id | null;
}
export interface MailFull extends Mail {
  text: string;
  html: string | null;
  messageId: string;
  files: { name: string; bytes: number }[]; // of captured mail
}
export interface Health {
  version: string;
  started: Instant;
  store: { status: string; schema: number; bytes: number; flushes: number; transactions: number; readOnly: boolean };
  queue: { pending: number };
  mail: { configured: boolean; queued: number; failed: number };
  sync: { type: string; status: string; finishedAt: Instant | null }[];
  process: { residentBytes: number; threads: number };
}
export interface Sample {
  present: boolean;
  objects: { kind: string; id: Id; name: string }[];
}
export interface SearchHit {
  kind: 'REQUEST' | 'REQUEST_TYPE' | 'FLOW' | 'TABLE' | 'PERSON' | 'TEAM' | 'LIST' | 'CATALOGUE';
  id: Id;
  name: string;
  detail: string | null;
  href: string;
}
/** events of GET /live: `event: <topic>`, `data: LiveEvent` */
export interface LiveEvent {
  topic: 'request' | 'task' | 'run' | 'sync' | 'mail';
  id: Id;
}

/* ---- teams, lists, resources, integrations ---------------------------------------------------------- */

export type TeamIcon = 'support' | 'administrative' | 'finance' | 'it' | 'security' | 'sales' | 'legal' | 'hr' | 'events' | 'cleaning' | 'design' | 'engineering' | 'facilities' | 'operations' | 'recruiting';
export type TeamColour = 'blue' | 'cyan' | 'green' | 'grey' | 'indigo' | 'purple' | 'red' | 'pink' | 'yellow';
export interface Team extends Stamped {
  name: string;
  description: string;
  icon: TeamIcon;
  colour: TeamColour;
  status: 'ACTIVE' | 'CLOSED';
  inviteOnly: boolean;
  privateRequests: boolean;
  assignment: { mode: 'OFF' | 'ROTATE' | 'MEMBER'; memberId: Id | null; excluded: Id[] };
  members: (PersonRef & { availability: 'AVAILABLE' | 'AWAY'; lastAssignedAt: Instant | null })[];
  mine: boolean; // the caller is a member
}
export interface TeamAccess {
  version: number;
  resourceTypes: { type: ResourceTypeName; name: string; allowed: boolean }[];
  configLists: { id: Id; name: string; allowed: boolean }[];
  integrations: { id: Id; name: string; allowed: boolean; actions: { action: string; on: boolean }[] }[];
}
export interface ConfigList extends Stamped {
  name: string;
  listType: 'CUSTOM' | 'RESOURCE';
  resourceType: 'groups' | 'applications' | null;
  teams: NamedRef[];
  itemCount: number;
  usedBy: NamedRef[]; // request types
}
export interface ConfigListItem extends Stamped {
  name: string;
  description: string;
  status: 'ACTIVE' | 'ARCHIVED';
  resourceId: Id | null;
}
export type ResourceTypeName = 'users' | 'groups' | 'applications' | 'workflows';
export interface ResourceType {
  type: ResourceTypeName;
  name: string;
  status: 'IDLE' | 'RUNNING' | 'FAILED';
  count: number;
  lastFinishedAt: Instant | null;
  nextAt: Instant | null;
  error: string | null;
  /** why a count of 0 is 0, in a sentence */
  hint: string | null;
  teams: NamedRef[]; // with access; users: empty, implicit
}
export interface ResourceItem {
  id: Id;
  name: string;
  description: string | null;
  path: string | null; // folder of a workflow
  synced: Instant;
}
export interface Integration extends Stamped {
  type: 'OKTA';
  name: string;
  status: 'CONNECTED';
  teams: NamedRef[];
  /** one switch per action, for all teams of the integration; PATCH {"version":1,"actions":{"RUN_WORKFLOW":true}} */
  actions: { action: string; name: string; on: boolean; available: boolean }[];
}
export type InputType = 'text' | 'number' | 'datetime' | 'boolean';
export interface FlowInput {
  key: string;
  label: string;
  type: InputType;
  required: boolean;
}
/** GET /integrations/{id}/workflows?teamId= */
export interface SyncedWorkflow {
  id: Id; // flow id
  name: string;
  description: string;
  folderPath: string;
  enabled: boolean;
  inputs: FlowInput[];
  selectable: boolean;
  reason: string | null; // why not
}

/* ---- request types ------------------------------------------------------------------------------------- */

export type AssignTo =
  | { type: 'REQUESTER' | 'MANAGER' | 'REQUEST_ASSIGNEE' | 'NONE' }
  | { type: 'USER' | 'GROUP' | 'GROUP_OWNER' | 'TEAM'; id: Id; name?: string /* read only */ }
  | { type: 'QUESTION'; stepId: string };
export type LogicOp =
  | 'IS' | 'IS_NOT' | 'CONTAINS' | 'NOT_CONTAINS' | 'IS_AFTER' | 'IS_BEFORE' | 'IS_BETWEEN'
  | 'IN_LIST' | 'NOT_IN_LIST' | 'INCLUDES' | 'NOT_EMPTY' | 'IS_COMPLETED' | 'IS_APPROVED' | 'IS_DENIED';
export interface Condition {
  stepId: string;
  op: LogicOp;
  value?: string | number | boolean;
  values?: (string | number)[];
}
export interface Logic {
  match: 'ALL' | 'ANY';
  conditions: Condition[];
}
export interface Duration {
  n: number;
  unit: 'MINUTES' | 'HOURS' | 'DAYS';
}
interface StepCommon {
  id: string; // author's key, [A-Za-z0-9_-]{1,40}, unique in the type
  text: string;
  logic?: Logic;
}
export type QuestionType = 'TEXT' | 'LONG_TEXT' | 'NUMBER' | 'BOOLEAN' | 'DATE' | 'DROPDOWN' | 'USER';
export interface QuestionStep extends StepCommon {
  kind: 'QUESTION';
  inputType: QuestionType;
  required: boolean;
  assignTo: AssignTo;
  help?: string;
  multi?: boolean;
  options?: string[]; // custom options, by display text
  configListId?: Id;
  fieldId?: string; // read only, UUID
}
export interface ApprovalStep extends StepCommon {
  kind: 'APPROVAL';
  assignTo: AssignTo;
  required?: boolean;
  due?: Duration;
}
export interface CustomTaskStep extends StepCommon {
  kind: 'CUSTOM_TASK';
  assignTo: AssignTo;
  required?: boolean;
  due?: Duration;
}
export type InputSource =
  | { source: 'REQUESTER_EMAIL' | 'REQUEST_SUBJECT' | 'ASSIGNEE_EMAIL' | 'REQUEST_ID' | 'REQUEST_URL' | 'REQUESTER_LOGIN' }
  | { source: 'QUESTION' | 'APPROVER_EMAIL'; stepId: string }
  | { source: 'CONSTANT'; value: string | number | boolean }
  | { source: 'LIST_ITEM'; id: Id };
export interface ActionStep extends StepCommon {
  kind: 'ACTION';
  action: 'RUN_WORKFLOW';
  automatic: boolean;
  assignTo?: AssignTo;
  due?: Duration;
  flowId: Id | null;
  flowName?: string; // read only
  inputs: Record<string, InputSource>; // by input key of the flow
  flowInputs?: FlowInput[]; // read only: as synchronised (draft) or as published (version)
}
export interface TimerStep extends StepCommon {
  kind: 'TIMER';
  timer: Duration | { untilStepId: string };
}
export type Step = QuestionStep | ApprovalStep | CustomTaskStep | ActionStep | TimerStep;
export type Audience = { type: 'EVERYONE' } | { type: 'GROUP' | 'TEAM'; id: Id; name?: string };
export interface RequestType extends Stamped {
  name: string;
  description: string;
  icon: string;
  teamId: Id;
  team: NamedRef & { icon: TeamIcon; colour: TeamColour };
  audience: Audience;
  autoResolve: boolean;
  status: 'DRAFT' | 'ACTIVE' | 'DISABLED';
  steps: Step[];
  publishedVersion: number | null;
  unpublishedChanges: boolean;
  disabledReasons: { stepId: string | null; sentence: string }[];
  warnings: { stepId: string; sentence: string }[];
  sample: boolean;
}
/** list rows lack steps, disabledReasons and warnings */
export type RequestTypeRow = Omit<RequestType, 'steps' | 'disabledReasons' | 'warnings'>;
export interface RequestTypeVersion {
  number: number;
  publishedAt: Instant;
  publishedBy: PersonRef;
  current: boolean;
  steps?: Step[]; // GET …/versions/{n}
}
/** POST /request-types/{id}/check {"stepId"} → {"lines":[…]} */
export interface CheckLine {
  n: number; // 1-9
  ok: boolean;
  sentence: string;
  link: string | null; // page that mends it
}

/* ---- catalogue and requests ------------------------------------------------------------------------------- */

export interface CatalogueRow {
  id: Id; // request type
  name: string;
  description: string;
  icon: string;
  team: NamedRef & { icon: TeamIcon; colour: TeamColour };
  lastUsedAt: Instant | null; // by the caller
  typicalMs: number | null; // median time to close of the last requests
}
export interface CatalogueForm extends CatalogueRow {
  version: number; // published version
  questions: (QuestionStep & { choices?: { value: string; name: string; description?: string }[] })[];
  /** who will act, in order */
  deciders: { stepId: string; text: string; kind: 'APPROVAL' | 'CUSTOM_TASK' | 'ACTION' | 'QUESTION'; names: string[]; note: string | null }[];
}
export type RequestStatus = 'OPEN' | 'PENDING' | 'RESOLVED' | 'LOCKED' | 'EXPIRED' | 'CANCELED';
export type StepState = 'HIDDEN' | 'ASSIGNING' | 'OPEN' | 'RUNNING' | 'FAILED' | 'COMPLETED' | 'SKIPPED' | 'LOCKED';
/** POST /requests. Answers by step id: text, number, boolean, "YYYY-MM-DD", item id or option text (array when multi), user id */
export interface RequestCreate {
  requestTypeId: Id;
  subject?: string;
  requesterId?: Id;
  answers: Record<string, unknown>;
}
export interface RequestStep {
  id: string; // step key
  taskId: Id | null; // of /tasks, once it exists
  kind: Step['kind'];
  text: string;
  state: StepState;
  required: boolean;
  assignees: PersonRef[];
  assignGroup: NamedRef | null;
  openedAt: Instant | null;
  dueAt: Instant | null;
  endedAt: Instant | null;
  endedBy: PersonRef | null;
  decision: 'APPROVED' | 'DENIED' | null;
  note: string | null; // reason
  inputType?: QuestionType;
  answer?: unknown; // as given
  answerText?: string | null; // for people
  action?: 'RUN_WORKFLOW';
  automatic?: boolean;
  flow?: NamedRef;
  runId?: Id | null;
  runStatus?: RunStatus | null;
  attempt?: number;
  error?: string | null;
  sentInputs?: Record<string, unknown>;
  timerEndsAt?: Instant | null;
  /** what the caller may do here now */
  can: ('RESOLVE' | 'RUN' | 'COMPLETE' | 'REASSIGN' | 'ESCALATE' | 'END')[];
}
export interface RequestRow {
  id: Id;
  number: number;
  version: number;
  subject: string;
  status: RequestStatus;
  requestType: NamedRef & { icon: string };
  team: NamedRef & { icon: TeamIcon; colour: TeamColour };
  requester: PersonRef;
  creator: PersonRef;
  assignee: PersonRef | null;
  created: Instant;
  lastUpdated: Instant;
  resolvedAt: Instant | null;
  dueAt: Instant | null; // earliest of open tasks
  overdue: boolean;
  myTask: { id: Id; stepId: string; kind: Step['kind']; text: string } | null;
  sample: boolean;
}
export interface Request extends RequestRow {
  requestTypeVersion: number;
  private: boolean;
  autoResolve: boolean;
  autoResolved: boolean;
  allDone: boolean; // everything complete, waits for Mark as done
  followers: PersonRef[];
  following: boolean;
  tags: { text: string; colour: string }[];
  steps: RequestStep[];
  runs: { runId: Id; stepId: string; flow: NamedRef; status: RunStatus | null; startedAt: Instant; mayOpen: boolean }[];
  can: ('EDIT' | 'ASSIGN' | 'CANCEL' | 'RESOLVE' | 'REOPEN' | 'HOLD' | 'RELEASE' | 'MESSAGE' | 'FOLLOW')[];
}
export interface Task {
  id: Id;
  version: number;
  stepId: string;
  kind: Step['kind'];
  text: string;
  state: StepState;
  request: { id: Id; number: number; subject: string; status: RequestStatus };
  requester: PersonRef;
  assignees: PersonRef[];
  openedAt: Instant | null;
  dueAt: Instant | null;
  overdue: boolean;
  decision: 'APPROVED' | 'DENIED' | null;
}
export interface Activity {
  id: Id;
  at: Instant;
  type: string; // "CREATED", "TASK_OPENED", "APPROVED", "WORKFLOW_CALLED", "WORKFLOW_FINISHED", "RESOLVED" …
  actor: PersonRef | null; // null: the system
  stepId: string | null;
  text: string;
  detail: Record<string, unknown> | null;
}
export interface Message {
  id: Id;
  at: Instant;
  author: PersonRef | null;
  viaApi: boolean;
  text: string;
}

/* ---- flows -------------------------------------------------------------------------------------------------- */

export type RunStatus = 'QUEUED' | 'RUNNING' | 'WAITING' | 'PAUSED' | 'SUCCEEDED' | 'STOPPED' | 'FAILED' | 'CANCELED';
export interface Folder extends Stamped {
  name: string;
  description: string;
  parentId: Id | null;
  path: string; // names with " / " between
  flowCount: number;
  sample: boolean;
}
export type PinType = 'text' | 'number' | 'boolean' | 'date' | 'object' | 'file' | 'flow' | 'folder' | 'any';
export interface PinFrom {
  card: string; // card id
  output: string; // output id of that card
  path?: string[]; // members below it
  convert?: string;
  wrap?: boolean; // into a list after the conversion
}
export interface Pin {
  id: string;
  group?: string;
  key: string;
  label: string;
  type: PinType;
  list?: boolean;
  required?: boolean;
  help?: string;
  min?: number; // in the card table only: a whole number from min to max
  max?: number;
  shape?: Record<string, unknown>; // members of an object, as far as they are known
  meta?: Record<string, unknown>; // kept for export files; forceHide: hands a value into a body
}
export interface InputPin extends Pin {
  value?: unknown; // constant; Compose's `_text_` holds {{{key}}} for each of the card's other inputs
  custom?: boolean; // the author made it
  proxy?: { dynamic: boolean; path: string | null }; // per item, on list cards
  from?: PinFrom;
  choices?: { value: unknown; label: string }[];
}
export interface Card {
  id: string; // unique in the flow
  card: string; // "module:method" of the card table
  title?: string;
  note?: string;
  options?: Record<string, unknown>;
  connectionId?: Id | null;
  inputs: InputPin[];
  outputs: Pin[];
  /** containers; results give the container's outputs at the end of that lane (If/Else). inline: a body of its own that
      starts with an event card (If/ElseIf, If Error, events) */
  lanes?: { name: string; label?: string; inline?: boolean; cards: Card[]; results?: { output: string; from?: PinFrom; value?: unknown }[] }[];
  supported?: boolean; // read only
  policy?: Record<string, unknown>; // what happens when it fails, see logic/policy.ts
  address?: string; // in export files, of connector cards
  timeout?: number;
  origin?: Record<string, unknown>; // what an export needs again and a run does not; kept as it is
  schedule?: Schedule; // of control:scheduled
}
/** calendar of a Scheduled Flow card; fields as in a crontab. POST /schedules/preview {"schedule"} → {"next":[Instant]} */
export interface Schedule {
  seconds?: string;
  minutes?: string;
  hours?: string;
  dayOfTheMonth?: string;
  month?: string;
  dayOfTheWeek?: string; // 0 and 7 are Sunday
  startDate?: string; // day in the zone, or instant; empty: none
  endDate?: string;
  recurrence?: number;
  timeZone?: string; // UTC when empty
  skipIfRunning?: boolean;
}
/** GET, PATCH /flows/{id}/endpoint; POST …/token answers it with clientToken, shown once */
export interface FlowEndpoint {
  flowId: Id;
  security: 'NONE' | 'CLIENT_TOKEN' | 'OAUTH';
  hasToken: boolean;
  tokenMadeAt: Instant | null;
  alias: string | null; // null without the right to edit the flow, like the addresses
  invokeUrl: string | null; // null for flows that only pause
  resumeUrl: string | null;
  clientToken?: string;
}
export type FlowKind = 'DELEGATED' | 'HELPER' | 'SCHEDULED' | 'API_ENDPOINT' | 'EVENT' | 'NONE';
export interface FlowRow extends Stamped {
  name: string;
  description: string;
  folderId: Id;
  folderPath: string;
  kind: FlowKind;
  enabled: boolean;
  saveData: boolean;
  logStream: boolean; // its runs are told to the log collector
  versionNumber: number; // of the latest save
  lastRun: { id: Id; status: RunStatus; startedAt: Instant } | null;
  sample: boolean;
  nextRunAt: Instant | null; // of a schedule, while the flow is on
}
/** PATCH /flows/{id} takes version, name, description, folderId, saveData and cards (a save makes a version) */
export interface Flow extends FlowRow {
  cards: Card[];
  /** sentences that stop it from being switched on, with card and input */
  problems: { cardId: string | null; inputId: string | null; sentence: string }[];
}
/** GET /flows/{id}/usage */
export interface FlowUsage {
  callers: NamedRef[];
  callees: NamedRef[];
  requestTypes: NamedRef[];
}
export interface FlowVersion {
  number: number;
  savedAt: Instant;
  savedBy: PersonRef | null;
  note: string | null;
  cards?: Card[];
}
export interface DelegatedFlow {
  id: Id;
  name: string;
  description: string;
  folderPath: string;
  enabled: boolean;
  lastUpdated: Instant;
  inputs: FlowInput[];
  mayInvoke: boolean;
}
export interface CardType {
  card: string; // "module:method"
  category: string; // palette group
  label: string;
  help: string;
  kind: 'EVENT' | 'PURE' | 'EFFECT' | 'CONTROL';
  inputs: InputPin[];
  outputs: Pin[];
  lanes?: { name: string; label: string; inline?: boolean }[];
  options?: { key: string; label: string; choices?: { value: string; label: string }[]; default?: unknown }[];
  /** pins the author may add: "inputs", "outputs", "both" (an output mirrors each input) */
  userPins?: 'inputs' | 'outputs' | 'both';
  userPinTypes?: PinType[];
  userGroup?: string; // group of the pins the author adds
  stateGroup?: string; // of a card that streams: the group of its helper flow, and of the fields of State, which the author adds
  connection?: string | null; // connector that needs a connection
  connectionOptional?: boolean;
}
export type ColumnType = 'text' | 'number' | 'boolean' | 'date';
export type CellValue = string | number | boolean | null;
export interface TableColumn {
  id?: string; // absent: a new one
  name: string;
  type: ColumnType;
  default?: CellValue;
}
export interface DataTable extends Stamped {
  name: string;
  description: string;
  folderId: Id;
  folderPath: string; // names with " / " between
  columns: (TableColumn & { id: string })[];
  rowCount: number;
  sample: boolean;
}
export interface DataRow {
  id: string;
  version: number;
  created: Instant;
  lastUpdated: Instant;
  values: Record<string, CellValue>; // by name of the column
}
export interface CsvReport {
  imported: number;
  ignoredColumns: string[];
}
export interface Connection extends Stamped {
  name: string;
  connector: string;
  status: 'OK' | 'FAILED' | 'UNTESTED';
  transport: 'LOCAL' | 'HTTPS';
  description: string;
  folderId: Id | null; // usable there and below; null: everywhere
  auth: string | null; // kind of authentication; null: local
  fields: Record<string, string>; // secrets as "********"
}
/** GET /folders/{id}/connection-needs; POST with {"connections":{connector: id}} assigns, or {"connector:wanted": id} those cards alone */
export interface ConnectionNeed {
  connector: string;
  wanted: string | null; // name of the connection in the export file these cards came in
  cards: { flowId: Id; flowName: string; cardId: string; title: string }[];
}
/** GET, PUT /log-stream */
export interface LogStream {
  version: number; // 0: none yet
  enabled: boolean;
  url: string | null;
  headers: string[]; // their names
  template: string;
  events: string[];
  pending: number;
  dropped: number;
  sentAt: Instant | null;
  error: string | null; // of the last try
}
/** GET /connectors */
export interface Connector {
  connector: string;
  name: string;
  help: string | null;
  transports: Connection['transport'][];
  auths: { kind: string; label: string; help: string; fields: AuthField[] }[];
}
export interface AuthField {
  key: string;
  label: string;
  secret: boolean;
  required: boolean;
  long: boolean; // several lines
  default: string | null;
  choices?: { value: string; label: string }[];
  help: string;
}
/** GET /connections/{id}/usage */
export interface ConnectionUsage {
  flows: { id: Id; name: string }[];
}
export interface RunRow {
  id: Id;
  flowId: Id;
  flowName: string;
  flowVersion: number;
  status: RunStatus;
  reason: 'uncertain' | 'crashed' | null; // WAITING for a person; FAILED and not tried again
  startedAt: Instant; // accepted
  endedAt: Instant | null;
  durationMs: number | null;
  latencyMs: number | null; // until its first card began; null before it ended or waited
  startedBy: { kind: 'USER' | 'APP' | 'SYSTEM'; id: Id; name: string } | null;
  startedVia: 'DELEGATED' | 'TEST' | 'REPLAY' | 'HELPER' | 'EVENT' | 'SCHEDULE' | 'ENDPOINT' | null; // null: before this was kept
  requestId: Id | null;
  requestNumber: number | null;
  error: { message: string; code: number | null; cardId: string | null; cardTitle: string | null } | null;
  dataSaved: boolean;
}
export interface Run extends RunRow {
  parentRunId: Id | null;
  parentFlowId: Id | null;
  stepId: string | null; // of the request
  uncertain: { cardId: string; effectId: string; sendingAt: Instant } | null; // what a person has to decide about
  inputs: Record<string, unknown> | null; // with reeve.runs.read
}
/** GET /runs/{id}/cards → {"cards":[Card], "data":[RunCard], "version":n}: the definition that ran and what happened in order */
export interface RunCard {
  cardId: string;
  card: string;
  title: string;
  status: 'SUCCEEDED' | 'FAILED' | 'RUNNING' | 'STOPPED' | 'CANCELED' | 'MARKED_DONE';
  startedAt: Instant;
  durationUs: number;
  inputs: Record<string, unknown> | null; // by input id; null when data was not saved
  outputs: Record<string, unknown> | null;
  error: { message: string; code: number | null; raw?: string | null } | null; // raw: what the called application answered
}
/** POST /flows/import → 201 */
export interface ImportReport {
  folderId: Id | null;
  /** invokeUrl and clientToken: of an endpoint behind a client token, shown this once */
  flows: { id: Id; name: string; kind: FlowKind; invokeUrl?: string; clientToken?: string }[];
  errors: { flow: string | null; card: string | null; sentence: string }[];
  warnings: { flow: string | null; card: string | null; sentence: string }[];
}
/** of the trust store */
export interface TrustedCertificate {
  id: string;
  name: string;
  subject: string;
  fingerprint: string; // SHA-256, hex
  notBefore: string;
  notAfter: string;
  expired: boolean;
  version: number;
}
