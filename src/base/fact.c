/* The table. A number that was given once is never given to another fact. */
#include "base/fact.h"

#include <string.h>

static const struct {
	const char *name;
	const char *id;
} facts[FACT_COUNT] = {
    [FACT_CONTROLLER_STARTED] = {"controller_started", "fff1c272033244aa973bcc52a0d883d7"},
    [FACT_CONTROLLER_STOPPING] = {"controller_stopping", "6484893a5d1a4173b17182e2f6e3e043"},
    [FACT_NODE_CREATED] = {"node_created", "99ef2c41f43b4884b81e7b92c000ac55"},
    [FACT_NODE_REMOVED] = {"node_removed", "072643e6a43c473c823e4b2d28e7f4e8"},
    [FACT_NODE_DIED] = {"node_died", "12ffb052899c480ca674006ccf3d2af3"},
    [FACT_NODE_STOPPED] = {"node_stopped", "d277c2c938e04ad096f5ffed2c777612"},
    [FACT_NODE_RESTARTED] = {"node_restarted", "b84cc081bf9247c98429adfe3cbab4f8"},
    [FACT_NODE_REHOMED] = {"node_rehomed", "17e7725c55db45c0ace636865256a8bb"},
    [FACT_NODE_START_FAILED] = {"node_start_failed", "a9d6e78d05304aa78fbab0556be94ae2"},
    [FACT_NODE_GIVEN_UP] = {"node_given_up", "c75c916eec02466892badc6754642926"},
    [FACT_HEARTBEAT_LOST] = {"heartbeat_lost", "a804f78162df492691189a50c6a9b1f0"},
    [FACT_HEARTBEAT_RESTORED] = {"heartbeat_restored", "297b1dfdf7804b47a32308ff26503d20"},
    [FACT_PROGRAM_STARTED] = {"program_started", "7eefe9a17e1c440cab6b58b88598a4f8"},
    [FACT_PROGRAM_DIED] = {"program_died", "60626c8fc9174bef823a07acf7e9cc2e"},
    [FACT_SERVICE_EVENT] = {"service_event", "299352ff6a464b51b015aeb87cada707"},
    [FACT_SLOW_REQUEST] = {"slow_request", "d2ca303002f6411f82abb20442a270ed"},
    [FACT_REGISTRY_FAILED] = {"registry_failed", "f32a7573550a43e5a5ba31818204c8a5"},
    [FACT_REGISTRY_RESTORED] = {"registry_restored", "e5b1e15cba6543078738c55f00e89b14"},
    [FACT_DATA_DAMAGED] = {"data_damaged", "49a9f77b92104aa6b19eb7d39b1a2e8b"},
    [FACT_LEFT_BEHIND] = {"left_behind", "e2a3c082e6a1447ba8c03632c2b2f736"},
    [FACT_NODE_CHANGED] = {"node_changed", "a6cb2f3a0b1c4e3da9b097cfe6b4d7ec"},
    [FACT_AUDIT] = {"audit", "52bcb9842416469f9d1485a6df5dda4a"},
    [FACT_PROBE_FAILED] = {"probe_failed", "f3581fe3b4e34455b1d6dde68fc8fd52"},
    [FACT_PROBE_RECOVERED] = {"probe_recovered", "f75b384f2c434c6e8323423e9ca30f20"},
};

const char *fact_name(enum fact fact)
{
	return facts[fact].name;
}

const char *fact_id(enum fact fact)
{
	return facts[fact].id;
}

enum fact fact_find(const char *name, size_t size)
{
	for (size_t i = FACT_NONE + 1; i < FACT_COUNT; i++)
		if (strlen(facts[i].name) == size && memcmp(facts[i].name, name, size) == 0)
			return (enum fact)i;
	return FACT_NONE;
}
