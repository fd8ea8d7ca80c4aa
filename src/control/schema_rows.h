/* Words of which the tables of members are made; for the files that have some. */
#ifndef CONTROL_SCHEMA_ROWS_H
#define CONTROL_SCHEMA_ROWS_H

#include "control/schema.h"

#define NODE_ID \
	{ \
		"id", .type = MEMBER_NODE \
	}
#define PARENT \
	{ \
		"parent", .type = MEMBER_NODE \
	}
#define COUNT(member) \
	{ \
		member, .type = MEMBER_COUNT \
	}
#define TEXT(member) \
	{ \
		member, .type = MEMBER_TEXT \
	}
#define FLAG(member) \
	{ \
		member, .type = MEMBER_BOOL \
	}
#define LIST(member, it) \
	{ \
		member, .type = MEMBER_OBJECT, .list = true, .of = it \
	}
/* What may be missing. */
#define SOME(member, kind) \
	{ \
		member, .type = kind, .optional = true \
	}
#define END \
	{ \
		.name = NULL \
	}

#define OUTCOMES "not_run|unknown"
#define STATES   "starting|available|unavailable|restarting|dead|given_up|stopping|stopped"

#endif
