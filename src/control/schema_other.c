/* The members of what all replies have in common, and of the document that says all this. */
#include "control/schema.h"
#include "control/schema_rows.h"

static const struct member schema_discovered_event[] = {
    TEXT("name"), {"schema", .type = MEMBER_ANY}, END};
const struct member members_discover[] = {
    TEXT("openrpc"),
    {"info", .type = MEMBER_ANY},
    {"methods", .type = MEMBER_ANY, .list = true},
    LIST("x-events", schema_discovered_event),
    {"x-progress", .type = MEMBER_ANY},
    {"x-error", .type = MEMBER_ANY},
    {"x-trace", .type = MEMBER_ANY},
    END,
};

static const struct member schema_error_data[] = {
    TEXT("name"),
    {"outcome", .type = MEMBER_TEXT, .optional = true, .words = OUTCOMES},
    SOME("retry_ms", MEMBER_COUNT),
    SOME("id", MEMBER_NODE),
    SOME("status", MEMBER_COUNT),
    SOME("signal", MEMBER_COUNT),
    SOME("code", MEMBER_INT),
    SOME("data", MEMBER_ANY),
    SOME("data_dropped", MEMBER_BOOL),
    {"mistakes", .type = MEMBER_TEXT, .list = true, .optional = true},
    END,
};
const struct member members_error[] = {
    {"code", .type = MEMBER_INT},
    TEXT("message"),
    {"data", .type = MEMBER_OBJECT, .of = schema_error_data},
    END,
};

static const struct member schema_span[] = {
    TEXT("name"),
    TEXT("kind"),
    {"process", .type = MEMBER_TEXT, .words = "dtreed|worker|program"},
    COUNT("pid"),
    SOME("node", MEMBER_NODE),
    COUNT("depth"),
    COUNT("begin_ns"),
    COUNT("end_ns"),
    SOME("parent", MEMBER_COUNT),
    SOME("detail", MEMBER_TEXT),
    END,
};
const struct member members_trace[] = {
    COUNT("request"),
    COUNT("start_us"),
    SOME("waited_ns", MEMBER_COUNT),
    LIST("spans", schema_span),
    {"shares", .type = MEMBER_COUNTS},
    END,
};

const struct member members_progress[] = {
    {"id", .type = MEMBER_ID},
    {"done", .type = MEMBER_NUMBER},
    SOME("total", MEMBER_NUMBER),
    SOME("text", MEMBER_TEXT),
    END,
};
