/* The members of results: what methods write. */
#include "control/schema.h"
#include "control/schema_rows.h"

const struct member members_nothing[] = {END};

const struct member members_hello[] = {
    TEXT("name"),
    TEXT("version"),
    COUNT("protocol"),
    TEXT("topology"),
    TEXT("service"),
    {"node", .type = MEMBER_NODE},
    COUNT("pid"),
    {"role", .type = MEMBER_TEXT, .words = "own|operate|read"},
    END,
};

const struct member members_create[] = {NODE_ID, COUNT("pid"), PARENT, END};

const struct member members_exec[] = {NODE_ID, {"result", .type = MEMBER_TEXT, .null = true}, END};
const struct member members_exec_bytes[] = {NODE_ID, TEXT("result_base64"), END};

static const struct member schema_each_result[] = {
    NODE_ID,
    {"result", .type = MEMBER_TEXT, .null = true, .optional = true},
    SOME("result_base64", MEMBER_TEXT),
    END,
};
static const struct member schema_each_error[] = {
    NODE_ID,
    {"code", .type = MEMBER_INT},
    TEXT("name"),
    TEXT("message"),
    {"outcome", .type = MEMBER_TEXT, .optional = true, .words = OUTCOMES},
    SOME("retry_ms", MEMBER_COUNT),
    END,
};
const struct member members_exec_all[] = {LIST("results", schema_each_result),
                                          LIST("errors", schema_each_error), END};
const struct member members_exec_all_reduced[] = {
    {"reduced", .type = MEMBER_TEXT, .null = true},
    COUNT("count"),
    LIST("errors", schema_each_error),
    END,
};

const struct member members_exec_open[] = {COUNT("stream"), COUNT("credit"), END};
const struct member members_exec_feed[] = {COUNT("credit"), SOME("ended", MEMBER_BOOL), END};

const struct member members_ping[] = {NODE_ID, FLAG("available"), END};
const struct member members_pingall[] = {{"unavailable", .type = MEMBER_NODE, .list = true}, END};
const struct member members_heartbeat[] = {COUNT("interval_ms"), END};
const struct member members_kill[] = {{"removed", .type = MEMBER_NODE, .list = true}, END};
const struct member members_cancel[] = {FLAG("cancelled"), END};
const struct member members_start[] = {NODE_ID, COUNT("pid"), END};
const struct member members_stop[] = {NODE_ID, END};
const struct member members_wait[] = {NODE_ID, SOME("pid", MEMBER_COUNT), END};
const struct member members_change[] = {
    NODE_ID, PARENT, {"changed", .type = MEMBER_TEXT, .list = true}, END};
const struct member members_order_all[] = {LIST("results", members_wait),
                                           LIST("errors", schema_each_error), END};
const struct member members_restart_all[] = {
    LIST("results", members_wait),
    LIST("errors", schema_each_error),
    {"left", .type = MEMBER_NODE, .list = true},
    END,
};

static const struct member schema_program[] = {
    {"state", .type = MEMBER_TEXT, .words = "waiting|starting|ready|backing_off|ending"},
    SOME("pid", MEMBER_COUNT),
    SOME("age_ms", MEMBER_COUNT),
    COUNT("running"),
    COUNT("restarts"),
    SOME("cause", MEMBER_TEXT),
    SOME("retry_ms", MEMBER_COUNT),
    END,
};
static const struct member schema_probe[] = {
    {"state", .type = MEMBER_TEXT, .words = "awaited|passed|failed"},
    COUNT("since_ms"),
    SOME("passed_ms", MEMBER_COUNT),
    SOME("failures", MEMBER_COUNT),
    SOME("message", MEMBER_TEXT),
    END,
};
const struct member members_node[] = {
    NODE_ID,
    PARENT,
    {"link", .type = MEMBER_NODE},
    {"pid", .type = MEMBER_COUNT, .null = true},
    {"state", .type = MEMBER_TEXT, .words = STATES},
    TEXT("service"),
    COUNT("depth"),
    COUNT("incarnation"),
    COUNT("age_ms"),
    COUNT("requests"),
    COUNT("pending"),
    {"restart", .type = MEMBER_TEXT, .words = "no|on-failure|always"},
    COUNT("restarts"),
    {"on_hang", .type = MEMBER_TEXT, .optional = true, .words = "restart"},
    SOME("hang_timeout_ms", MEMBER_COUNT),
    {"declared", .type = MEMBER_TEXT, .words = "no|yes|undeclared"},
    SOME("outdated", MEMBER_BOOL),
    {"after", .type = MEMBER_NODE, .list = true, .optional = true},
    {"waits_for", .type = MEMBER_NODE, .list = true, .optional = true},
    SOME("name", MEMBER_TEXT),
    SOME("group", MEMBER_TEXT),
    SOME("cause", MEMBER_TEXT),
    SOME("retry_ms", MEMBER_COUNT),
    {"program", .type = MEMBER_OBJECT, .optional = true, .of = schema_program},
    {"probe", .type = MEMBER_OBJECT, .optional = true, .of = schema_probe},
    END,
};
const struct member members_tree[] = {LIST("nodes", members_node), END};

