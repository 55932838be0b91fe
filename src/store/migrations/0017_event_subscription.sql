-- Who waits for which event of the system log (src/org/subscription.c).
CREATE TABLE event_subscription (
    event_type TEXT NOT NULL,
    subscriber TEXT NOT NULL, -- id of a flow that is on
    PRIMARY KEY (event_type, subscriber)
) WITHOUT ROWID;
CREATE INDEX event_subscription_by_subscriber ON event_subscription (subscriber);
