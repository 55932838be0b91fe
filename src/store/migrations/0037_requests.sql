-- Requests, their steps, people, activity and messages (access-requests.md 4, 2.10).

CREATE TABLE request_counter (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
);
INSERT INTO request_counter (name, last) VALUES ('request', 0);

-- One row carries what lists show and sort by. A task's id is the request's id with the step's place, counted from 1, in
-- its last byte; the request's own id ends with 00.
CREATE TABLE request (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    type_id TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    type_name TEXT NOT NULL,
    type_icon TEXT NOT NULL,
    team_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    status TEXT NOT NULL, -- OPEN PENDING RESOLVED LOCKED EXPIRED CANCELED
    held INTEGER NOT NULL, -- pending because somebody said so
    private INTEGER NOT NULL,
    auto_resolve INTEGER NOT NULL,
    auto_resolved INTEGER NOT NULL,
    all_done INTEGER NOT NULL, -- complete, waits for somebody to mark it as done
    acted INTEGER NOT NULL, -- somebody else than requester and creator has done something
    requester_id TEXT NOT NULL,
    creator_id TEXT NOT NULL,
    assignee_id TEXT,
    followers TEXT NOT NULL, -- JSON array of ids
    tags TEXT NOT NULL, -- JSON array of {"text","colour"}
    channel TEXT NOT NULL, -- WEB API
    due_at INTEGER, -- the earliest of the open tasks
    activity_n INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT,
    active_at INTEGER NOT NULL, -- of the last answer, decision or message (4.5)
    resolved_at INTEGER
);
CREATE INDEX request_by_team ON request (team_id, number);
CREATE INDEX request_by_type ON request (type_id, number);
CREATE INDEX request_by_updated ON request (updated_at, number);

CREATE TABLE request_step (
    number INTEGER NOT NULL REFERENCES request (number) ON DELETE CASCADE,
    position INTEGER NOT NULL, -- from 0
    id TEXT NOT NULL, -- key of the step in its type
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    required INTEGER NOT NULL,
    automatic INTEGER NOT NULL,
    input_type TEXT,
    state TEXT NOT NULL,
    assignees TEXT NOT NULL, -- JSON array of ids
    assign_group TEXT, -- JSON {"id","name"}: whom the assignees stand for
    opened_at INTEGER, -- when it became a task
    due_at INTEGER,
    ended_at INTEGER,
    ended_by TEXT,
    decision TEXT, -- APPROVED DENIED
    note TEXT,
    answer TEXT, -- JSON, as given
    answer_text TEXT, -- for people
    marks INTEGER NOT NULL, -- 1 reassigned by hand, 2 escalated, 4 outcome of the last call unknown
    attempt INTEGER NOT NULL, -- of an action: part of its idempotency key
    tries INTEGER NOT NULL, -- calls of this attempt
    flow_id TEXT,
    flow_name TEXT,
    inputs TEXT, -- JSON object: what is or was sent
    call_body TEXT, -- of the call while its outcome is open: a repeated call sends the same bytes
    run_id TEXT,
    run_status TEXT,
    error TEXT,
    timer_ends_at INTEGER,
    PRIMARY KEY (number, position)
) WITHOUT ROWID;

-- The requests of a person: derived from the two tables above, written with them.
CREATE TABLE request_person (
    user_id TEXT NOT NULL,
    number INTEGER NOT NULL REFERENCES request (number) ON DELETE CASCADE,
    roles INTEGER NOT NULL, -- 1 requester, 2 creator, 4 assignee, 8 task assignee now or before, 32 follower
    tasks TEXT, -- JSON array: places of the open tasks
    first_task INTEGER, -- the first of them
    PRIMARY KEY (user_id, number)
) WITHOUT ROWID;
CREATE INDEX request_person_open ON request_person (user_id, number) WHERE first_task IS NOT NULL;
CREATE INDEX request_person_by_request ON request_person (number);

CREATE TABLE request_activity (
    number INTEGER NOT NULL REFERENCES request (number) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    actor_id TEXT, -- NULL: the system
    step_id TEXT,
    text TEXT NOT NULL,
    detail TEXT, -- JSON object
    PRIMARY KEY (number, seq)
) WITHOUT ROWID;

CREATE TABLE request_message (
    number INTEGER NOT NULL REFERENCES request (number) ON DELETE CASCADE,
    seq INTEGER NOT NULL, -- that of its activity
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    author_id TEXT,
    via_api INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (number, seq)
) WITHOUT ROWID;