static const struct member schema_service[] = {
    TEXT("name"),
    {"kind", .type = MEMBER_TEXT, .words = "builtin|run|lines|json|library"},
    {"summary", .type = MEMBER_TEXT, .null = true},
    TEXT("usage"),
    {"origin", .type = MEMBER_TEXT, .null = true},
    END,
};
const struct member members_services[] = {LIST("services", schema_service), END};

const struct member members_daemon[] = {
    COUNT("pid"),
    TEXT("version"),
    TEXT("topology"),
    TEXT("service"),
    COUNT("heartbeat_ms"),
    COUNT("request_timeout_ms"),
    COUNT("nodes"),
    COUNT("unavailable"),
    COUNT("outdated"),
    COUNT("max_nodes"),
    COUNT("pending"),
    COUNT("clients"),
    COUNT("denied"),
    COUNT("uptime_ms"),
    SOME("declared_in", MEMBER_TEXT),
    END,
};

static const struct member schema_link_end[] = {
    COUNT("port"),
    COUNT("rtt_us"),
    COUNT("queued"),
    COUNT("unread"),
    COUNT("window"),
    COUNT("resent"),
    END,
};
static const struct member schema_stall[] = {
    {"cause", .type = MEMBER_TEXT, .words = "nagle|loss|window"},
    {"from", .type = MEMBER_TEXT, .words = "lower|upper"},
    COUNT("times"),
    TEXT("text"),
    END,
};
static const struct member schema_link[] = {
    NODE_ID,
    PARENT,
    {"state", .type = MEMBER_TEXT, .words = STATES},
    {"transport", .type = MEMBER_TEXT, .words = "ipc|tcp"},
    COUNT("pings"),
    COUNT("median_us"),
    COUNT("p99_us"),
    /* A parent may have been slower than its child. */
    {"own_us", .type = MEMBER_INT},
    COUNT("under_way"),
    COUNT("under_way_max"),
    COUNT("bytes"),
    COUNT("bytes_max"),
    FLAG("waits"),
    COUNT("resends"),
    COUNT("outage_ms"),
    FLAG("outage_lasts"),
    COUNT("outage_ended_ms"),
    {"lower", .type = MEMBER_OBJECT, .optional = true, .of = schema_link_end},
    {"upper", .type = MEMBER_OBJECT, .optional = true, .of = schema_link_end},
    LIST("stalls", schema_stall),
    END,
};
const struct member members_diagnose[] = {LIST("links", schema_link), SOME("refused", MEMBER_TEXT),
                                          END};

static const struct member schema_step[] = {TEXT("name"), TEXT("kind"), COUNT("begin_ns"),
                                            COUNT("end_ns"), END};
static const struct member schema_slow[] = {
    COUNT("request"),
    TEXT("time"),
    TEXT("method"),
    NODE_ID,
    SOME("name", MEMBER_TEXT),
    COUNT("session"),
    SOME("error", MEMBER_TEXT),
    COUNT("total_ns"),
    TEXT("step"),
    TEXT("why"),
    SOME("traceparent", MEMBER_TEXT),
    LIST("steps", schema_step),
    END,
};
const struct member members_slow[] = {
    COUNT("slow_request_ms"),
    COUNT("count"),
    LIST("slowest", schema_slow),
    LIST("newest", schema_slow),
    END,
};

