/* What each event has beside what all have. */
#include "control/schema.h"
#include "control/schema_rows.h"
#include "wire/json_write.h"

/* Of an event about a node: its name, if it has one. */
#define OF_A_NODE   NODE_ID, SOME("name", MEMBER_TEXT)
#define PID         COUNT("pid")
#define PERHAPS_PID SOME("pid", MEMBER_COUNT)
#define SERVICE     TEXT("service")
#define CAUSE       TEXT("cause")

static const struct member schema_usage[] = {
    COUNT("user_ms"),
    COUNT("system_ms"),
    COUNT("max_rss_kb"),
    END,
};

/* The most members that an event has, and the end. */
#define SCHEMA_MEMBERS 10

static const struct member schema_events[EVENT_TYPES][SCHEMA_MEMBERS] = {
    [EVENT_CONTROLLER_STARTED] = {PID},
    [EVENT_CONTROLLER_STOPPING] = {PID},
    [EVENT_NODE_CREATED] = {OF_A_NODE, PID, PARENT},
    [EVENT_NODE_CHANGED] = {OF_A_NODE,
                            SOME("parent", MEMBER_NODE),
                            {"changed", .type = MEMBER_TEXT, .list = true}},
    [EVENT_NODE_REMOVED] = {OF_A_NODE, PERHAPS_PID},
    [EVENT_NODE_DIED] = {OF_A_NODE, PERHAPS_PID, CAUSE},
    [EVENT_NODE_GIVEN_UP] = {OF_A_NODE, COUNT("deaths"), CAUSE},
    [EVENT_NODE_STOPPED] = {OF_A_NODE, PERHAPS_PID},
    [EVENT_NODE_RESTARTED] = {OF_A_NODE, PID, PARENT},
    [EVENT_NODE_REHOMED] = {OF_A_NODE, PARENT},
    [EVENT_HEARTBEAT_LOST] = {OF_A_NODE, COUNT("silent_ms")},
    [EVENT_HEARTBEAT_RESTORED] = {OF_A_NODE},
    [EVENT_PROGRAM_STARTED] = {OF_A_NODE, PID, SERVICE, COUNT("restarts")},
    [EVENT_PROGRAM_DIED] = {OF_A_NODE,
                            PERHAPS_PID,
                            SERVICE,
                            CAUSE,
                            {"rusage", .type = MEMBER_OBJECT, .optional = true, .of = schema_usage},
                            SOME("restart_in_ms", MEMBER_COUNT)},
    [EVENT_PROBE_FAILED] = {OF_A_NODE, PERHAPS_PID, SERVICE, CAUSE},
    [EVENT_PROBE_RECOVERED] = {OF_A_NODE, SERVICE},
    [EVENT_SERVICE_EVENT] = {OF_A_NODE, SERVICE, TEXT("event"), SOME("data", MEMBER_ANY),
                             SOME("dropped", MEMBER_COUNT)},
    [EVENT_SLOW_REQUEST] = {SOME("id", MEMBER_NODE), SOME("name", MEMBER_TEXT), COUNT("total_ms"),
                            TEXT("why")},
    [EVENT_AUDIT] = {COUNT("uid"), PID, TEXT("program"), TEXT("what"), TEXT("result")},
    [EVENT_EVENTS_DROPPED] = {COUNT("count")},
};

void schema_add_event(struct buffer *b, const char *key, enum event_type type)
{
	struct member members[4 + SCHEMA_MEMBERS] = {
	    COUNT("subscription"),
	    COUNT("seq"),
	    TEXT("time"),
	    {"type", .type = MEMBER_TEXT, .words = event_type_name(type)},
	};

	for (size_t i = 0; schema_events[type][i].name; i++)
		members[4 + i] = schema_events[type][i];
	schema_add(b, key, (const struct member *const[SCHEMAS]){members});
}