static const struct member schema_took[] = {
    COUNT("sum_ns"), {"buckets", .type = MEMBER_COUNT, .list = true}, END};
#define TOOK \
	{ \
		"took", .type = MEMBER_OBJECT, .of = schema_took \
	}
static const struct member schema_named_count[] = {TEXT("name"), COUNT("count"), END};
static const struct member schema_typed_count[] = {TEXT("type"), COUNT("count"), END};
static const struct member schema_state_count[] = {
    {"state", .type = MEMBER_TEXT, .words = STATES}, COUNT("nodes"), END};
static const struct member schema_kind[] = {
    TEXT("kind"),
    COUNT("args_bytes"),
    COUNT("result_bytes"),
    TOOK,
    LIST("errors", schema_named_count),
    END,
};
static const struct member schema_timed_step[] = {TEXT("name"), TEXT("kind"), TOOK, END};
static const struct member schema_timed_service[] = {TEXT("name"), TOOK,
                                                     LIST("steps", schema_timed_step), END};
const struct member members_metrics[] = {
    COUNT("cpu_us"),
    COUNT("memory_bytes"),
    COUNT("uptime_ms"),
    LIST("states", schema_state_count),
    COUNT("pending"),
    COUNT("pending_bytes"),
    COUNT("sent"),
    COUNT("queues"),
    COUNT("streams"),
    COUNT("clients"),
    COUNT("denied"),
    COUNT("read_bytes"),
    COUNT("written_bytes"),
    COUNT("unsent_bytes"),
    LIST("events", schema_typed_count),
    {"bounds_us", .type = MEMBER_COUNT, .list = true},
    LIST("requests", schema_kind),
    LIST("services", schema_timed_service),
    END,
};
static const struct member schema_measure[] = {
    NODE_ID,
    PARENT,
    {"pid", .type = MEMBER_COUNT, .null = true},
    {"state", .type = MEMBER_TEXT, .words = STATES},
    TEXT("service"),
    SOME("name", MEMBER_TEXT),
    COUNT("requests"),
    COUNT("pending"),
    COUNT("restarts"),
    TOOK,
    END,
};
const struct member members_node_metrics[] = {
    LIST("nodes", schema_measure), {"next", .type = MEMBER_COUNT, .null = true}, END};

static const struct member schema_line[] = {
    COUNT("number"), TEXT("time"), COUNT("pid"), TEXT("text"), SOME("cut", MEMBER_BOOL), END};
const struct member members_logs[] = {NODE_ID, LIST("lines", schema_line), COUNT("last"),
                                      COUNT("missed"), END};

const struct member members_subscribe[] = {COUNT("subscription"), COUNT("seq"), END};

static const struct member schema_change[] = {
    TEXT("name"),
    {"from", .type = MEMBER_TEXT, .null = true},
    {"to", .type = MEMBER_TEXT, .null = true},
    SOME("note", MEMBER_TEXT),
    END,
};
static const struct member schema_reloaded_service[] = {
    TEXT("name"),
    {"what", .type = MEMBER_TEXT, .words = "added|changed|removed"},
    SOME("note", MEMBER_TEXT),
    END,
};
static const struct member schema_reloaded_node[] = {
    NODE_ID,
    {"what", .type = MEMBER_TEXT, .words = "create|change|undeclare|remove"},
    SOME("origin", MEMBER_TEXT),
    SOME("adopted", MEMBER_BOOL),
    SOME("started", MEMBER_BOOL),
    LIST("changes", schema_change),
    SOME("error", MEMBER_TEXT),
    END,
};
const struct member members_reload[] = {
    FLAG("dry_run"),
    LIST("settings", schema_change),
    LIST("services", schema_reloaded_service),
    LIST("nodes", schema_reloaded_node),
    COUNT("failed"),
    {"left", .type = MEMBER_TEXT, .list = true},
    END,
};
